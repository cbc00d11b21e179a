package dev.pgfork.operator.mock;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContentBuilder;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A CSI driver with its provisioner and snapshotter: claims get volumes, snapshots get contents. */
final class StorageController {
    private final KubernetesClient client;
    private final Disks disks;
    private final Clock clock;
    private final Predicate<Stage> goesOn;

    StorageController(KubernetesClient client, Disks disks, Clock clock, Predicate<Stage> goesOn) {
        this.client = client;
        this.disks = disks;
        this.clock = clock;
        this.goesOn = goesOn;
    }

    void pass() {
        var claims = client.persistentVolumeClaims().inAnyNamespace().list().getItems();
        claims.stream().filter(claim -> !isBound(claim)).forEach(this::bind);
        claims.stream().filter(StorageController::asksForMore).forEach(this::grow);
        reclaim(claims);
        if (client.supports(VolumeSnapshot.class)) {
            var snapshots = client.resources(VolumeSnapshot.class)
                    .inAnyNamespace()
                    .list()
                    .getItems();
            snapshots.forEach(this::snapshot);
            drop(snapshots);
        }
    }

    private static boolean isBound(PersistentVolumeClaim claim) {
        return claim.getStatus() != null && "Bound".equals(claim.getStatus().getPhase());
    }

    private static boolean asksForMore(PersistentVolumeClaim claim) {
        return isBound(claim)
                && !Objects.equals(
                        claim.getStatus().getCapacity(),
                        claim.getSpec().getResources().getRequests());
    }

    private void grow(PersistentVolumeClaim claim) {
        if (goesOn.test(Stage.VOLUME_GROWN)) {
            client.resource(new PersistentVolumeClaimBuilder(claim)
                            .editStatus()
                            .withCapacity(claim.getSpec().getResources().getRequests())
                            .endStatus()
                            .build())
                    .update();
        }
    }

    private void bind(PersistentVolumeClaim claim) {
        var content = goesOn.test(Stage.VOLUME_BOUND) && hasClass(claim) ? content(claim) : Optional.<Disk>empty();
        if (content.isEmpty()) {
            return;
        }
        var uid = claim.getMetadata().getUid();
        disks.create(uid, content.get());
        var volume = volume(claim);
        if (client.resource(volume).get() == null) {
            client.resource(volume).create();
        }
        client.resource(new PersistentVolumeClaimBuilder(claim)
                        .editSpec()
                        .withVolumeName(volume.getMetadata().getName())
                        .withStorageClassName(SimulatedCluster.CLASS)
                        .endSpec()
                        .withNewStatus()
                        .withPhase("Bound")
                        .withCapacity(claim.getSpec().getResources().getRequests())
                        .endStatus()
                        .build())
                .update();
    }

    /** Whether anybody provisions volumes of its class. */
    private boolean hasClass(PersistentVolumeClaim claim) {
        var wanted = claim.getSpec().getStorageClassName();
        if (wanted == null || wanted.isEmpty()) {
            return wanted == null;
        }
        return client.storage().v1().storageClasses().withName(wanted).get() != null;
    }

    /** Empty: what it is to be made of is not there yet. */
    private Optional<Disk> content(PersistentVolumeClaim claim) {
        var source = claim.getSpec().getDataSource();
        if (source == null) {
            return Optional.of(Disk.EMPTY);
        }
        return Optional.ofNullable(client.resources(VolumeSnapshot.class)
                        .inNamespace(claim.getMetadata().getNamespace())
                        .withName(source.getName())
                        .get())
                .filter(snapshot -> snapshot.getStatus() != null
                        && Boolean.TRUE.equals(snapshot.getStatus().getReadyToUse()))
                .flatMap(snapshot -> disks.snapshot(handle(snapshot)));
    }

    private static PersistentVolume volume(PersistentVolumeClaim claim) {
        var meta = claim.getMetadata();
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("pvc-" + meta.getUid())
                .endMetadata()
                .withNewSpec()
                .withCapacity(claim.getSpec().getResources().getRequests())
                .withStorageClassName(SimulatedCluster.CLASS)
                .withPersistentVolumeReclaimPolicy("Delete")
                .withNewCsi()
                .withDriver(SimulatedCluster.DRIVER)
                .withVolumeHandle(meta.getUid())
                .endCsi()
                .withClaimRef(new ObjectReferenceBuilder()
                        .withNamespace(meta.getNamespace())
                        .withName(meta.getName())
                        .withUid(meta.getUid())
                        .build())
                .endSpec()
                .withNewStatus()
                .withPhase("Bound")
                .endStatus()
                .build();
    }

    private void reclaim(List<PersistentVolumeClaim> claims) {
        var uids = claims.stream().map(claim -> claim.getMetadata().getUid()).collect(Collectors.toSet());
        client.persistentVolumes().list().getItems().stream()
                .filter(volume -> !uids.contains(volume.getSpec().getClaimRef().getUid()))
                .forEach(volume -> {
                    disks.dropVolume(volume.getSpec().getClaimRef().getUid());
                    client.resource(volume).delete();
                });
    }

