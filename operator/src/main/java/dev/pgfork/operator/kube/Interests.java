package dev.pgfork.operator.kube;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Who is to be reconciled when something changes: the resource that an object's labels name (not its ownerReference: a
 * volume may outlive its database), and those that look at it, in what they look at.
 */
final class Interests {
    private final Informers informers;
    private final ReconcileRequests requests;

    Interests(Informers informers, ReconcileRequests requests) {
        this.informers = informers;
        this.requests = requests;
    }

    List<ResourceEventHandler<PostgresDatabase>> inDatabases() {
        return List.of(new Changes<>(Interests::seenOf, this::askThoseWhoUse));
    }

    /** A source counts its forks, and waits while it is cut; followers and forks look at how the fork is. */
    List<ResourceEventHandler<PostgresFork>> inForks() {
        return List.of(
                new Changes<>(Interests::isCutting, this::askSourceOf),
                new Changes<>(Interests::seenOf, this::askThoseWhoUse),
                new Changes<>(Interests::seenOfCopy, this::askThoseWhoCopy));
    }

    List<ResourceEventHandler<PostgresFollower>> inFollowers() {
        return List.of(new Changes<>(Interests::seenOf, this::askMembers));
    }

    List<ResourceEventHandler<Pod>> inPods() {
        return List.of(Changes.any(this::askAboutPod));
    }

    List<ResourceEventHandler<HasMetadata>> inOwned() {
        return List.of(Changes.any(this::askOwnerOf));
    }

    List<ResourceEventHandler<VolumeSnapshotContent>> inContents() {
        return List.of(Changes.any(this::askOwnerOfContent));
    }

    void ask(HasMetadata resource) {
        var meta = resource.getMetadata();
        requests.reconcile(resource.getKind(), meta.getNamespace(), meta.getName());
    }

    private void askOwnerOf(HasMetadata object) {
        var labels = labels(object);
        var kind = labels.get(Labels.OWNER_KIND);
        var name = labels.get(Labels.INSTANCE);
        var namespace =
                labels.getOrDefault(Labels.OWNER_NAMESPACE, object.getMetadata().getNamespace());
        if (kind != null && name != null && namespace != null) {
            requests.reconcile(kind, namespace, name);
        }
    }

    private void askOwnerOfContent(VolumeSnapshotContent content) {
        askOwnerOf(content);
        var reference = content.getSpec().getVolumeSnapshotRef();
        if (reference != null && reference.getName() != null) {
            // A snapshot that is not known yet is not lost: its own event follows.
            informers
                    .get(VolumeSnapshot.class, reference.getNamespace(), reference.getName())
                    .ifPresent(this::askOwnerOf);
        }
    }

    private void askThoseWhoUse(PostgresDatabase database) {
        var meta = database.getMetadata();
        informers
                .forksOf(PostgresDatabase.KIND, meta.getNamespace(), meta.getName())
                .forEach(this::ask);
        askFollowersOf(PostgresDatabase.KIND, database);
    }

    private void askThoseWhoUse(PostgresFork fork) {
        var meta = fork.getMetadata();
        informers
                .forksOf(PostgresFork.KIND, meta.getNamespace(), meta.getName())
                .forEach(this::ask);
        askFollowersOf(PostgresFork.KIND, fork);
    }

    /** A database keeps its masked copy, and its forks in other namespaces are made of that. */
    private void askThoseWhoCopy(PostgresFork fork) {
        if (MaskedCopyIdentity.is(fork)) {
            var namespace = fork.getMetadata().getNamespace();
            var database = fork.getSpec().from().name();
            requests.reconcile(PostgresDatabase.KIND, namespace, database);
            Stream.concat(
                            informers.forksOf(PostgresDatabase.KIND, namespace, database).stream(),
                            informers
                                    .forksOf(
                                            PostgresFork.KIND,
                                            namespace,
                                            fork.getMetadata().getName())
                                    .stream())
                    .filter(other -> !MaskedCopyIdentity.is(other))
                    .forEach(this::ask);
        }
    }

