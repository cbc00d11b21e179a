package dev.pgfork.operator.standby;

import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import java.util.Optional;

/**
 * What a follower and the primary that it should stream from say of each other. The follower must be asked first: then
 * it cannot have received what its primary does not know yet, and being ahead means something.
 *
 * @param own of the follower; only an answer of the very server, which its uid proves
 * @param primary of the instance that accepts the leader's writes; the same holds for it
 * @param again of the follower, once more after its primary, where what it needs next seems to be gone there; else
 *     Absent. What was gone before it said where it stands, it cannot get any more
 * @param begin where the primary's present timeline left the one before; empty: not known, or it is its first
 * @param slot name of the follower's slot on the primary
 */
public record ReplicationObservation(
        Looked<ReplicationReport> own,
        Looked<ReplicationReport> primary,
        Looked<ReplicationReport> again,
        Optional<Lsn> begin,
        String slot) {}
