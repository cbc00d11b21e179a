package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.database.ChangeoverPlan.End;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.postgres.Lsn;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides the next step of a planned changeover, from what is written down and what is seen. The status is written
 * before the orders of a new step, and every order may be repeated; so whoever reads the status goes on with it.
 *
 * <p>What loses no data: the target is promoted only once the old primary's control file says that it was shut down
 * cleanly, and the target, on the same timeline of the same database, has replayed past its last checkpoint. The old
 * primary is let go again only while no promotion was ever ordered, and the target is not seen to accept writes.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>step</th><th>seen</th><th>next</th><th>ordered</th></tr>
 * <tr><td>Waiting</td><td>another major version or database, or not a standby</td><td>refused</td><td></td></tr>
 * <tr><td></td><td>target absent, unknown, not ready, not streaming, behind; primary unknown</td>
 * <td>Waiting, after 5 min refused</td><td></td></tr>
 * <tr><td></td><td>all well</td><td>Preparing</td><td>Prepare</td></tr>
 * <tr><td>Preparing</td><td>never ordered</td><td>Preparing</td><td>Prepare</td></tr>
 * <tr><td></td><td>failed, or 2 min passed</td><td>aborted</td><td></td></tr>
 * <tr><td></td><td>done, but the target is not well any more</td><td>Waiting</td><td></td></tr>
 * <tr><td></td><td>done</td><td>Fencing</td><td>Fence</td></tr>
 * <tr><td>Fencing, CatchingUp, Aborting</td><td>the target accepts writes</td><td>the same</td><td>nothing: somebody has
 * to decide</td></tr>
 * <tr><td>Fencing</td><td>never ordered</td><td>Fencing</td><td>Fence</td></tr>
 * <tr><td></td><td>failed, not a clean shutdown, or 60 s passed</td><td>Aborting</td><td>Unfence</td></tr>
 * <tr><td></td><td>clean</td><td>as CatchingUp</td><td></td></tr>
 * <tr><td>CatchingUp</td><td>replayed past the checkpoint</td><td>Promoting</td><td>ServeFrom, Promote</td></tr>
 * <tr><td></td><td>another timeline or database, or 10 s passed</td><td>Aborting</td><td>Unfence</td></tr>
 * <tr><td>Promoting, Following</td><td colspan="3">{@link ChangeoverCompletion}</td></tr>
 * <tr><td>Aborting</td><td>old primary serves, and unfencing has ended; or 60 s passed</td><td>aborted</td><td></td></tr>
 * <tr><td></td><td>never ordered, or failed</td><td>Aborting</td><td>Unfence</td></tr>
 * </table>
 */
public final class ChangeoverPlanner {
    static final Duration WAIT_FOR_TARGET = Duration.ofMinutes(5);
    static final Duration PREPARE = Duration.ofMinutes(2);
    static final Duration FENCE = Duration.ofSeconds(60);
    static final Duration CATCH_UP = Duration.ofSeconds(10);
    static final Duration UNFENCE = Duration.ofSeconds(60);

    /** @param changeover as written down */
    public ChangeoverPlan plan(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        if (isTakenOver(changeover, seen)) {
            return ChangeoverPlan.wait(changeover.because(
                    "TargetAcceptsWrites",
                    ("%1$s was promoted, but not by this changeover, so %2$s stays fenced: there must be no second"
                                    + " primary. If the data of %2$s are to be kept, delete the follower %1$s")
                            .formatted(changeover.to(), changeover.from())));
        }
        return switch (changeover.step()) {
            case Waiting -> waiting(changeover, seen, now);
            case Preparing -> preparing(changeover, seen, now);
            case Fencing -> fencing(changeover, seen, now);
            case CatchingUp -> catchingUp(changeover, seen, now);
            case Promoting -> ChangeoverCompletion.promoting(changeover, seen, now);
            case Following -> ChangeoverCompletion.following(changeover, seen, now);
            case Aborting -> aborting(changeover, seen, now);
        };
    }

    /** Once the old primary may be fenced, it must not be let go while another accepts writes. */
    private static boolean isTakenOver(ChangeoverStatus changeover, ChangeoverObservation seen) {
        return switch (changeover.step()) {
            case Fencing, CatchingUp, Aborting ->
                seen.to().found().filter(position -> !position.inRecovery()).isPresent();
            case Waiting, Preparing, Promoting, Following -> false;
        };
    }

    private static ChangeoverPlan waiting(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        var obstacle = ChangeoverObstacle.of(changeover, seen);
        if (obstacle.isEmpty()) {
            return ChangeoverPlan.advance(
                    changeover.at(ChangeoverStep.Preparing, now.toString()),
                    List.of(ChangeoverOrder.prepare(changeover)));
        }
        var why = changeover.because(obstacle.get().reason(), obstacle.get().message());
        return obstacle.get().forGood() || isOver(changeover.startedAt(), WAIT_FOR_TARGET, now)
                ? ChangeoverPlan.end(why, End.REFUSED)
                : ChangeoverPlan.wait(why);
    }

