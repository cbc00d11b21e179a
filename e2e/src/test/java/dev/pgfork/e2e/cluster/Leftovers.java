package dev.pgfork.e2e.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.util.List;
import java.util.stream.Stream;

/**
 * What pgfork has made and not removed.
 *
 * @param namespace where to look
 */
public record Leftovers(KubernetesClient client, String namespace) {

    private static final List<Class<? extends HasMetadata>> KINDS = List.of(
            Service.class,
            Secret.class,
            ConfigMap.class,
            PersistentVolumeClaim.class,
            StatefulSet.class,
            Pod.class,
            VolumeSnapshot.class);

    /** Objects made for an instance, as {@code Kind/name}. */
    public List<String> of(String instance) {
        return KINDS.stream()
                .flatMap(kind -> client
                        .resources(kind)
                        .inNamespace(namespace)
                        .withLabel("pgfork.dev/instance", instance)
                        .list()
                        .getItems()
                        .stream())
                .map(Leftovers::text)
                .toList();
    }

    /** Objects that belong to the resource of that uid, as {@code Kind/name}. */
    public List<String> ownedBy(String uid) {
        return KINDS.stream()
                .flatMap(kind -> client.resources(kind).inNamespace(namespace).list().getItems().stream())
                .filter(object -> isOwnedBy(object.getMetadata(), uid))
                .map(Leftovers::text)
                .toList();
    }

    private static boolean isOwnedBy(ObjectMeta object, String uid) {
        return object.getOwnerReferences().stream()
                        .anyMatch(reference -> reference.getUid().equals(uid))
                || uid.equals(object.getAnnotations().get("pgfork.dev/owner-uid"));
    }

    private static String text(HasMetadata object) {
        return object.getKind() + "/" + object.getMetadata().getName();
    }

    /** Volumes and snapshots on the storage that belong to claims of the namespace, gone claims included. */
    public List<String> onStorage() {
        var volumes = client.persistentVolumes().list().getItems().stream()
                .filter(volume -> volume.getSpec().getClaimRef() != null
                        && namespace.equals(volume.getSpec().getClaimRef().getNamespace()))
                .map(volume -> "PersistentVolume/" + volume.getMetadata().getName());
        var snapshots = client.resources(VolumeSnapshotContent.class).list().getItems().stream()
                .filter(content -> namespace.equals(
                        content.getSpec().getVolumeSnapshotRef().getNamespace()))
                .map(content -> "VolumeSnapshotContent/" + content.getMetadata().getName());
        return Stream.concat(volumes, snapshots).sorted().toList();
    }
}
