package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.kube.Looked;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps on record how far the primary was, so that a failover can tell what it lost, at the cost of few writes.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>seen</th><th>on record</th></tr>
 * <tr><td>nothing, or a server in recovery</td><td>what was</td></tr>
 * <tr><td>another primary, timeline or database than on record, or nothing is</td><td>what is seen</td></tr>
 * <tr><td>it has written something, 10 s after the last record</td><td>what is seen</td></tr>
 * <tr><td>60 s after the last record</td><td>what is seen</td></tr>
 * <tr><td>anything else</td><td>what was</td></tr>
 * </table>
 */
final class LastSeen {
    static final Duration WHILE_WRITING = Duration.ofSeconds(10);
    static final Duration WHILE_IDLE = Duration.ofSeconds(60);

    private LastSeen() {}

    /** @param primary name of the instance that {@code seen} is of */
    static @Nullable PrimaryPosition of(
            @Nullable PrimaryPosition before, String primary, Looked<MemberPosition> seen, Instant now) {
        return seen.found()
                .filter(position -> !position.inRecovery())
                .map(position -> new PrimaryPosition(
                        primary,
                        position.replayed().toString(),
                        position.timeline(),
                        position.systemIdentifier(),
                        now.truncatedTo(ChronoUnit.SECONDS).toString()))
                .filter(position -> before == null || isNews(before, position, now))
                .orElse(before);
    }

    private static boolean isNews(PrimaryPosition before, PrimaryPosition seen, Instant now) {
        var same = before.instance().equals(seen.instance())
                && before.timeline() == seen.timeline()
                && before.systemIdentifier().equals(seen.systemIdentifier());
        var age = Duration.between(Instant.parse(before.at()), now);
        var pause = before.lsn().equals(seen.lsn()) ? WHILE_IDLE : WHILE_WRITING;
        return !same || age.compareTo(pause) >= 0;
    }
}
