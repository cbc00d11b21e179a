package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.database.ChangeoverPlan.End;
import dev.pgfork.operator.instance.NodeState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The steps of a changeover, planned or not, from which there is no way back: the target is promoted, and all others
 * follow it.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>step</th><th>seen</th><th>next</th><th>ordered</th></tr>
 * <tr><td>Promoting</td><td>never ordered by this operator</td><td>Promoting, from now on</td><td>ServeFrom,
 * Promote</td></tr>
 * <tr><td></td><td>done</td><td>Following</td><td>Follow for all but the target</td></tr>
 * <tr><td></td><td>30 s passed</td><td>Following</td><td>nothing</td></tr>
 * <tr><td></td><td>failed</td><td>Promoting</td><td>ServeFrom, Promote</td></tr>
 * <tr><td>Following</td><td>the target was not reached</td><td>done</td><td></td></tr>
 * <tr><td></td><td>never ordered</td><td>Following</td><td>Follow</td></tr>
 * <tr><td></td><td>all ended, or 60 s passed</td><td>done</td><td></td></tr>
 * </table>
 */
final class ChangeoverCompletion {
    /** Reason of a changeover whose target never said that it is the primary now. */
    static final String UNREACHED = "TargetNotReached";

    static final Duration PROMOTE = Duration.ofSeconds(30);
    static final Duration FOLLOW = Duration.ofSeconds(60);

    private ChangeoverCompletion() {}

    static ChangeoverPlan promoting(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        if (seen.promotion().isEmpty()) {
            // An operator that comes later may come late: it has not asked yet.
            return new ChangeoverPlan(
                    changeover.at(ChangeoverStep.Promoting, now.toString()),
                    false,
                    ChangeoverOrder.promotion(changeover),
                    Optional.empty());
        }
        var done = seen.promotion().get() instanceof Progress.Done;
        if (!done && ChangeoverPlanner.isOver(changeover.stepSince(), PROMOTE, now)) {
            return unreached(changeover, seen, now);
        }
        return switch (seen.promotion().get()) {
            case Progress.Running<Integer> running -> ChangeoverPlan.wait(changeover);
            case Progress.Failed<Integer>(String message) ->
                new ChangeoverPlan(
                        changeover.because("PromotionFailed", message),
                        false,
                        ChangeoverOrder.promotion(changeover),
                        Optional.empty());
            case Progress.Done<Integer> promoted ->
                promoted(changeover.at(ChangeoverStep.Following, now.toString()), seen);
        };
    }

    private static ChangeoverPlan promoted(ChangeoverStatus changeover, ChangeoverObservation seen) {
        return ChangeoverPlan.advance(
                changeover,
                seen.following().keySet().stream()
                        .sorted()
                        .map(member -> ChangeoverOrder.follow(changeover, member))
                        .toList());
    }

    /**
     * Whether it heard of it or not, it may accept writes from now on, so it is the primary. From here on it is treated
     * like any primary: promoted once more if it comes back as a standby ({@link MemberRepair}), and replaced by nobody
     * before it is proved to be fenced. That the others follow it is a repair, too: part of it must be done there,
     * where nobody answers, and a failover need not wait for that.
     */
    private static ChangeoverPlan unreached(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        var why =
                seen.promotion().orElse(null) instanceof Progress.Failed<Integer>(String message) ? ": " + message : "";
        return ChangeoverPlan.advance(
                changeover
                        .at(ChangeoverStep.Following, now.toString())
                        .because(
                                UNREACHED,
                                ("%1$s was told to become the primary and has not answered%2$s. It may accept writes"
                                                + " already, so nobody else does. Bring it back; or, once you know that"
                                                + " its server runs nowhere, delete its Node or taint it %3$s, or set"
                                                + " spec.promote to another instance, with a new time and"
                                                + " fencedExternally: true")
                                        .formatted(changeover.to(), why, NodeState.TAINT)),
                List.of());
    }

    static ChangeoverPlan following(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        if (UNREACHED.equals(changeover.reason())) {
            return ChangeoverPlan.end(changeover, End.DONE);
        }
        var orders = new ArrayList<ChangeoverOrder>();
        var running = false;
        for (var member : seen.following().keySet().stream().sorted().toList()) {
            var progress = seen.following().get(member);
            if (progress == null || progress.isEmpty()) {
                orders.add(ChangeoverOrder.follow(changeover, member));
            } else if (progress.get() instanceof Progress.Running) {
                running = true;
            }
        }
        var waits = running || !orders.isEmpty();
        return waits && !ChangeoverPlanner.isOver(changeover.stepSince(), FOLLOW, now)
                ? new ChangeoverPlan(changeover, false, orders, Optional.empty())
                : ChangeoverPlan.end(changeover, End.DONE);
    }
}
