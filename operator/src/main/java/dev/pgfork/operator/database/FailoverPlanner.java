package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.operator.database.FollowerChoice.Chosen;
import dev.pgfork.operator.database.FollowerChoice.None;
import dev.pgfork.operator.database.ProofOfFence.Missing;
import dev.pgfork.operator.database.ProofOfFence.Proved;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides the next step of a failover: a changeover whose fence is proved in another way, and whose target has replayed
 * what it received instead of what the old primary wrote last. What is the same, {@link ChangeoverPlanner} decides.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>step</th><th>seen</th><th>next</th><th>ordered</th></tr>
 * <tr><td>Fencing</td><td>proved: the script shut it down cleanly</td><td>CatchingUp, as planned: nothing has to be
 * lost</td><td></td></tr>
 * <tr><td></td><td>proved by the script otherwise</td><td>CatchingUp</td><td></td></tr>
 * <tr><td></td><td>the old primary serves</td><td>Aborting</td><td>Unfence</td></tr>
 * <tr><td></td><td>proved in another way</td><td>CatchingUp</td><td></td></tr>
 * <tr><td></td><td>missing: FENCE</td><td>Fencing</td><td>Fence</td></tr>
 * <tr><td></td><td>missing: STOP_POD</td><td>Fencing, its StatefulSet is to have no pod</td><td></td></tr>
 * <tr><td></td><td>missing: WAIT</td><td>Fencing, with what is missing</td><td></td></tr>
 * <tr><td>CatchingUp</td><td>the old primary serves</td><td>Aborting</td><td>Unfence</td></tr>
 * <tr><td></td><td>nobody can be chosen</td><td>CatchingUp, with the reason</td><td></td></tr>
 * <tr><td></td><td>the chosen one has not replayed what it received</td><td>CatchingUp</td><td></td></tr>
 * <tr><td></td><td>it has</td><td>Promoting</td><td>Promote, ServeFrom</td></tr>
 * <tr><td>all others</td><td></td><td>see {@link ChangeoverPlanner}</td><td></td></tr>
 * </table>
 *
 * <p>Who has received most is decided once nobody can receive more. The promotion is ordered for whoever is on record
 * then, and nobody else is chosen afterwards.
 */
public final class FailoverPlanner {
    /** How long followers that do not answer are waited for: they may have received most. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How long the end of what was received may stay unread: the primary may have died within a record. */
    static final Duration REPLAY = Duration.ofSeconds(2);

    /** A record that is not complete is shorter; and what is left, Postgres replays before it lets anybody write. */
    static final long ONE_SEGMENT = 16L << 20;

    private final ChangeoverPlanner changeovers;

    public FailoverPlanner(ChangeoverPlanner changeovers) {
        this.changeovers = changeovers;
    }

    /**
     * What was seen.
     *
     * @param quorum of whom the old primary's commits were acknowledged; empty: that was never promised
     * @param changeover for the steps that are the same as in a planned changeover
     */
    record Sight(FailoverObservation failover, Optional<Quorum> quorum, ChangeoverObservation changeover) {
        PrimaryHealth health() {
            return failover.health();
        }
    }

    /** @param changeover as written down; with {@link ChangeoverStatus#failover} */
    ChangeoverPlan plan(ChangeoverStatus changeover, Sight seen, Instant now) {
        var failover = Objects.requireNonNull(changeover.failover(), "only failovers come here");
        return switch (changeover.step()) {
            case Waiting, Preparing, Fencing -> fencing(changeover, failover, seen, now);
            case CatchingUp ->
                seen.health() instanceof PrimaryHealth.Serves
                        ? serves(changeover, now)
                        : catchingUp(changeover, failover, seen, now);
            case Promoting, Following, Aborting -> changeovers.plan(changeover, seen.changeover(), now);
        };
    }

