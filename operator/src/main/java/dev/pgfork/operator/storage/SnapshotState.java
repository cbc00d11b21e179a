package dev.pgfork.operator.storage;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A VolumeSnapshot and what the bound content says of it.
 *
 * @param cutTime when the storage took it; {@code null}: not yet, or not known to be bound both ways
 * @param readyToUse whether a volume can be made of it
 * @param restoreSize least size of such a volume; {@code null}: not said
 * @param error the storage's last error; it goes on trying
 * @param handle {@code null}: not known yet
 */
public record SnapshotState(
        VolumeSnapshot object,
        @Nullable Instant cutTime,
        boolean readyToUse,
        @Nullable Quantity restoreSize,
        @Nullable String error,
        HandOver.@Nullable Handle handle) {}
