package dev.pgfork.operator.standby;

import dev.pgfork.operator.postgres.Lsn;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a timeline history file says: Postgres writes one for each timeline but the first
 * (backend/access/transam/timeline.c).
 */
final class TimelineHistory {
    /** Number of a timeline, and where the next one left it; a reason for people follows. */
    private static final Pattern LINE =
            Pattern.compile("^\\s*([0-9]+)\\s+([0-9A-Fa-f]+/[0-9A-Fa-f]+)", Pattern.MULTILINE);

    private TimelineHistory() {}

    /** @return where the given timeline ends; empty: it is not in this history */
    static Optional<Lsn> end(String history, int timeline) {
        return LINE.matcher(history)
                .results()
                .filter(line -> line.group(1).equals(Integer.toString(timeline)))
                .map(line -> Lsn.parse(line.group(2)))
                .findFirst();
    }
}
