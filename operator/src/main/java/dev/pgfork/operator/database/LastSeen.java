package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps on record how far the primary was, so that a failover can tell what it lost, at the cost of few writes.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>seen</th><th>on record</th></tr>
 * <tr><td>nothing</td><td>what was</td></tr>
 * <tr><td>another primary, node, timeline, origin of it or database than on record, or nothing is, or only its promotion</td><td>what is seen</td></tr>
 * <tr><td>it has written something, 10 s after the last record</td><td>what is seen</td></tr>
 * <tr><td>60 s after the last record</td><td>what is seen</td></tr>
 * <tr><td>anything else</td><td>what was</td></tr>
 * </table>
 *
 * <p>From its promotion until it is first seen, a primary was where it was when it was promoted.
 */
final class LastSeen {
    static final Duration WHILE_WRITING = Duration.ofSeconds(10);
    static final Duration WHILE_IDLE = Duration.ofSeconds(60);

    private LastSeen() {}

    /** @param seen of a server that accepts writes, just now; empty: it did not answer */
    static @Nullable PrimaryPosition of(@Nullable PrimaryPosition before, Optional<PrimaryPosition> seen, Instant now) {
        return seen.map(position -> knownAlready(before, position))
                .filter(position -> before == null || isNews(before, position, now))
                .orElse(before);
    }

    /** How a timeline began does not change; that it could not be read now is no news. */
    private static PrimaryPosition knownAlready(@Nullable PrimaryPosition before, PrimaryPosition seen) {
        return before != null
                        && seen.origin() == null
                        && before.instance().equals(seen.instance())
                        && before.timeline() == seen.timeline()
                ? new PrimaryPosition(
                        seen.instance(),
                        seen.lsn(),
                        seen.timeline(),
                        seen.systemIdentifier(),
                        seen.at(),
                        seen.node(),
                        before.origin(),
                        null)
                : seen;
    }

    /**
     * Of a new primary that nobody has seen yet: if it is lost before, nobody who has less than this takes its place
     * unasked.
     *
     * @param changeover that has promoted somebody
     * @param before of the old primary
     * @param node of the new one
     * @return {@code null}: it is not known
     */
    static @Nullable PrimaryPosition ofPromotion(
            ChangeoverStatus changeover, @Nullable PrimaryPosition before, @Nullable String node, Instant now) {
        var failover = changeover.failover();
        var lsn = failover == null ? changeover.fencedLsn() : failover.promotedFrom();
        var timeline = failover == null ? changeover.fencedTimeline() : failover.promotedTimeline();
        return before == null || lsn == null || timeline == null
                ? null
                : new PrimaryPosition(
                        changeover.to(),
                        lsn,
                        timeline,
                        before.systemIdentifier(),
                        now.truncatedTo(ChronoUnit.SECONDS).toString(),
                        node,
                        before.timeline() == timeline ? before.origin() : null,
                        true);
    }

    private static boolean isNews(PrimaryPosition before, PrimaryPosition seen, Instant now) {
        var same = before.promotion() == null
                && before.instance().equals(seen.instance())
                && before.timeline() == seen.timeline()
                && Objects.equals(before.node(), seen.node())
                && Objects.equals(before.origin(), seen.origin())
                && before.systemIdentifier().equals(seen.systemIdentifier());
        var age = Duration.between(Instant.parse(before.at()), now);
        var pause = before.lsn().equals(seen.lsn()) ? WHILE_IDLE : WHILE_WRITING;
        return !same || age.compareTo(pause) >= 0;
    }
}
