package dev.pgfork.operator.standby;

import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.ReplicationNames;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.standby.ReplicationObservation.Histories;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a follower and its primary how they stand with each other, the follower first. */
public final class ReplicationObserver {
    private static final Logger log = LoggerFactory.getLogger(ReplicationObserver.class);

    private final Server server;
    private final TimelineHistories histories;

    public ReplicationObserver(Server server, TimelineHistories histories) {
        this.server = server;
        this.histories = histories;
    }

    /**
     * @param primary who accepts the leader's writes; it may be the follower itself
     * @param servers as {@link ReplicationObservation#servers}
     */
    ReplicationObservation observe(
            Owner follower,
            InstanceObservation instance,
            Optional<Member> primary,
            Optional<Map<String, Looked<ServerReport>>> servers) {
        var isPrimary =
                primary.filter(member -> member.owner().equals(follower)).isPresent();
        // Whoever has just been found not to answer is not asked a second time.
        var address = instance.server().found().isEmpty()
                ? Optional.<ServerAddress>empty()
                : Credentials.address(instance.pod(), instance.tls(), instance.roles());
        var own = isPrimary ? new Looked.Absent<ReplicationReport>() : ask(follower, address);
        var others = isPrimary
                ? new Looked.Absent<ReplicationReport>()
                : primary.map(member -> ask(member.owner(), member.address())).orElseGet(Looked.Absent::new);
        var again = lacksWal(own, others) ? ask(follower, address) : new Looked.Absent<ReplicationReport>();
        return new ReplicationObservation(
                own,
                others,
                again,
                histories(own, others, instance.pod(), primary),
                ReplicationNames.slot(follower),
                servers);
    }

    private static boolean lacksWal(Looked<ReplicationReport> own, Looked<ReplicationReport> others) {
        return own instanceof Looked.Found<ReplicationReport>(Standby standby)
                && others instanceof Looked.Found<ReplicationReport>(Primary leader)
                && standby.lacksWalBefore(leader.oldest());
    }

    /** Only the very server counts: at its pod's address somebody else may answer by now. */
    private Looked<ReplicationReport> ask(Owner owner, Optional<ServerAddress> address) {
        if (address.isEmpty()) {
            return new Looked.Absent<>();
        }
        try {
            var report = server.replication(address.get());
            return report.uid().equals(owner.uid())
                    ? new Looked.Found<>(report)
                    : new Looked.Unknown<>("another server answers at " + address.get());
        } catch (ServerException e) {
            return new Looked.Unknown<>(String.valueOf(e.getMessage()));
        }
    }

    /** Counts exactly where that is cheap; a count that fails leaves the estimate. */
    OptionalLong commits(ReplicationObservation seen, Member primary) {
        if (primary.address().isPresent()
                && seen.own() instanceof Looked.Found<ReplicationReport>(Standby own)
                && own.streams()
                && seen.primary() instanceof Looked.Found<ReplicationReport>(Primary leader)
                && LagMeasurement.isCountable(own, leader)) {
            try {
                return server.commitsBetween(primary.address().get(), own.replayed(), leader.current());
            } catch (ServerException e) {
                log.debug("commits of the lag could not be counted", e);
            }
        }
        return OptionalLong.empty();
    }

    /** Needed only of a follower that is not ahead of its primary in timelines, and where there is more than one. */
    private Histories histories(
            Looked<ReplicationReport> own,
            Looked<ReplicationReport> others,
            Optional<Pod> pod,
            Optional<Member> primary) {
        if (own instanceof Looked.Found<ReplicationReport>(Standby standby)
                && others instanceof Looked.Found<ReplicationReport>(Primary leader)
                && standby.timeline() <= leader.timeline()) {
            var same = standby.timeline() == leader.timeline();
            return new Histories(
                    histories.of(pod, standby.timeline()),
                    same ? Optional.empty() : histories.of(pod, leader.timeline()),
                    histories.of(primary.flatMap(Member::pod), leader.timeline()));
        }
        return Histories.UNKNOWN;
    }
}