    private ChangeoverPlan fencing(ChangeoverStatus changeover, FailoverStatus failover, Sight seen, Instant now) {
        var waited = Duration.between(Instant.parse(changeover.stepSince()), now);
        return switch (ProofOfFence.of(changeover, failover, seen.failover().fence(), waited)) {
            // The answer of the script is newer than what was seen of the server.
            case Proved proved when proved.server().isPresent() -> fenced(changeover, failover, proved, seen, now);
            case ProofOfFence proof when seen.health() instanceof PrimaryHealth.Serves -> serves(changeover, now);
            case Proved proved -> fenced(changeover, failover, proved, seen, now);
            case Missing missing -> missing(changeover, failover, missing);
        };
    }

    private ChangeoverPlan fenced(
            ChangeoverStatus changeover, FailoverStatus failover, Proved proved, Sight seen, Instant now) {
        var next = changeover.at(ChangeoverStep.CatchingUp, now.toString());
        var clean = proved.server().filter(server -> server.isCleanShutdown());
        if (clean.isPresent() && !failover.force()) {
            var planned = next.withFailover(null)
                    .fenced(clean.get().checkpoint().toString(), clean.get().timeline());
            return changeovers.plan(planned, seen.changeover(), now);
        }
        return catchingUp(next.withFailover(failover.fenced(proved.how())), failover.fenced(proved.how()), seen, now);
    }

    /** Somebody may have vouched for its end all the same: two servers that accept writes are the worst of all. */
    private static ChangeoverPlan serves(ChangeoverStatus changeover, Instant now) {
        return ChangeoverPlan.advance(
                changeover
                        .at(ChangeoverStep.Aborting, now.toString())
                        // Nobody stops its pod any more.
                        .withFailover(null)
                        .because(
                                "PrimaryServes",
                                "Instance %s serves again, so nothing has to be lost. Set spec.promote with a new time"
                                                .formatted(changeover.from())
                                        + " to move the primary all the same"),
                List.of(ChangeoverOrder.unfence(changeover)));
    }

    private static ChangeoverPlan missing(ChangeoverStatus changeover, FailoverStatus failover, Missing missing) {
        var why = changeover.because(missing.reason(), missing.message());
        return switch (missing.next()) {
            case WAIT -> ChangeoverPlan.wait(why);
            case FENCE -> ChangeoverPlan.wait(why, ChangeoverOrder.fence(changeover));
            case STOP_POD -> ChangeoverPlan.advance(why.withFailover(failover.stopping()), List.of());
        };
    }

    private static ChangeoverPlan catchingUp(
            ChangeoverStatus changeover, FailoverStatus failover, Sight seen, Instant now) {
        var waited = Duration.between(Instant.parse(changeover.stepSince()), now);
        var field = new FollowerChoice.Field(
                failover.lastSeen(), seen.failover().followers(), seen.quorum(), waited.compareTo(PATIENCE) < 0);
        var choice = failover.automatic()
                ? FollowerChoice.best(field)
                : FollowerChoice.wanted(changeover.to(), field, failover.force());
        return switch (choice) {
            case None(String reason, String message) -> persist(changeover.because(reason, message));
            case Chosen chosen -> chosen(changeover, failover, chosen, waited, now);
        };
    }

    private static ChangeoverPlan chosen(
            ChangeoverStatus changeover, FailoverStatus failover, Chosen chosen, Duration waited, Instant now) {
        var position = chosen.position();
        var left = position.received().minus(position.replayed());
        if (left > ONE_SEGMENT || (left > 0 && waited.compareTo(REPLAY) < 0)) {
            return persist(changeover.because(
                    "Replaying", "Follower %s has %d bytes of WAL to replay yet".formatted(chosen.name(), left)));
        }
        var next = changeover
                .towards(chosen.name())
                .at(ChangeoverStep.Promoting, now.toString())
                .withFailover(
                        failover.promoting(position.received().toString(), position.timeline(), chosen.complete()));
        return ChangeoverPlan.advance(next, ChangeoverOrder.promotion(next));
    }

    /** The proof of the fence may be in it: what was seen of a pod can be seen only once. */
    private static ChangeoverPlan persist(ChangeoverStatus status) {
        return new ChangeoverPlan(status, true, List.of(), Optional.empty());
    }
}
