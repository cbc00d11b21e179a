package dev.pgfork.operator.standby;

import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.TimelineHistory;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a follower and the primary that it should stream from say of each other. The follower must be asked first: then
 * it cannot have received what its primary does not know yet, and being ahead means something.
 *
 * @param own of the follower; only an answer of the very server, which its uid proves
 * @param primary of the instance that accepts the leader's writes; the same holds for it
 * @param again of the follower, once more after its primary, where what it needs next seems to be gone there; else
 *     Absent. What was gone before it said where it stands, it cannot get any more
 * @param histories of their timelines
 * @param slot name of the follower's slot on the primary
 * @param servers what the servers of the other members say, by name; Absent: it has no pod. Empty: not asked, because
 *     the settings of this one are in force
 */
public record ReplicationObservation(
        Looked<ReplicationReport> own,
        Looked<ReplicationReport> primary,
        Looked<ReplicationReport> again,
        Histories histories,
        String slot,
        Optional<Map<String, Looked<ServerReport>>> servers) {

    /**
     * Histories of timelines; each empty where it was not asked for, or could not be read.
     *
     * @param own of the follower's timeline
     * @param expected of the primary's timeline, as the follower takes it to be; empty, too, if it has not heard of it
     * @param primary of the primary's timeline
     */
    public record Histories(
            Optional<TimelineHistory> own, Optional<TimelineHistory> expected, Optional<TimelineHistory> primary) {
        public static final Histories UNKNOWN = new Histories(Optional.empty(), Optional.empty(), Optional.empty());

        /** Where the primary left that timeline of the follower; empty: it has not, or that is not known. */
        Optional<Lsn> end(int timeline) {
            return primary.flatMap(history -> history.end(timeline));
        }

        /** Where the follower left its primary's history, although it may have the same timeline by its number. */
        Optional<Lsn> parting() {
            return primary.flatMap(leaders -> Stream.concat(own.stream(), expected.stream())
                    .flatMap(history -> history.partsFrom(leaders).stream())
                    .min(Lsn::compareTo));
        }
    }
}
