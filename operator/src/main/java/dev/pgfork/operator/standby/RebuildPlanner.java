package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.standby.Standing.Beyond;
import dev.pgfork.operator.status.Wait;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A follower that can never stream again with the volume that it has gets the next generation: noted first, then the
 * old pod goes, and everything begins again with the slot. Its snapshot goes at once. The old volume stays until the
 * new one streams, unless it never did so itself, and is nothing but a copy; for good, and marked so before the pod
 * goes, if it may hold what the primary lacks.
 */
final class RebuildPlanner {
    private final Duration deadline;

    RebuildPlanner(Duration deadline) {
        this.deadline = deadline;
    }

    <S> Plan<S> plan(StandbyObservation seen, StandbyDraft<S> draft, Beyond why) {
        draft.streaming = false;
        draft.phase = FollowerPhase.Rebuilding;
        if (!RebuildPace.isDue(draft.rebuild, draft.now())) {
            var last = Objects.requireNonNull(draft.rebuild, "there, or it would be due");
            return StandbyPlans.waiting(
                    draft,
                    Wait.forReason(
                            why.reason(),
                            why.message() + "; not before " + RebuildPace.notBefore(last) + ", for it was rebuilt "
                                    + last.attempts() + " times in a row"),
                    draft.now(),
                    deadline,
                    List.of());
        }
        // The status names one: who was promised to be kept before must say so itself from now on.
        var actions = new ArrayList<>(KeptVolumes.marks(seen, draft));
        var kept = seen.instance().volume().filter(claim -> why.keepVolume());
        // Without a primary that serves, the copy that this was made of may be the last one there is.
        var replaceable = seen.leader()
                .filter(leader -> leader.serves() && !leader.changing())
                .isPresent();
        // Kubernetes lets a claim go only after the pod that uses it.
        var copy = seen.instance().volume().filter(claim -> !draft.hadStreamed() && !KeptVolumes.isKept(claim, draft));
        var useless = Stream.<HasMetadata>concat(copy.filter(claim -> !why.keepVolume()).stream(), seen.snapshots());
        draft.rebuilding(
                why.reason(), kept.map(claim -> claim.getMetadata().getName()).orElse(null));
        actions.add(new Action.PersistIntent());
        kept.ifPresent(claim -> actions.add(KeptVolumes.mark(claim, draft)));
        actions.addAll(Deletions.of(draft.owner(), seen.instance().statefulSet()));
        actions.addAll(Deletions.of(draft.owner(), useless.filter(object -> replaceable)));
        actions.add(new Action.Announce(new Notice(
                draft.owner(),
                Notice.Type.Warning,
                "Rebuilding",
                why.message() + " (generation " + draft.generation() + ")")));
        return StandbyPlans.waiting(draft, Wait.forReason(why.reason(), why.message()), draft.now(), deadline, actions);
    }
}
