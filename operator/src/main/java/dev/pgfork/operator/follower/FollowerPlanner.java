package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.ActionFailedException;
import dev.pgfork.operator.action.Announcements;
import dev.pgfork.operator.action.FailureText;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.VolumePlanner;
import dev.pgfork.operator.instance.Membership.Stopping;
import dev.pgfork.operator.standby.StandbyLife;
import dev.pgfork.operator.standby.StandbyObservation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides what becomes of a follower. What has been noted in the status tells how far it is; what is seen tells what to
 * do.
 *
 * <table>
 * <caption>Stages, first match wins</caption>
 * <tr><th>noted</th><th>stage</th><th>phases</th></tr>
 * <tr><td>that it is unfollowed, or that may begin</td><td>{@link UnfollowPlanner}</td><td>Unfollowing, Ready,
 * Unavailable</td></tr>
 * <tr><td>nothing, although it has volumes</td><td>{@link StatusLossPlanner}</td><td>Unavailable, Rebuilding</td></tr>
 * <tr><td>by the leader: this is its primary</td><td>{@link PrimaryPlanner}</td><td>Ready, Unavailable</td></tr>
 * <tr><td>anything else</td><td>{@link StandbyLife}</td><td>all others</td></tr>
 * </table>
 */
public final class FollowerPlanner
        implements InstanceReconciler.Planner<PostgresFollower, PostgresFollowerStatus, StandbyObservation> {
    private final StandbyLife standby;
    private final PrimaryPlanner primary;
    private final UnfollowPlanner unfollow;
    private final StatusLossPlanner statusLoss;
    private final InstanceActions instances;
    private final DeparturePlanner departure = new DeparturePlanner();

    /** @param deadline how long a step may take before its delay becomes the reason */
    public FollowerPlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.standby = new StandbyLife(instances, deadline);
        this.primary = new PrimaryPlanner(instances, deadline);
        this.unfollow = new UnfollowPlanner(instances, deadline);
        this.statusLoss = new StatusLossPlanner(deadline);
    }

    @Override
    public Plan<PostgresFollowerStatus> plan(PostgresFollower follower, StandbyObservation seen, Instant now) {
        var draft = new FollowerStatusDraft(follower, now);
        draft.inherit(follower.getSpec(), seen.leader());
        var volume = FollowerResources.recorded(follower, draft, seen.leader())
                .map(template -> VolumePlanner.plan(template, seen.instance(), draft.conditions))
                .orElse(List.of());
        return plan(follower, seen, draft)
                .and(volume)
                .after(InstanceActions.release(draft.owner(), seen.held(), stopping(seen, draft)));
    }

    private Plan<PostgresFollowerStatus> plan(
            PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        if (draft.unfollowed != null) {
            return unfollow.plan(follower, seen, draft);
        }
        if (StatusLossPlanner.isLost(seen, draft)) {
            return statusLoss.plan(follower, seen, draft);
        }
        return Optional.ofNullable(follower.getSpec().unfollow())
                .filter(wanted -> wanted)
                .flatMap(wanted -> unfollow.begin(seen, draft))
                .orElseGet(() -> follow(follower, seen, draft));
    }

    private Plan<PostgresFollowerStatus> follow(
            PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        var isPrimary = seen.leader()
                .filter(leader -> leader.primary().equals(draft.owner().name()))
                .isPresent();
        if (isPrimary) {
            return primary.plan(follower, seen, draft);
        }
        return standby.plan(new FollowerSpecification(follower), seen, draft);
    }

    @Override
    public Optional<Plan<PostgresFollowerStatus>> planAfterRefusal(
            PostgresFollower follower, ActionFailedException refusal, Instant now) {
        var draft = new FollowerStatusDraft(follower, now);
        draft.phase = Objects.requireNonNullElse(draft.before().phase(), FollowerPhase.Pending);
        draft.conditions.keepAll();
        if (VolumePlanner.refused(draft.conditions, refusal)) {
            return Optional.of(new Plan<>(draft.build(), draft.announcements(), Optional.empty()));
        }
        return ParameterChange.rejected(refusal, draft.configuration).map(rejected -> {
            draft.configuration = rejected;
            return new Plan<>(draft.build(), List.of(), Optional.of(ParameterChange.AT_ONCE));
        });
    }

    /** An action failed: everything noted stays, the conditions say what happened, and the framework tries again. */
    @Override
    public Plan<PostgresFollowerStatus> planAfterFailure(PostgresFollower follower, Exception failure, Instant now) {
        var draft = new FollowerStatusDraft(follower, now);
        draft.phase = Objects.requireNonNullElse(draft.before().phase(), FollowerPhase.Pending);
        FailureText.note(failure, draft.conditions);
        return new Plan<>(
                draft.build(),
                Announcements.of(draft.owner(), draft.before().conditions(), draft.conditions.list()),
                Optional.empty());
    }

    /** @return no wake-up once nothing is left; its actions only tell, and its status is not to be written then */
    @Override
    public Plan<PostgresFollowerStatus> planDeletion(PostgresFollower follower, StandbyObservation seen, Instant now) {
        var draft = new FollowerStatusDraft(follower, now);
        var stopping = stopping(seen, draft);
        var actions = new ArrayList<>(InstanceActions.release(draft.owner(), seen.held(), stopping));
        if (stopping != Stopping.NO) {
            // It waits until another takes its place; for that it is to be stopped.
            FollowerResources.recorded(follower, draft, seen.leader())
                    .ifPresent(template -> actions.addAll(instances.statefulSet(template, seen.instance())));
        }
        return departure.plan(follower, seen, draft).after(actions);
    }

    /**
     * What the leader wants of its pod; one that is deleted itself wants nothing any more, but to end what it began.
     */
    private static Stopping stopping(StandbyObservation seen, FollowerStatusDraft draft) {
        return seen.leader()
                .filter(leader -> draft.unfollowed == null && (!leader.isDeleting() || leader.changing()))
                .map(leader -> leader.stopping(draft.owner().name()))
                .orElse(Stopping.NO);
    }
}
