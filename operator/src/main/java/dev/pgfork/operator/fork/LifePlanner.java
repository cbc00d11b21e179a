package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Plan;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * After the cut: a fork opens, serves, rests and ends.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>noted, wanted</th><th>who decides</th></tr>
 * <tr><td>it was never ready</td><td>{@link OpeningPlanner}</td></tr>
 * <tr><td>its time to live is over</td><td>{@link ExpiryPlanner}</td></tr>
 * <tr><td>{@code spec.suspend}</td><td>{@link SuspensionPlanner}</td></tr>
 * <tr><td>suspended before, and to run now</td><td>the note is taken back first, for forks that are made of it trust
 * it; then {@link OpeningPlanner}</td></tr>
 * <tr><td>anything else</td><td>{@link OpeningPlanner}</td></tr>
 * </table>
 */
final class LifePlanner {
    private final OpeningPlanner opening;
    private final ExpiryPlanner expiry;
    private final SuspensionPlanner suspension;

    LifePlanner(OpeningPlanner opening, ExpiryPlanner expiry, SuspensionPlanner suspension) {
        this.opening = opening;
        this.expiry = expiry;
        this.suspension = suspension;
    }

    Plan<PostgresForkStatus> plan(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        if (!draft.wasReady() && draft.expiredAt == null) {
            return opening.plan(fork, seen, draft);
        }
        var plan = expiry.plan(fork, seen, draft)
                .or(() -> suspension.plan(fork, seen, draft))
                .orElseGet(() -> awake(fork, seen, draft));
        return wakingUp(plan, draft.timeToLive().flatMap(left -> left.next(draft.now())), draft.now());
    }

    private Plan<PostgresForkStatus> awake(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        if (draft.suspended == null) {
            return opening.plan(fork, seen, draft);
        }
        draft.suspended = null;
        var plan = opening.plan(fork, seen, draft);
        var actions = Stream.concat(Stream.of(new Action.PersistIntent()), plan.actions().stream())
                .toList();
        return new Plan<>(plan.status(), actions, plan.wakeUp());
    }

    /** @param next what happens by the clock alone */
    private static Plan<PostgresForkStatus> wakingUp(
            Plan<PostgresForkStatus> plan, Optional<Instant> next, Instant now) {
        // The timer counts whole milliseconds, and must not come before the time has.
        var earliest = Stream.concat(
                        plan.wakeUp().stream(),
                        next.map(at -> Duration.between(now, at).plusMillis(1)).stream())
                .min(Duration::compareTo);
        return new Plan<>(plan.status(), plan.actions(), earliest);
    }
}
