package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.SynchronousStatus;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.SynchronousReport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks at the primary of a database and at those who should stream from it. */
final class MembersObserver {
    private final Members members;
    private final InstanceObserver instances;
    private final TimelineHistories histories;

    MembersObserver(Members members, InstanceObserver instances, TimelineHistories histories) {
        this.members = members;
        this.instances = instances;
        this.histories = histories;
    }

    /**
     * Members are listed last of all: whoever has a slot by then, made by its resource, is among them.
     *
     * @param own what was seen of the database's own instance already
     * @param all members to ask
     * @param status with the name of the primary, if it is on record
     */
    MembersObservation observe(
            Owner database, InstanceObservation own, List<Member> all, PostgresDatabaseStatus status) {
        var recorded = status.primary();
        if (recorded == null) {
            return new MembersObservation(
                    all,
                    Optional.empty(),
                    new Looked.Absent<>(),
                    Optional.empty(),
                    new Looked.Absent<>(),
                    scripts(all),
                    Optional.empty());
        }
        var member = all.stream().filter(each -> each.name().equals(recorded)).findFirst();
        var primary = recorded.equals(database.name())
                ? Optional.of(own)
                : member.map(one -> instances.observe(one.owner(), one.generation(), Optional.empty(), false));
        var replication = all.size() > 1
                ? member.map(one -> instances.replication(one.owner(), one.address()))
                        .orElseGet(Looked.Absent::new)
                : new Looked.Absent<ReplicationReport>();
        // Not while a new primary waits to be told for whom its commits are to wait.
        var history = replication
                .found()
                .filter(report -> status.changeover() == null)
                .flatMap(report -> histories.of(member.flatMap(Member::pod), report.timeline()));
        var synchronous = synchronous(member, status.synchronous());
        var scripts = scripts(asked(all, recorded, replication));
        var servers = recorded.equals(database.name()) && ParameterChange.isUnderWay(status.conditions())
                ? Optional.of(instances.servers(all.stream().filter(one -> !one.isLeadersOwn())))
                : Optional.<Map<String, Looked<ServerReport>>>empty();
        return new MembersObservation(
                members.of(database), primary, replication, history, synchronous, scripts, servers);
    }

    /** Who has all that was acknowledged needs to be known once; from then on no commit is without them. */
    private Looked<SynchronousReport> synchronous(Optional<Member> primary, @Nullable SynchronousStatus noted) {
        return noted == null || primary.isEmpty()
                ? new Looked.Absent<>()
                : instances.synchronous(primary.get().owner(), primary.get().address(), !noted.inForce());
    }

    /**
     * Members from whom the primary hears nothing, while it could; and all of them while it does not serve: one of them
     * may have taken its place. The primary itself, if it answers as a standby: it may not know yet what it is.
     */
    private static List<Member> asked(List<Member> all, String primary, Looked<ReplicationReport> replication) {
        return replication
                .found()
                .filter(ReplicationReport.Primary.class::isInstance)
                .map(ReplicationReport.Primary.class::cast)
                .map(report -> all.stream()
                        .filter(member -> !member.name().equals(primary))
                        .filter(member -> report.sender(member.name()).isEmpty())
                        .toList())
                .orElseGet(() -> all.stream()
                        .filter(member -> !member.name().equals(primary)
                                || replication.found().isPresent())
                        .toList());
    }

    private Map<String, Looked<ScriptStatus>> scripts(List<Member> asked) {
        var scripts = new HashMap<String, Looked<ScriptStatus>>();
        asked.forEach(member -> scripts.put(member.name(), instances.script(member.pod())));
        return scripts;
    }
}
