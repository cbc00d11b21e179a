package dev.pgfork.operator.database;

import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.SynchronousReport;
import dev.pgfork.operator.postgres.TimelineHistory;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was seen of the instances of a database.
 *
 * @param all the database's own first, then its followers; as they were after the primary was asked
 * @param primary the one on record as the primary; empty: it is not known who that is, or its resource is gone
 * @param replication what the primary says of those who stream from it; Absent: nobody should, or it does not serve
 * @param history of the timeline that the primary writes; empty: not asked, or not known
 * @param synchronous for whom the primary says that its commits wait; Absent: for nobody, as far as is on record
 * @param scripts by name, what the scripts of those say that were asked: whoever should stream and does not; everybody
 *     else while the primary does not serve, or where it is not on record who that is; the primary, if it is in
 *     recovery
 * @param servers what the servers of all but the database's own say, by name; Absent: it has no pod. Empty: not asked,
 *     because its settings are in force
 */
public record MembersObservation(
        List<Member> all,
        Optional<InstanceObservation> primary,
        Looked<ReplicationReport> replication,
        Optional<TimelineHistory> history,
        Looked<SynchronousReport> synchronous,
        Map<String, Looked<ScriptStatus>> scripts,
        Optional<Map<String, Looked<ServerReport>>> servers) {

    public MembersObservation {
        all = List.copyOf(all);
        scripts = Map.copyOf(scripts);
    }

    public Optional<Member> member(String name) {
        return all.stream().filter(member -> member.name().equals(name)).findFirst();
    }

    /** All but the database's own. */
    public List<Member> followers() {
        return all.stream().filter(member -> !member.isLeadersOwn()).toList();
    }

    /** Whether clients can write: the primary on record is ready, and says itself that it accepts writes. */
    public boolean primaryServes(String name) {
        return member(name)
                .filter(member -> primary.filter(seen -> seen.serves(member.owner(), member.generation()))
                        .isPresent())
                .isPresent();
    }

    /** What the server of the primary says; empty: it does not serve. */
    public Optional<ReplicationReport.Primary> senders() {
        return replication
                .found()
                .filter(ReplicationReport.Primary.class::isInstance)
                .map(ReplicationReport.Primary.class::cast);
    }
}
