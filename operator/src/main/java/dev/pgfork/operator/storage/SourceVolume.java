package dev.pgfork.operator.storage;

import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

/**
 * The volume that is to be cut.
 *
 * @param claim name of the PersistentVolumeClaim
 * @param capacity of the volume that is bound to it
 * @param driver name of its CSI driver; {@code null}: not a CSI volume
 */
public record SourceVolume(
        String claim,
        Quantity capacity,
        @Nullable String storageClassName,
        @Nullable String driver) {}
