package dev.pgfork.operator.follower;

import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;

/** Kubernetes objects of {@link FollowerWorld}'s follower. */
final class FollowerObjects {
    private FollowerObjects() {}

    static VolumeSnapshot snapshot(String name) {
        return new VolumeSnapshotBuilder().withMetadata(meta(name)).build();
    }

    static PersistentVolumeClaim volume(String name, String phase) {
        return new PersistentVolumeClaimBuilder()
                .withMetadata(meta(name))
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }

    /** That says of itself that it is to be kept. */
    static PersistentVolumeClaim keptVolume(String name) {
        return new PersistentVolumeClaimBuilder(volume(name, "Bound"))
                .editMetadata()
                .addToAnnotations(Labels.KEPT, "Diverged")
                .endMetadata()
                .build();
    }

    static ObjectMeta meta(String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace("prod")
                .withUid("uid-of-" + name)
                .withCreationTimestamp(FollowerWorld.START.toString())
                .build();
    }
}
