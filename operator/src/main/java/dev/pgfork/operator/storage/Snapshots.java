package dev.pgfork.operator.storage;

import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContentStatus;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotError;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotStatus;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Making snapshots, reading what the storage says of them, and sizing the volumes that are made of them. */
public final class Snapshots {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private Snapshots() {}

    /**
     * A snapshot that goes with its owner.
     *
     * @param claim PersistentVolumeClaim in the owner's namespace
     */
    public static VolumeSnapshot snapshot(Owner owner, String name, String claim, String snapshotClass) {
        return owned(owner, name)
                .withNewSpec()
                .withVolumeSnapshotClassName(snapshotClass)
                .withNewSource()
                .withPersistentVolumeClaimName(claim)
                .endSource()
                .endSpec()
                .build();
    }

    /** In the owner's namespace, without a spec yet. */
    static VolumeSnapshotBuilder owned(Owner owner, String name) {
        return new VolumeSnapshotBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(owner.namespace())
                .withLabels(Labels.of(owner))
                .withOwnerReferences(owner.reference())
                .endMetadata();
    }

    /** Kind, namespace and name, for people. */
    public static String describe(VolumeSnapshot snapshot) {
        var meta = snapshot.getMetadata();
        return "VolumeSnapshot %s/%s".formatted(meta.getNamespace(), meta.getName());
    }

    /** Name of the content that a snapshot claims to be bound to; {@link #state} checks that. */
    public static Optional<String> contentName(VolumeSnapshot snapshot) {
        return Optional.ofNullable(snapshot.getStatus())
                .map(VolumeSnapshotStatus::getBoundVolumeSnapshotContentName)
                .filter(name -> !name.isEmpty());
    }

    /**
     * What is known of a snapshot. The name of the content in its status proves nothing (whoever may write the status
     * could point it at another namespace's data): both must name each other, else nothing of the content is believed.
     *
     * @param content of that name, if it was found
     */
    public static SnapshotState state(VolumeSnapshot snapshot, Optional<VolumeSnapshotContent> content) {
        var status = Optional.ofNullable(snapshot.getStatus());
        var both = content.filter(each -> bound(snapshot, each));
        var bound = both.map(VolumeSnapshotContent::getStatus);
        return new SnapshotState(
                snapshot,
                bound.map(VolumeSnapshotContentStatus::getCreationTime)
                        .map(Snapshots::instant)
                        .orElse(null),
                bound.isPresent()
                        && status.map(VolumeSnapshotStatus::getReadyToUse).orElse(false),
                bound.map(VolumeSnapshotContentStatus::getRestoreSize)
                        .filter(bytes -> bytes > 0)
                        .map(bytes -> new Quantity(Long.toString(bytes)))
                        .or(() -> bound.flatMap(any -> status).map(VolumeSnapshotStatus::getRestoreSize))
                        .orElse(null),
                Stream.of(status.map(VolumeSnapshotStatus::getError), bound.map(VolumeSnapshotContentStatus::getError))
                        .flatMap(Optional::stream)
                        .map(VolumeSnapshotError::getMessage)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null),
                both.flatMap(Snapshots::handle).orElse(null));
    }

    private static Optional<HandOver.Handle> handle(VolumeSnapshotContent content) {
        var spec = content.getSpec();
        return Optional.ofNullable(content.getStatus())
                .map(VolumeSnapshotContentStatus::getSnapshotHandle)
                .map(handle -> new HandOver.Handle(
                        spec.getDriver(),
                        handle,
                        spec.getVolumeSnapshotClassName(),
                        spec.getSourceVolumeMode(),
                        spec.getSource().getVolumeHandle()));
    }

    private static boolean bound(VolumeSnapshot snapshot, VolumeSnapshotContent content) {
        var meta = snapshot.getMetadata();
        var reference = Objects.requireNonNullElseGet(content.getSpec().getVolumeSnapshotRef(), ObjectReference::new);
        return contentName(snapshot)
                        .equals(Optional.ofNullable(content.getMetadata().getName()))
                && Objects.equals(reference.getNamespace(), meta.getNamespace())
                && Objects.equals(reference.getName(), meta.getName())
                && Objects.equals(reference.getUid(), meta.getUid());
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
    }

    /**
     * Why a volume of the wanted size cannot be made of the source, for people.
     *
     * @param wanted {@code null}: the source's size
     * @return empty if it can
     */
    public static Optional<String> tooSmall(@Nullable Quantity wanted, SourceVolume source) {
        if (wanted == null || bytes(wanted).compareTo(bytes(source.requested())) >= 0) {
            return Optional.empty();
        }
        return Optional.of(
                "storage.size %s is smaller than the source's %s: a copy-on-write volume cannot be. Ask for %s or more, or leave it out"
                        .formatted(wanted, source.requested(), source.requested()));
    }

    /**
     * Size to ask for: what is wanted, but not less than the storage can restore to. Where it does not say
     * ({@code restoreSize} may be absent), that is the source's capacity.
     *
     * @param wanted {@code null}: the source's size
     */
    public static Quantity volumeSize(@Nullable Quantity wanted, SourceVolume source, @Nullable Quantity restoreSize) {
        var size = wanted == null ? source.requested() : wanted;
        var least = restoreSize == null ? source.capacity() : restoreSize;
        return bytes(size).compareTo(bytes(least)) >= 0 ? size : least;
    }

    private static BigDecimal bytes(Quantity quantity) {
        return Quantity.getAmountInBytes(quantity);
    }
}
