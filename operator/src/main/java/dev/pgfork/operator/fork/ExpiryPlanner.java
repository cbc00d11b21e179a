package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.status.Wait;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The end of a fork's time to live. Pod and volume go; the resource, its Services and Secrets stay, so that whoever
 * applies its manifest again changes nothing. It was decided once it is noted: neither a clock that goes back nor a
 * longer {@code spec.ttl} brings anything back.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>noted</th><th>seen</th><th>phase</th><th>conditions</th><th>done</th></tr>
 * <tr><td>expiredAt</td><td>pod, volume or snapshot</td><td>Expired</td><td>Reconciling, Expiring</td><td>deleted, in
 * this order</td></tr>
 * <tr><td>expiredAt</td><td>nothing of these</td><td>Expired</td><td>Available=False, no Ready</td><td>certificates
 * kept valid</td></tr>
 * <tr><td></td><td>no ttl, or much of it left</td><td colspan="3">lives on</td></tr>
 * <tr><td></td><td>its last tenth, or day</td><td colspan="3">lives on; ExpiringSoon, with a Warning</td></tr>
 * <tr><td></td><td>over, and followed</td><td colspan="3">lives on; ExpiringSoon with reason HasFollowers</td></tr>
 * <tr><td></td><td>over, and being cut</td><td colspan="3">lives on; ExpiringSoon with reason BeingForked</td></tr>
 * <tr><td></td><td>over</td><td>Expired</td><td>Reconciling, Expiring</td><td>expiredAt noted, then as above</td></tr>
 * </table>
 */
final class ExpiryPlanner {
    static final String EXPIRING_SOON = "ExpiringSoon";
    private static final String EXPIRING = "Expiring";

    private final InstanceActions instances;
    private final Duration deadline;

    ExpiryPlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.deadline = deadline;
    }

    /** @return empty: it lives on, and the conditions in the draft say whether for long */
    Optional<Plan<PostgresForkStatus>> plan(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        if (draft.expiredAt != null) {
            return Optional.of(expired(fork, seen, draft));
        }
        if (draft.next != null) {
            // A reset runs: the time to live begins anew with it.
            return Optional.empty();
        }
        var left = draft.timeToLive().filter(time -> time.isEnding(draft.now()));
        if (left.isEmpty()) {
            return Optional.empty();
        }
        var obstacle = left.filter(time -> time.isOver(draft.now())).flatMap(over -> obstacle(seen));
        if (!left.get().isOver(draft.now()) || obstacle.isPresent()) {
            warn(draft, obstacle.orElseGet(() -> soon(left.get())));
            return Optional.empty();
        }
        draft.expiredAt = draft.now();
        var ending = expired(fork, seen, draft);
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(ending.actions());
        return Optional.of(new Plan<>(ending.status(), actions, ending.wakeUp()));
    }

    private Plan<PostgresForkStatus> expired(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        draft.phase = ForkPhase.Expired;
        var since = draft.expiredAt == null ? draft.now() : draft.expiredAt;
        var belongings = seen.belongings().but(Owner.of(fork), draft.nextGeneration(), draft.nextGeneration());
        if (belongings.remain()) {
            return ForkPlans.waiting(
                    draft,
                    new Wait(
                            EXPIRING,
                            reason(seen),
                            "Its time to live is over: its pod and its data are deleted",
                            false),
                    since,
                    deadline,
                    draft.now(),
                    belongings.removal(Owner.of(fork)));
        }
        draft.conditions.unavailable("Expired", "Its time to live ended, and its data was deleted at " + since);
        var certificates = ForkResources.recorded(fork, draft.build())
                .map(template -> instances.inForce(template, seen.instance(), draft.now()))
                .orElseGet(List::of);
        return ForkPlans.resting(draft, certificates);
    }

    /** What keeps the pod or the volume, for the deadline. */
    private static String reason(ForkObservation seen) {
        return !seen.belongings().pods().isEmpty() ? "PodTerminating" : "VolumeTerminating";
    }

    private record Obstacle(String reason, String message) {}

    private static Obstacle soon(TimeToLive left) {
        return new Obstacle(
                EXPIRING_SOON, "Its data is deleted at " + left.end() + ". A longer spec.ttl before that keeps it");
    }

    private static Optional<Obstacle> obstacle(ForkObservation seen) {
        if (!seen.followers().isEmpty()) {
            return Optional.of(new Obstacle(
                    "HasFollowers",
                    "Its time to live is over. Its data is deleted once PostgresFollower %s follow it no more: delete or unfollow them"
                            .formatted(String.join(", ", seen.followers()))));
        }
        return seen.cutting().isEmpty()
                ? Optional.empty()
                : Optional.of(new Obstacle(
                        "BeingForked",
                        "Its time to live is over. Its data is deleted once PostgresFork %s have been cut from it"
                                .formatted(String.join(", ", seen.cutting()))));
    }

    private static void warn(ForkStatusDraft draft, Obstacle obstacle) {
        draft.conditions.set(EXPIRING_SOON, true, obstacle.reason(), obstacle.message());
    }

    /** One for each reason why it expires soon, or does not expire yet. */
    static List<Action> warnings(PostgresFork fork, @Nullable List<Condition> decided) {
        var before = fork.getStatus() == null ? null : fork.getStatus().conditions();
        var was = Conditions.find(before, EXPIRING_SOON);
        return Conditions.find(decided, EXPIRING_SOON)
                .filter(now -> was.filter(old -> old.getReason().equals(now.getReason()))
                        .isEmpty())
                .<Action>map(now -> new Action.Announce(
                        new Notice(Owner.of(fork), Notice.Type.Warning, now.getReason(), now.getMessage())))
                .stream()
                .toList();
    }
}
