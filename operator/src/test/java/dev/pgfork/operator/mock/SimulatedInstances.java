package dev.pgfork.operator.mock;

import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerReport;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * Instance scripts and servers, one per running pod. They keep the contract: a copied volume is put on a new timeline
 * before anybody is let in, and a copy that is not past the cut stays closed.
 */
public final class SimulatedInstances implements Server, InstanceVerbs {
    private static final long FIRST_LSN = 0x150_0000;

    private final Map<String, SimulatedInstance> byPodUid = new HashMap<>();
    private final Map<String, UnaryOperator<ForkSafety>> safety = new HashMap<>();
    private final Map<String, ScriptFailure> failures = new HashMap<>();
    private final Map<String, String> unreachable = new HashMap<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private long walSinceCheckpoint;
    private boolean checkpointEnds = true;
    private final Runnable changed;

    /** @param changed makes the cluster look again */
    SimulatedInstances(Runnable changed) {
        this.changed = changed;
    }

    /** Why the private phase of an instance fails. */
    public record ScriptFailure(String reason, String step, String sqlstate, int line) {}

    /** @param name of the custom resource whose server does not answer over SQL any more */
    public synchronized void makeUnreachable(String name) {
        unreachable.put(name, "Connection refused");
    }

    public synchronized void makeReachable(String name) {
        unreachable.remove(name);
    }

    /** What the server says of itself before a cut, changed. */
    public synchronized void report(String name, UnaryOperator<ForkSafety> change) {
        safety.put(name, change);
    }

    public synchronized void failPrivatePhase(String name, ScriptFailure failure) {
        failures.put(name, failure);
    }

    /** The cause is gone: the script succeeds when it tries again. */
    public synchronized void mendPrivatePhase(String name) {
        failures.remove(name);
        changed.run();
    }

    public synchronized void walSinceCheckpoint(long bytes) {
        walSinceCheckpoint = bytes;
    }

    public synchronized void checkpointEnds(boolean ends) {
        checkpointEnds = ends;
    }

    /** How often a method of the server was called for a resource, by the method's name. */
    public synchronized int calls(String name, String method) {
        return calls.getOrDefault(name + " " + method, 0);
    }

    synchronized void start(SimulatedInstance instance) {
        byPodUid.putIfAbsent(instance.podUid(), instance);
    }

    synchronized void stopAllBut(Collection<String> podUids) {
        byPodUid.keySet().retainAll(podUids);
        notifyAll();
    }

    synchronized Optional<Phase> phase(String podUid) {
        return Optional.ofNullable(byPodUid.get(podUid)).map(SimulatedInstance::phase);
    }

    /** Ends the private phase. */
    synchronized void open(String podUid, Disks disks) {
        var instance = byPodUid.get(podUid);
        if (instance != null && instance.phase() != Phase.running) {
            byPodUid.put(podUid, instance.opened(disks, Optional.ofNullable(failures.get(instance.name()))));
            notifyAll();
        }
    }

    @Override
    public synchronized ScriptStatus status(String namespace, String pod, Duration wait) {
        var deadline = System.nanoTime() + wait.toNanos();
        var status = ask(namespace, pod).status();
        while (!isFinal(status.phase()) && System.nanoTime() < deadline) {
            try {
                wait(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ExecFailedException("interrupted", e);
            }
            status = ask(namespace, pod).status();
        }
        return status;
    }

    private static boolean isFinal(Phase phase) {
        return phase == Phase.running || phase == Phase.failed || phase == Phase.fenced;
    }

    @Override
    public synchronized void reload(String namespace, String pod, ConfigurationBundle bundle) {
        var instance = ask(namespace, pod);
        byPodUid.put(instance.podUid(), instance.reloaded(bundle));
    }

    @Override
    public FenceProof fence(String namespace, String pod, long epoch) {
        throw notSimulated("fence");
    }

    @Override
    public void unfence(String namespace, String pod, long epoch) {
        throw notSimulated("unfence");
    }

    @Override
    public int promote(String namespace, String pod, long epoch) {
        throw notSimulated("promote");
    }

    @Override
    public void follow(String namespace, String pod, long epoch, String host) {
        throw notSimulated("follow");
    }

    @Override
    public String sql(String namespace, String pod, String database, String statements) {
        throw notSimulated("sql");
    }

    private static AssertionError notSimulated(String verb) {
        return new AssertionError("the verb " + verb + " is not simulated");
    }

    @Override
    public synchronized ServerReport report(ServerAddress address) {
        return connect(address, "report").report();
    }

    @Override
    public synchronized ForkSafety forkSafety(ServerAddress address) {
        var instance = connect(address, "forkSafety");
        var facts = new ForkSafety(
                instance.uid(),
                instance.disk().systemIdentifier(),
                instance.disk().timeline(),
                false,
                true,
                true,
                "replica",
                false,
                List.of());
        return safety.getOrDefault(instance.name(), UnaryOperator.identity()).apply(facts);
    }

    @Override
    public synchronized long walSinceCheckpoint(ServerAddress address) {
        connect(address, "walSinceCheckpoint");
        return walSinceCheckpoint;
    }

    @Override
    public synchronized boolean checkpoint(ServerAddress address, Duration deadline) {
        connect(address, "checkpoint");
        return checkpointEnds;
    }

    @Override
    public synchronized Lsn commitMarker(ServerAddress address, String content) {
        var instance = connect(address, "commitMarker");
        var marked = instance.marked();
        byPodUid.put(instance.podUid(), marked);
        return new Lsn(marked.disk().lsn());
    }

    /** Nobody follows here yet: every instance is a primary without slots. */
    @Override
    public synchronized ReplicationReport replication(ServerAddress address) {
        var instance = connect(address, "replication");
        var disk = instance.disk();
        return new ReplicationReport.Primary(
                instance.uid(), disk.timeline(), 1, List.of(), new Lsn(disk.lsn()), List.of());
    }

    @Override
    public synchronized OptionalLong commitsBetween(ServerAddress address, Lsn from, Lsn to) {
        connect(address, "commitsBetween");
        return OptionalLong.empty();
    }

    private SimulatedInstance ask(String namespace, String pod) {
        return byPodUid.values().stream()
                .filter(instance ->
                        instance.namespace().equals(namespace) && instance.pod().equals(pod))
                .findFirst()
                .orElseThrow(() -> new ExecFailedException("container of pod " + pod + " is not running", null));
    }

    private SimulatedInstance connect(ServerAddress address, String method) {
        var instance = byPodUid.values().stream()
                .filter(each -> each.address().equals(address.host()))
                .findFirst()
                .orElseThrow(() -> new ServerException("No route to host " + address, new IllegalStateException()));
        calls.merge(instance.name() + " " + method, 1, Integer::sum);
        var trouble = unreachable.get(instance.name());
        if (trouble != null || instance.phase() != Phase.running) {
            throw new ServerException(trouble == null ? "Connection refused" : trouble, new IllegalStateException());
        }
        return instance;
    }

    static long firstLsn() {
        return FIRST_LSN;
    }
}
