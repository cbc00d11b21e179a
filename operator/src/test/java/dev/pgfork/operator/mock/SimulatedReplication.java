package dev.pgfork.operator.mock;

import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Receiver;
import dev.pgfork.operator.postgres.ReplicationReport.Sender;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.postgres.SynchronousReport;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who streams from whom. A standby that can stream has everything at once: what its leader wrote last before it was
 * stopped, too. It can if the leader is a primary with a slot for it and its own history is the beginning of the
 * leader's.
 *
 * @param instances all that run
 * @param frozen names of standbys that receive nothing, although they seem to stream
 * @param lost slots whose WAL is gone
 */
record SimulatedReplication(Collection<SimulatedInstance> instances, Set<String> frozen, Set<String> lost) {

    /** Lets every standby receive what it can. */
    void stream() {
        for (var standby : instances) {
            if (!frozen.contains(standby.name())) {
                leader(standby).ifPresent(leader -> standby.write(disk -> disk.caughtUpWith(leader.disk())));
            }
        }
    }

    /** The server that a standby streams from now. */
    Optional<SimulatedInstance> leader(SimulatedInstance standby) {
        return standby.isRunningStandby()
                ? instances.stream()
                        .filter(leader -> leader.acceptsWrites() && isAt(leader, standby))
                        .filter(leader -> leader.disk().slots().contains(standby.slot()))
                        .filter(leader -> !lost.contains(standby.slot()))
                        .filter(leader -> standby.disk().canFollow(leader.disk()))
                        .findFirst()
                : Optional.empty();
    }

    /** Whether the standby's leader is this one: the host is that of the instance's headless Service. */
    static boolean isAt(SimulatedInstance leader, SimulatedInstance standby) {
        return leader.namespace().equals(standby.namespace())
                && standby.state().leader().startsWith(leader.name() + "-instance.");
    }

    ReplicationReport report(SimulatedInstance instance) {
        return instance.acceptsWrites() ? primary(instance) : standby(instance);
    }

    private ReplicationReport.Primary primary(SimulatedInstance instance) {
        var disk = instance.disk();
        var senders = standbysOf(instance).stream()
                .map(standby ->
                        new Sender(standby.name(), "streaming", lsn(standby), lsn(standby), lsn(standby), "async"))
                .toList();
        return new ReplicationReport.Primary(
                instance.uid(), disk.timeline(), disk.lsn(), slots(instance), new Lsn(0), new Lsn(disk.lsn()), senders);
    }

    SynchronousReport synchronous(SimulatedInstance primary) {
        if (!primary.acceptsWrites()) {
            throw new ServerException("recovery is in progress", "55000", null);
        }
        return new SynchronousReport(
                primary.uid(),
                primary.synchronousNames(),
                standbysOf(primary).stream().map(SimulatedInstance::name).collect(Collectors.toSet()));
    }

    private ReplicationReport.Standby standby(SimulatedInstance instance) {
        var disk = instance.disk();
        var receiver = leader(instance)
                .map(leader -> new Receiver(
                        "streaming", instance.state().leader(), instance.slot(), disk.timeline(), lsn(leader)));
        return new ReplicationReport.Standby(
                instance.uid(),
                disk.timeline(),
                disk.lsn(),
                slots(instance),
                receiver.isPresent() ? lsn(instance) : null,
                lsn(instance),
                receiver,
                instance.started(),
                false);
    }

    private List<Slot> slots(SimulatedInstance instance) {
        var active = standbysOf(instance).stream().map(SimulatedInstance::slot).collect(Collectors.toSet());
        return instance.disk().slots().stream()
                .sorted()
                .map(name -> lost.contains(name)
                        ? new Slot(name, true, false, null, "lost")
                        : new Slot(name, true, active.contains(name), lsn(instance), "reserved"))
                .toList();
    }

    List<SimulatedInstance> standbysOf(SimulatedInstance leader) {
        return instances.stream()
                .filter(standby -> leader(standby)
                        .filter(found -> found.podUid().equals(leader.podUid()))
                        .isPresent())
                .toList();
    }

    private static Lsn lsn(SimulatedInstance instance) {
        return new Lsn(instance.disk().lsn());
    }

    /** Members of one database that accept writes at one time, as text: more than one must never be. */
    Set<String> twoPrimaries() {
        return instances.stream()
                .filter(instance -> instance.acceptsWrites() && !instance.isIndependentCopy())
                .collect(Collectors.groupingBy(
                        instance -> instance.disk().systemIdentifier(),
                        Collectors.mapping(
                                instance -> "%s at epoch %d on timeline %d"
                                        .formatted(
                                                instance.pod(),
                                                instance.state().epoch(),
                                                instance.disk().timeline()),
                                Collectors.toList())))
                .values()
                .stream()
                .filter(primaries -> primaries.size() > 1)
                .map(primaries ->
                        String.join(" and ", primaries.stream().sorted().toList()))
                .collect(Collectors.toSet());
    }
}
