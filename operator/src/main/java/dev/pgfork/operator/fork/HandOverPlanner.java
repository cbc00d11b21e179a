package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Wait;
import dev.pgfork.operator.storage.HandOver;
import dev.pgfork.operator.storage.SnapshotState;
import dev.pgfork.operator.storage.Snapshots;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContentSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Of a snapshot in another namespace no volume can be made: another object has to stand for it in the fork's.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>seen</th><th>reason</th><th>done</th></tr>
 * <tr><td>its source is in the fork's namespace, or the volume was bound once</td><td colspan="2">nothing to do</td></tr>
 * <tr><td>the snapshot that was taken is gone, or going</td><td>SnapshotLost</td><td></td></tr>
 * <tr><td>content or VolumeSnapshot is going, or the content is bound to another one</td><td>HandingOver</td><td>what
 * is left of both deleted: a content is bound only once</td></tr>
 * <tr><td>nothing that stands for it</td><td>HandingOver</td><td>content and VolumeSnapshot made</td></tr>
 * <tr><td>that is not ready</td><td>HandingOver, then SnapshotNotReady</td><td></td></tr>
 * <tr><td>that is ready</td><td colspan="2">nothing to do</td></tr>
 * </table>
 */
final class HandOverPlanner {
    private HandOverPlanner() {}

    /** The storage's snapshot goes with the object in the source's namespace. */
    static Optional<Wait> lost(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        var there = seen.snapshot().filter(state -> Deletions.remains(state.object()));
        if (!ForkResources.crosses(fork) || draft.timings.bound() != null || there.isPresent()) {
            return Optional.empty();
        }
        return Optional.of(new Wait(
                "SnapshotLost",
                "SnapshotLost",
                "VolumeSnapshot %s/%s, of which the fork's volume was to be made, is gone: it goes with its namespace. Reset the fork, in spec.resetAt, or delete it"
                        .formatted(
                                ForkResources.sourceNamespace(fork),
                                ForkResources.cutName(fork, draft.generation(), draft.cutAttempt)),
                true));
    }

    /** @return empty: a volume can be made */
    static Optional<Wait> wait(PostgresFork fork, ForkObservation seen, SnapshotState taken) {
        var here = seen.handedOver();
        if (!ForkResources.crosses(fork)
                || here.filter(SnapshotState::readyToUse)
                        .filter(state -> Deletions.remains(state.object()))
                        .isPresent()) {
            return Optional.empty();
        }
        var message = Snapshots.describe(taken.object()) + " is being handed over to namespace "
                + fork.getMetadata().getNamespace()
                + here.map(SnapshotState::error).map(error -> ": " + error).orElse("");
        return Optional.of(new Wait("HandingOver", "SnapshotNotReady", message, false));
    }

    /** What is to be made of it in the fork's namespace. */
    static List<Action> actions(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft, SnapshotState taken) {
        var owner = Owner.of(fork);
        var name = ForkResources.cutName(fork, draft.generation(), draft.cutAttempt);
        var content = seen.belongings().handOver(name);
        var here = seen.handedOver().map(SnapshotState::object);
        if (!fit(content, here)) {
            return Deletions.of(owner, Stream.concat(here.stream(), content.stream()));
        }
        var handle = taken.handle();
        if (handle == null || here.isPresent()) {
            return List.of();
        }
        var reserved = ForkResources.snapshotName(fork, draft.generation(), draft.cutAttempt);
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.add(new Action.Create(owner, HandOver.content(owner, name, handle, reserved)));
        actions.add(new Action.Create(owner, HandOver.snapshot(owner, reserved, name, handle)));
        return actions;
    }

    /** Whether the two are, or can become, bound to each other. */
    private static boolean fit(Optional<VolumeSnapshotContent> content, Optional<VolumeSnapshot> here) {
        var going = Stream.concat(content.stream(), here.stream()).anyMatch(object -> !Deletions.remains(object));
        var boundTo = content.map(VolumeSnapshotContent::getSpec)
                .map(VolumeSnapshotContentSpec::getVolumeSnapshotRef)
                .map(ObjectReference::getUid);
        var uid = here.map(object -> object.getMetadata().getUid());
        return !going && (here.isEmpty() || content.isPresent()) && (boundTo.isEmpty() || boundTo.equals(uid));
    }

    /**
     * Once the fork is ready. What was handed over goes from the fork's end, and the rest of it as what is left of a
     * former generation.
     */
    static List<Action> end(PostgresFork fork, ForkObservation seen) {
        var used = ForkResources.crosses(fork) ? seen.handedOver() : seen.snapshot();
        return Deletions.of(Owner.of(fork), used.map(SnapshotState::object));
    }
}
