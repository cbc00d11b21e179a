package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Announcements;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.FailureText;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.StayingFollowers;
import dev.pgfork.operator.kube.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides what becomes of a fork. What has been noted in the status tells how far it is; what is seen tells what to do.
 *
 * <table>
 * <caption>Stages</caption>
 * <tr><th>noted</th><th>stage</th><th>phases</th></tr>
 * <tr><td>nothing</td><td>{@link PreparationPlanner}: may it be made, and the work on the source</td><td>Pending,
 * Cutting, Refused</td></tr>
 * <tr><td>{@code source.lsnBefore}</td><td>{@link CutPlanner}: snapshot, and the second look at the source</td><td>
 * Cutting</td></tr>
 * <tr><td>{@code source.cutTime}</td><td>{@link OpeningPlanner}: volume, pod, quarantine, opening, service</td><td>
 * Starting, Quarantine, Ready, Unavailable</td></tr>
 * </table>
 */
public final class ForkPlanner
        implements InstanceReconciler.Planner<PostgresFork, PostgresForkStatus, ForkObservation> {
    private static final Duration LOOK_WHILE_DELETING = Duration.ofSeconds(2);
    private static final Duration LOOK_WHILE_FOLLOWED = Duration.ofSeconds(30);

    private final PreparationPlanner preparation;
    private final CutPlanner cut;
    private final OpeningPlanner opening;

    /** @param deadline how long a step may take before its delay becomes the reason */
    public ForkPlanner(InstanceActions instances, Duration deadline) {
        this.preparation = new PreparationPlanner(instances, deadline);
        this.opening = new OpeningPlanner(instances, deadline);
        this.cut = new CutPlanner(opening, deadline);
    }

    @Override
    public Plan<PostgresForkStatus> plan(PostgresFork fork, ForkObservation seen, Instant now) {
        var draft = new ForkStatusDraft(fork, now);
        if (draft.source.lsnBefore() == null) {
            return preparation.plan(fork, seen, draft);
        }
        return draft.source.cutTime() == null ? cut.plan(fork, seen, draft) : opening.plan(fork, seen, draft);
    }

    /** An action failed: everything noted stays, the conditions say what happened, and the framework tries again. */
    @Override
    public Plan<PostgresForkStatus> planAfterFailure(PostgresFork fork, Exception failure, Instant now) {
        var draft = new ForkStatusDraft(fork, now);
        draft.phase = Optional.ofNullable(fork.getStatus())
                .map(PostgresForkStatus::phase)
                .orElse(ForkPhase.Pending);
        draft.conditions.reconciling(FailureText.reason(failure), FailureText.message(failure));
        return new Plan<>(
                draft.build(),
                Announcements.of(
                        Owner.of(fork),
                        fork.getStatus() == null ? null : fork.getStatus().conditions(),
                        draft.conditions.list()),
                Optional.empty());
    }

    /**
     * What is left to do before a deleted fork may vanish, once nobody follows it: pod, then volume, then snapshot. A
     * snapshot cannot go while a claim waits for it, and a volume must not go under a running server.
     *
     * @return no actions and no wake-up once nothing is left
     */
    @Override
    public Plan<PostgresForkStatus> planDeletion(PostgresFork fork, ForkObservation seen, Instant now) {
        var draft = new ForkStatusDraft(fork, now);
        draft.phase = ForkPhase.Deleting;
        if (StayingFollowers.holdBack(Owner.of(fork), seen.members(), draft.conditions)) {
            return new Plan<>(draft.build(), List.of(), Optional.of(LOOK_WHILE_FOLLOWED));
        }
        draft.conditions.reconciling("Deleting", "The fork is being deleted");
        var left = remains(seen);
        return new Plan<>(
                draft.build(),
                removal(Owner.of(fork), seen),
                left ? Optional.of(LOOK_WHILE_DELETING) : Optional.empty());
    }

    /** Whether anything is there that holds data or would not go with its owner by itself. */
    static boolean remains(ForkObservation seen) {
        var instance = seen.instance();
        return instance.statefulSet().isPresent()
                || instance.pod().isPresent()
                || instance.volume().isPresent()
                || seen.snapshot().isPresent();
    }

    /** The next deletions in the order pod, volume, snapshot. */
    static List<Action> removal(Owner owner, ForkObservation seen) {
        var instance = seen.instance();
        if (instance.statefulSet().isPresent() || instance.pod().isPresent()) {
            return Deletions.of(owner, instance.statefulSet());
        }
        if (instance.volume().isPresent()) {
            return Deletions.of(owner, instance.volume());
        }
        return Deletions.of(owner, seen.snapshot().map(state -> state.object()));
    }

    /** Removes everything, so that a refused fork leaves nothing behind. */
    static List<Action> removeEverything(InstanceActions instances, Owner owner, ForkObservation seen) {
        var actions = new ArrayList<>(removal(owner, seen));
        actions.addAll(instances.remove(owner, seen.instance()));
        return actions.stream().distinct().toList();
    }
}