    private static ChangeoverPlan preparing(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        if (seen.preparation().isEmpty()) {
            return ChangeoverPlan.wait(changeover, ChangeoverOrder.prepare(changeover));
        }
        return switch (seen.preparation().get()) {
            case Progress.Failed<Boolean>(String message) ->
                ChangeoverPlan.end(changeover.because("PreparationFailed", message), End.ABORTED);
            case Progress.Running<Boolean> running ->
                isOver(changeover.stepSince(), PREPARE, now)
                        ? ChangeoverPlan.end(
                                changeover.because(
                                        "CheckpointTooSlow",
                                        "CHECKPOINT on " + changeover.from()
                                                + " takes too long; try again when less is written"),
                                End.ABORTED)
                        : ChangeoverPlan.wait(changeover);
            case Progress.Done<Boolean> done -> prepared(changeover, seen, now);
        };
    }

    /** The checkpoint may have taken a while: the target is looked at once more before clients notice anything. */
    private static ChangeoverPlan prepared(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        return ChangeoverObstacle.of(changeover, seen).isPresent()
                ? waiting(changeover.at(ChangeoverStep.Waiting, now.toString()), seen, now)
                : ChangeoverPlan.advance(
                        changeover.at(ChangeoverStep.Fencing, now.toString()),
                        List.of(ChangeoverOrder.fence(changeover)));
    }

    private static ChangeoverPlan fencing(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        if (seen.fence().isEmpty()) {
            return ChangeoverPlan.wait(changeover, ChangeoverOrder.fence(changeover));
        }
        return switch (seen.fence().get()) {
            case Progress.Failed<FenceProof>(String message) -> abort(changeover, "FenceFailed", message, now);
            case Progress.Running<FenceProof> running ->
                isOver(changeover.stepSince(), FENCE, now)
                        ? abort(changeover, "FenceTooSlow", changeover.from() + " does not stop in time", now)
                        : ChangeoverPlan.wait(changeover);
            case Progress.Done<FenceProof>(FenceProof proof) -> fenced(changeover, proof, seen, now);
        };
    }

    private static ChangeoverPlan fenced(
            ChangeoverStatus changeover, FenceProof proof, ChangeoverObservation seen, Instant now) {
        if (!proof.isCleanShutdown()) {
            return abort(
                    changeover,
                    "NotShutDownCleanly",
                    "%s is %s, so its last writes cannot be proved to have arrived"
                            .formatted(changeover.from(), proof.state()),
                    now);
        }
        var otherDatabase = seen.to()
                .found()
                .filter(to -> !to.systemIdentifier().equals(proof.systemIdentifier()))
                .isPresent();
        if (otherDatabase) {
            return abort(changeover, "OtherDatabase", changeover.to() + " holds another database", now);
        }
        return catchingUp(
                changeover
                        .at(ChangeoverStep.CatchingUp, now.toString())
                        .fenced(proof.checkpoint().toString(), proof.timeline()),
                seen,
                now);
    }

    /** The shutdown checkpoint is the last record, and a standby's position is the end of what it replayed. */
    private static ChangeoverPlan catchingUp(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        var last = Lsn.parse(Objects.requireNonNull(changeover.fencedLsn(), "noted with this step"));
        var timeline = Objects.requireNonNull(changeover.fencedTimeline(), "noted with this step");
        var to = seen.to().found();
        if (to.filter(position -> position.timeline() != timeline).isPresent()) {
            return abort(
                    changeover, "TargetDiverged", changeover.to() + " is not on the primary's timeline any more", now);
        }
        if (to.filter(position -> position.replayed().compareTo(last) > 0).isPresent()) {
            return ChangeoverPlan.advance(
                    changeover.at(ChangeoverStep.Promoting, now.toString()), ChangeoverOrder.promotion(changeover));
        }
        return isOver(changeover.stepSince(), CATCH_UP, now)
                ? abort(
                        changeover,
                        "TargetLacksWrites",
                        "%s has not replayed the last writes of %s up to %s"
                                .formatted(changeover.to(), changeover.from(), last),
                        now)
                : new ChangeoverPlan(changeover, true, List.of(), Optional.empty());
    }

    /**
     * Nobody was promoted, so the old primary stays the primary on record even if it does not come back: then it is
     * unfenced whenever it can be, as a repair, and a failover may take its place.
     */
    private static ChangeoverPlan aborting(ChangeoverStatus changeover, ChangeoverObservation seen, Instant now) {
        var ended = seen.unfence().filter(progress -> !(progress instanceof Progress.Running));
        var serves = seen.from().found().filter(from -> !from.inRecovery()).isPresent();
        if ((ended.isPresent() && serves) || isOver(changeover.stepSince(), UNFENCE, now)) {
            return ChangeoverPlan.end(changeover, End.ABORTED);
        }
        var failed = ended.filter(progress -> progress instanceof Progress.Failed);
        return seen.unfence().isEmpty() || failed.isPresent()
                ? ChangeoverPlan.wait(changeover, ChangeoverOrder.unfence(changeover))
                : ChangeoverPlan.wait(changeover);
    }

    private static ChangeoverPlan abort(ChangeoverStatus changeover, String reason, String message, Instant now) {
        return ChangeoverPlan.advance(
                changeover.at(ChangeoverStep.Aborting, now.toString()).because(reason, message),
                List.of(ChangeoverOrder.unfence(changeover)));
    }

    static boolean isOver(String since, Duration limit, Instant now) {
        return Instant.parse(since).plus(limit).isBefore(now);
    }
}