    private void snapshot(VolumeSnapshot snapshot) {
        if (snapshot.getSpec().getSource().getVolumeSnapshotContentName() != null) {
            bindToReserved(snapshot);
            return;
        }
        var source = client.persistentVolumeClaims()
                .inNamespace(snapshot.getMetadata().getNamespace())
                .withName(snapshot.getSpec().getSource().getPersistentVolumeClaimName())
                .get();
        var content = client.resources(VolumeSnapshotContent.class)
                .withName(contentName(snapshot))
                .get();
        if (content == null && source != null && isBound(source) && goesOn.test(Stage.SNAPSHOT_CUT)) {
            disks.cut(source.getMetadata().getUid(), handle(snapshot));
            client.resource(content(snapshot, source)).create();
            client.resource(content(snapshot, source)).updateStatus();
            report(snapshot, source, false);
        } else if (content != null
                && goesOn.test(Stage.SNAPSHOT_READY)
                && !(snapshot.getStatus() != null
                        && Boolean.TRUE.equals(snapshot.getStatus().getReadyToUse()))) {
            report(snapshot, Objects.requireNonNull(source), true);
        }
    }

    /** Both name each other, or they are not bound. */
    private void bindToReserved(VolumeSnapshot snapshot) {
        var name = snapshot.getSpec().getSource().getVolumeSnapshotContentName();
        var content =
                client.resources(VolumeSnapshotContent.class).withName(name).get();
        if (snapshot.getStatus() != null || content == null || !goesOn.test(Stage.SNAPSHOT_READY)) {
            return;
        }
        var meta = snapshot.getMetadata();
        var reference = content.getSpec().getVolumeSnapshotRef();
        if (!meta.getNamespace().equals(reference.getNamespace())
                || !meta.getName().equals(reference.getName())
                || reference.getUid() != null) {
            return;
        }
        var handle = content.getSpec().getSource().getSnapshotHandle();
        var bound = client.resource(new VolumeSnapshotContentBuilder(content)
                        .editSpec()
                        .editVolumeSnapshotRef()
                        .withUid(meta.getUid())
                        .endVolumeSnapshotRef()
                        .endSpec()
                        .build())
                .update();
        client.resource(new VolumeSnapshotContentBuilder(bound)
                        .withNewStatus()
                        .withSnapshotHandle(handle)
                        .withReadyToUse(true)
                        .endStatus()
                        .build())
                .updateStatus();
        client.resource(new VolumeSnapshotBuilder(snapshot)
                        .withNewStatus()
                        .withBoundVolumeSnapshotContentName(name)
                        .withReadyToUse(true)
                        .endStatus()
                        .build())
                .updateStatus();
    }

    private void report(VolumeSnapshot snapshot, PersistentVolumeClaim source, boolean ready) {
        client.resource(new VolumeSnapshotBuilder(snapshot)
                        .withNewStatus()
                        .withBoundVolumeSnapshotContentName(contentName(snapshot))
                        .withCreationTime(clock.instant().toString())
                        .withReadyToUse(ready)
                        .withRestoreSize(size(source))
                        .endStatus()
                        .build())
                .updateStatus();
    }

    private VolumeSnapshotContent content(VolumeSnapshot snapshot, PersistentVolumeClaim source) {
        var meta = snapshot.getMetadata();
        var now = clock.instant();
        return new VolumeSnapshotContentBuilder()
                .withNewMetadata()
                .withName(contentName(snapshot))
                .endMetadata()
                .withNewSpec()
                .withDriver(SimulatedCluster.DRIVER)
                .withDeletionPolicy("Delete")
                .withNewSource()
                .withVolumeHandle(source.getMetadata().getUid())
                .endSource()
                .withVolumeSnapshotRef(new ObjectReferenceBuilder()
                        .withNamespace(meta.getNamespace())
                        .withName(meta.getName())
                        .withUid(meta.getUid())
                        .build())
                .endSpec()
                .withNewStatus()
                .withSnapshotHandle(handle(snapshot))
                .withCreationTime(now.getEpochSecond() * 1_000_000_000L + now.getNano())
                .withReadyToUse(true)
                .withRestoreSize(Quantity.getAmountInBytes(size(source)).longValue())
                .endStatus()
                .build();
    }

    private static Quantity size(PersistentVolumeClaim source) {
        return Objects.requireNonNull(
                source.getSpec().getResources().getRequests().get("storage"));
    }

    private void drop(List<VolumeSnapshot> snapshots) {
        var uids = snapshots.stream().map(each -> each.getMetadata().getUid()).collect(Collectors.toSet());
        client.resources(VolumeSnapshotContent.class).list().getItems().stream()
                // One with Retain stays until somebody deletes it, and the storage's snapshot whatever becomes of it.
                .filter(content -> "Delete".equals(content.getSpec().getDeletionPolicy()))
                .filter(content ->
                        !uids.contains(content.getSpec().getVolumeSnapshotRef().getUid()))
                .forEach(content -> {
                    disks.dropSnapshot(content.getSpec().getVolumeSnapshotRef().getUid());
                    client.resource(content).delete();
                });
    }

    private static String contentName(VolumeSnapshot snapshot) {
        return "snapcontent-" + snapshot.getMetadata().getUid();
    }

    /** Of one that was taken its uid; of one that stands for another one that one's. */
    private String handle(VolumeSnapshot snapshot) {
        var reserved = snapshot.getSpec().getSource().getVolumeSnapshotContentName();
        return reserved == null
                ? snapshot.getMetadata().getUid()
                : client.resources(VolumeSnapshotContent.class)
                        .withName(reserved)
                        .get()
                        .getSpec()
                        .getSource()
                        .getSnapshotHandle();
    }
}
