package dev.pgfork.operator.storage;

import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContentBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot that is taken in the namespace of its volume and used in another one, which works with every CSI driver: a
 * second content names the same snapshot of the storage, and is reserved for a VolumeSnapshot of that other namespace.
 *
 * <p>An ownerReference reaches neither another namespace nor what is in none. These objects carry the owner's uid as an
 * annotation instead, and its finalizer sees to it that they go.
 */
public final class HandOver {
    /**
     * The sidecar lets go of a bound content only once the snapshot controller has noted this on it, which it misses if
     * the VolumeSnapshot vanishes before its status says that it is bound. With {@code Retain} nothing else goes by it.
     */
    private static final String LET_GO = "snapshot.storage.kubernetes.io/volumesnapshot-being-deleted";

    private HandOver() {}

    /**
     * Which snapshot of the storage a VolumeSnapshot stands for.
     *
     * @param className of the VolumeSnapshotClass, which may hold what the driver needs for looking at it
     * @param volumeMode of the volume that was cut; {@code null}: not said
     * @param volume what the driver calls the volume that was cut; {@code null}: not said
     */
    public record Handle(
            String driver,
            String handle,
            @Nullable String className,
            @Nullable String volumeMode,
            @Nullable String volume) {}

    /**
     * A snapshot in another namespace than its owner.
     *
     * @param namespace of the claim
     */
    public static VolumeSnapshot cut(Owner owner, String namespace, String name, String claim, String snapshotClass) {
        return new VolumeSnapshotBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .withLabels(Labels.abroad(owner))
                .withAnnotations(Map.of(Labels.OWNER_UID, owner.uid()))
                .endMetadata()
                .withNewSpec()
                .withVolumeSnapshotClassName(snapshotClass)
                .withNewSource()
                .withPersistentVolumeClaimName(claim)
                .endSource()
                .endSpec()
                .build();
    }

    /**
     * With {@code Retain}: the storage's snapshot belongs to the one that it was taken for, and goes with that.
     *
     * @param reserved name of the VolumeSnapshot in the owner's namespace
     */
    public static VolumeSnapshotContent content(Owner owner, String name, Handle of, String reserved) {
        return new VolumeSnapshotContentBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(Labels.abroad(owner))
                .withAnnotations(Map.of(Labels.OWNER_UID, owner.uid(), LET_GO, "yes"))
                .endMetadata()
                .withNewSpec()
                .withDeletionPolicy("Retain")
                .withDriver(of.driver())
                .withVolumeSnapshotClassName(of.className())
                .withSourceVolumeMode(of.volumeMode())
                .withNewSource()
                .withSnapshotHandle(of.handle())
                .endSource()
                .withVolumeSnapshotRef(new ObjectReferenceBuilder()
                        .withApiVersion(HasMetadata.getApiVersion(VolumeSnapshot.class))
                        .withKind(HasMetadata.getKind(VolumeSnapshot.class))
                        .withNamespace(owner.namespace())
                        .withName(reserved)
                        .build())
                .endSpec()
                .build();
    }

    /** In the owner's namespace. */
    public static VolumeSnapshot snapshot(Owner owner, String name, String content, Handle of) {
        return Snapshots.owned(owner, name)
                .withNewSpec()
                .withVolumeSnapshotClassName(of.className())
                .withNewSource()
                .withVolumeSnapshotContentName(content)
                .endSource()
                .endSpec()
                .build();
    }
}
