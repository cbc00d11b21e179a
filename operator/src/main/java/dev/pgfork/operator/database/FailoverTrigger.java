package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.Failover;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.api.v1alpha1.PrimaryOutage;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.api.v1alpha1.Promote;
import dev.pgfork.operator.database.FollowerChoice.Chosen;
import dev.pgfork.operator.database.FollowerChoice.None;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether a failover begins.
 *
 * <table>
 * <caption>By itself ({@link #automatic}), first match wins</caption>
 * <tr><th>seen</th><th>decision</th></tr>
 * <tr><td>mode is not Automatic</td><td>nothing</td></tr>
 * <tr><td>the primary is not known to be down, or nothing is known of how far it was</td><td>nothing</td></tr>
 * <tr><td>known for less than {@code after}</td><td>wake up then</td></tr>
 * <tr><td>nobody could take over</td><td>hindered, with the reason</td></tr>
 * <tr><td>anything else</td><td>begin</td></tr>
 * </table>
 *
 * <table>
 * <caption>For a promotion that waits ({@link #ordered}), first match wins</caption>
 * <tr><th>seen</th><th>decision</th></tr>
 * <tr><td>the primary serves</td><td>nothing: it can be moved without loss</td></tr>
 * <tr><td>it is not known to be down, and nobody vouches for it</td><td>nothing: it is waited for, as planned</td></tr>
 * <tr><td>it is known to be down for less than 10 s, and nobody vouches</td><td>wake up then: it may just restart</td></tr>
 * <tr><td>the target cannot be chosen</td><td>hindered, with the reason</td></tr>
 * <tr><td>anything else</td><td>begin</td></tr>
 * </table>
 */
sealed interface FailoverTrigger {
    Duration RESTART = Duration.ofSeconds(10);

    record Nothing() implements FailoverTrigger {}

    record NotYet(Duration in) implements FailoverTrigger {}

    /**
     * @param reason CamelCase
     * @param message for people
     */
    record Hindered(String reason, String message) implements FailoverTrigger {}

    /** To be written down before anything else happens. */
    record Begin(ChangeoverStatus changeover) implements FailoverTrigger {}

    /**
     * What is known of the primary and those that could take its place.
     *
     * @param primary name of the instance
     * @param outage {@code null}: it is not known to be down
     * @param node that its pod is on
     */
    record Situation(
            String primary,
            PrimaryHealth health,
            @Nullable PrimaryOutage outage,
            @Nullable String node,
            FollowerChoice.Field field) {

        @Nullable
        PrimaryPosition lastSeen() {
            return field.lastSeen();
        }
    }

    /** @param epoch of the new primary */
    static FailoverTrigger automatic(@Nullable Failover wanted, Situation situation, long epoch, Instant now) {
        var outage = situation.outage();
        if (wanted == null
                || wanted.mode() != Failover.Mode.Automatic
                || outage == null
                || situation.lastSeen() == null) {
            return new Nothing();
        }
        var left = Duration.between(now, Instant.parse(outage.since()).plus(after(wanted)));
        if (left.isPositive()) {
            return new NotYet(left);
        }
        return switch (FollowerChoice.best(situation.field())) {
            case None(String reason, String message) -> new Hindered(reason, message);
            case Chosen chosen ->
                begin(
                        ChangeoverStatus.begin(situation.primary(), chosen.name(), epoch, now.toString()),
                        now,
                        FailoverStatus.begin(true, false, false, situation.node(), situation.lastSeen()));
        };
    }

    /** @param changeover a planned one that waits */
    static FailoverTrigger ordered(ChangeoverStatus changeover, Promote command, Situation situation, Instant now) {
        var vouched = Boolean.TRUE.equals(command.fencedExternally());
        var outage = situation.outage();
        if (situation.health() instanceof PrimaryHealth.Serves || (outage == null && !vouched)) {
            return new Nothing();
        }
        var left = outage == null || vouched
                ? Duration.ZERO
                : Duration.between(now, Instant.parse(outage.since()).plus(RESTART));
        if (left.isPositive()) {
            return new NotYet(left);
        }
        var force = Boolean.TRUE.equals(command.force());
        return switch (FollowerChoice.wanted(changeover.to(), situation.field(), force)) {
            case None(String reason, String message) -> new Hindered(reason, message);
            case Chosen chosen ->
                begin(
                        changeover,
                        now,
                        FailoverStatus.begin(false, force, vouched, situation.node(), situation.lastSeen()));
        };
    }

    private static Begin begin(ChangeoverStatus changeover, Instant now, FailoverStatus failover) {
        return new Begin(changeover.at(ChangeoverStep.Fencing, now.toString()).withFailover(failover));
    }

    /** Its form is checked by the schema. */
    private static Duration after(Failover wanted) {
        return Duration.parse(
                "PT" + Objects.requireNonNullElse(wanted.after(), "30s").toUpperCase(Locale.ROOT));
    }
}
