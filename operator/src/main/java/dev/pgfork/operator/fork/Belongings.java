package dev.pgfork.operator.fork;

import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that a fork has of its generations, present and past. What does not belong to a generation (Services, Secrets) is
 * not here: it outlives them.
 *
 * @param handOvers contents by which snapshots of another namespace are used in the fork's
 * @param cutsAbroad those snapshots
 */
record Belongings(
        List<StatefulSet> sets,
        List<Pod> pods,
        List<PersistentVolumeClaim> volumes,
        List<VolumeSnapshot> snapshots,
        List<ConfigMap> configurations,
        List<VolumeSnapshotContent> handOvers,
        List<VolumeSnapshot> cutsAbroad) {

    static final Belongings NONE = new Belongings(List.of(), List.of(), List.of(), List.of(), List.of());

    /** Of a fork whose source is in its own namespace. */
    Belongings(
            List<StatefulSet> sets,
            List<Pod> pods,
            List<PersistentVolumeClaim> volumes,
            List<VolumeSnapshot> snapshots,
            List<ConfigMap> configurations) {
        this(sets, pods, volumes, snapshots, configurations, List.of(), List.of());
    }

    /** Whether anything is there that holds data or runs on it. */
    boolean remain() {
        return toGo().anyMatch(list -> !list.isEmpty());
    }

    /**
     * In the order in which it goes. What is elsewhere and is going already goes without the fork: neither that nor its
     * namespace has to wait for what may hold it there.
     */
    private Stream<List<? extends HasMetadata>> toGo() {
        return Stream.of(
                sets,
                pods,
                volumes,
                snapshots,
                where(handOvers, Deletions::remains),
                where(cutsAbroad, Deletions::remains));
    }

    /** What is waited for, for people; empty: nothing is left. */
    Optional<String> waitingFor() {
        return toGo().filter(list -> !list.isEmpty())
                .findFirst()
                .map(next -> next.stream()
                        .map(object -> object.getKind() + " "
                                + (object.getMetadata().getNamespace() == null
                                        ? ""
                                        : object.getMetadata().getNamespace() + "/")
                                + object.getMetadata().getName())
                        .collect(Collectors.joining(", ")));
    }

    Optional<VolumeSnapshotContent> handOver(String name) {
        return handOvers.stream()
                .filter(content -> name.equals(content.getMetadata().getName()))
                .findFirst();
    }

    /** @return the latest generation that has a volume; 0: there is none */
    int latestVolume() {
        return volumes.stream().mapToInt(Belongings::generation).max().orElse(0);
    }

    /** @return the latest generation that anything is left of; 0: there is nothing */
    int latest() {
        return Stream.of(sets, pods, volumes)
                .flatMap(List::stream)
                .mapToInt(Belongings::generation)
                .max()
                .orElse(0);
    }

    Optional<PersistentVolumeClaim> volume(int generation) {
        return volumes.stream()
                .filter(volume -> generation(volume) == generation)
                .findFirst();
    }

    Optional<StatefulSet> set(int generation) {
        return sets.stream().filter(set -> generation(set) == generation).findFirst();
    }

    /**
     * What belongs to other generations than these.
     *
     * @param uncopied those whose volume may still have to be made of their snapshot
     */
    Belongings but(Owner owner, Set<Integer> generations, Set<Integer> uncopied) {
        var cuts = uncopied.stream()
                .map(each -> ForkResources.snapshotPrefix(owner.name(), each))
                .toList();
        return new Belongings(
                where(sets, object -> !generations.contains(generation(object))),
                where(pods, object -> !generations.contains(generation(object))),
                where(volumes, object -> !generations.contains(generation(object))),
                where(snapshots, object -> !isOfAny(object, cuts)),
                where(configurations, object -> !generations.contains(generation(object))),
                where(handOvers, object -> !isOfAny(object, cuts)),
                where(cutsAbroad, object -> !isOfAny(object, cuts)));
    }

    private static boolean isOfAny(HasMetadata cut, List<String> prefixes) {
        return prefixes.stream().anyMatch(prefix -> cut.getMetadata().getName().startsWith(prefix));
    }

    /**
     * The next deletions: pods, then volumes, then snapshots, the storage's own last. A snapshot cannot go while a
     * claim waits for it, and a volume must not go under a running server.
     */
    List<Action> removal(Owner owner) {
        if (!sets.isEmpty() || !pods.isEmpty()) {
            return Deletions.of(owner, sets.stream());
        }
        return toGo().filter(each -> !each.isEmpty())
                .findFirst()
                .map(next -> Deletions.of(owner, next.stream()))
                .orElseGet(List::of);
    }

    /** As {@link #removal}, with what no pod needs any more. */
    List<Action> clearing(Owner owner) {
        var actions = new ArrayList<>(removal(owner));
        if (!remain()) {
            actions.addAll(Deletions.of(owner, configurations.stream()));
        }
        return actions;
    }

    private static <T> List<T> where(List<T> list, Predicate<T> wanted) {
        return list.stream().filter(wanted).toList();
    }

    /** Every object of an instance says it in a label. */
    private static int generation(HasMetadata object) {
        var labels = object.getMetadata().getLabels();
        var text = labels == null ? null : labels.get(Labels.GENERATION);
        return text == null ? InstanceNames.FIRST_GENERATION : Integer.parseInt(text);
    }
}
