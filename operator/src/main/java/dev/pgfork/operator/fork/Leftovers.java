package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.kube.ApiErrors;
import dev.pgfork.operator.kube.KubeWriter;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What forks had in other namespaces than their own, where no ownerReference reaches, and what stayed there when
 * somebody took their finalizer away.
 */
public final class Leftovers {
    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

    private static final Map<String, String> OURS = Map.of(
            Labels.MANAGED_BY, Labels.MANAGED_BY_PGFORK, Labels.OWNER_KIND, PostgresFork.KIND.toLowerCase(Locale.ROOT));

    private final ObjectReader objects;
    private final KubeWriter writer;

    public Leftovers(ObjectReader objects, KubeWriter writer) {
        this.objects = objects;
        this.writer = writer;
    }

    /**
     * Deletes what belongs to a fork that is no more. What cannot be judged, or not be deleted, stays until next time.
     */
    public void sweep() {
        if (objects.isServed(VolumeSnapshot.class)) {
            Stream.of(VolumeSnapshotContent.class, VolumeSnapshot.class)
                    .flatMap(type -> objects.list(type, null, OURS).stream())
                    .filter(Deletions::remains)
                    .forEach(object -> ownerOf(object).ifPresent(owner -> judge(owner, object)));
        }
    }

    /** @return empty: it goes by an ownerReference, in its fork's own namespace */
    private static Optional<Owner> ownerOf(HasMetadata object) {
        var meta = object.getMetadata();
        var labels = Objects.requireNonNullElse(meta.getLabels(), Map.<String, String>of());
        var annotations = Objects.requireNonNullElse(meta.getAnnotations(), Map.<String, String>of());
        var namespace = labels.get(Labels.OWNER_NAMESPACE);
        var name = labels.get(Labels.INSTANCE);
        var uid = annotations.get(Labels.OWNER_UID);
        return namespace == null || name == null || uid == null
                ? Optional.empty()
                : Optional.of(new Owner(
                        HasMetadata.getApiVersion(PostgresFork.class), PostgresFork.KIND, namespace, name, uid));
    }

    private void judge(Owner owner, HasMetadata object) {
        try {
            var lives = objects.getUncached(PostgresFork.class, owner.namespace(), owner.name())
                    .filter(fork -> owner.uid().equals(fork.getMetadata().getUid()))
                    .isPresent();
            if (!lives) {
                writer.delete(owner, object);
                log.info(
                        "deleted {} {}, which PostgresFork {}/{} had left",
                        object.getKind(),
                        object.getMetadata().getName(),
                        owner.namespace(),
                        owner.name());
            }
        } catch (KubernetesClientException e) {
            // Not this operator's to see: the fork may be in a namespace that another one serves.
            log.debug("{} cannot be judged: {}", object.getMetadata().getName(), ApiErrors.message(e));
        }
    }
}
