package dev.pgfork.operator.database;

import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.TimelineHistory;
import java.util.Optional;

/**
 * Where the server of a member is in its history, as it says itself.
 *
 * @param inRecovery a standby
 * @param timeline on a standby: the one that it receives
 * @param history of that timeline; empty: it could not be read
 * @param replayed on a standby: end of the last record that it replayed; on a primary: end of what it wrote
 * @param received on a standby: end of what is on its disk, {@code ReplicationReport.Standby.reach()}, which a
 *     promotion would keep; on a primary as {@code replayed}
 * @param streaming on a standby: whether it receives right now
 * @param ready whether Kubernetes sends clients to it
 */
public record MemberPosition(
        String systemIdentifier,
        int majorVersion,
        boolean inRecovery,
        int timeline,
        Optional<TimelineHistory> history,
        Lsn replayed,
        Lsn received,
        boolean streaming,
        boolean ready) {}