    private static Object isCutting(PostgresFork fork) {
        return fork.getStatus() != null && fork.getStatus().isCutting();
    }

    private void askSourceOf(PostgresFork fork) {
        var from = fork.getSpec().from();
        requests.reconcile(
                from.resourceKind(), from.namespaceOr(fork.getMetadata().getNamespace()), from.name());
    }

    /** Followers stream from a pod of their leader, or of another of its members: all look at each other's. */
    private void askAboutPod(Pod pod) {
        askOwnerOf(pod);
        var labels = labels(pod);
        var kind = labels.get(Labels.OWNER_KIND);
        var name = labels.get(Labels.INSTANCE);
        if (kind == null || name == null) {
            return;
        }
        var namespace = pod.getMetadata().getNamespace();
        askFollowersOf(kind, namespace, name);
        if (kind.equalsIgnoreCase(PostgresFollower.KIND)) {
            informers.get(PostgresFollower.class, namespace, name).ifPresent(this::askMembers);
        }
    }

    /** The leader of a follower, and all who have the same. */
    private void askMembers(PostgresFollower follower) {
        var leader = follower.getSpec().follows();
        var namespace = follower.getMetadata().getNamespace();
        informers
                .forksOf(
                        PostgresFollower.KIND, namespace, follower.getMetadata().getName())
                .forEach(this::ask);
        requests.reconcile(leader.resourceKind(), namespace, leader.name());
        askFollowersOf(leader.resourceKind(), namespace, leader.name());
        askFollowersOf(PostgresFollower.KIND, follower);
    }

    private void askFollowersOf(String kind, HasMetadata leader) {
        askFollowersOf(
                kind, leader.getMetadata().getNamespace(), leader.getMetadata().getName());
    }

    private void askFollowersOf(String kind, String namespace, String name) {
        informers.in(PostgresFollower.class, namespace).stream()
                .filter(follower -> {
                    var leader = follower.getSpec().follows();
                    return leader.name().equals(name) && leader.resourceKind().equalsIgnoreCase(kind);
                })
                .forEach(this::ask);
    }

    /** What its forks and followers look at; it does not change when they come and go. */
    private static Object seenOf(PostgresDatabase database) {
        var status = database.getStatus();
        return status == null
                ? List.of()
                : Arrays.asList(
                        database.getMetadata().getDeletionTimestamp(),
                        status.phase(),
                        status.conditions(),
                        status.instance(),
                        status.primary(),
                        status.epoch(),
                        status.changeover() != null,
                        status.changeover() == null ? null : status.changeover().failover(),
                        status.synchronous(),
                        database.getSpec().forks());
    }

    /** What its forks and followers look at. */
    private static Object seenOf(PostgresFork fork) {
        var status = fork.getStatus();
        return status == null
                ? List.of()
                : Arrays.asList(
                        fork.getMetadata().getDeletionTimestamp(),
                        status.phase(),
                        status.conditions(),
                        status.instance(),
                        status.suspended(),
                        fork.getSpec().forks());
    }

    /** What the database looks at whose masked copy it is. */
    private static Object seenOfCopy(PostgresFork fork) {
        var status = fork.getStatus();
        return Arrays.asList(
                seenOf(fork),
                fork.getSpec(),
                status == null ? null : status.reset(),
                status == null ? null : status.next() == null,
                status == null ? null : status.sanitizedBy());
    }

    /** What its leader and that one's other followers look at: not its lag. */
    private static Object seenOf(PostgresFollower follower) {
        var status = follower.getStatus();
        return status == null
                ? List.of()
                : Arrays.asList(
                        follower.getMetadata().getDeletionTimestamp(),
                        status.phase(),
                        status.instance(),
                        status.slot(),
                        status.streaming(),
                        status.unfollowed(),
                        status.forks(),
                        follower.getSpec().forks());
    }

    private static Map<String, String> labels(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getLabels(), Map.of());
    }
}
