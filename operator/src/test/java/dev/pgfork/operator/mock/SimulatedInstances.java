package dev.pgfork.operator.mock;

import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.instance.SanitizeOrder;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.instance.VerbRefusedException;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerPosition;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.SynchronousReport;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Instance scripts and servers, one per running pod. They keep the contract: a copied volume is put on a new timeline
 * before anybody is let in, a copy that is not past the cut stays closed, roles and epochs survive their pod. Whenever
 * two members of one database accept writes at once, that is remembered.
 */
public final class SimulatedInstances implements Server, InstanceVerbs {
    static final long FIRST_LSN = 0x150_0000;

    private final Map<String, SimulatedInstance> byPodUid = new HashMap<>();
    private final Map<String, UnaryOperator<ForkSafety>> safety = new HashMap<>();
    private final Map<String, ScriptFailure> failures = new HashMap<>();
    private final Map<String, String> unreachable = new HashMap<>();
    private final Map<String, Integer> calls = new HashMap<>();
    public final SimulatedSanitizing sanitizing = new SimulatedSanitizing();
    private final SimulatedSettings settings = new SimulatedSettings();
    private final Set<String> frozen = new HashSet<>();
    private final Set<String> lostSlots = new HashSet<>();
    private final Set<String> twoPrimaries = new TreeSet<>();
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

    /**
     * The server in this pod ends after it has sent everything. It cannot be started again there, nor can the script
     * read what it has left behind.
     */
    public synchronized void crash(String podUid) {
        replication().stream();
        change(Objects.requireNonNull(byPodUid.get(podUid)).crashed());
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

    /** @param name of the custom resource whose standby receives nothing any more, and does not notice */
    public synchronized void freezeReceiver(String name) {
        frozen.add(name);
    }

    public synchronized void thawReceiver(String name) {
        frozen.remove(name);
        changed.run();
    }

    /** The primary has removed WAL that the consumer of this slot needs. */
    public synchronized void loseWal(String slot) {
        lostSlots.add(slot);
        changed.run();
    }

    /** @return empty if there is no such server, or it accepts no writes */
    public synchronized Optional<Commit> commit(String podUid) {
        return Optional.ofNullable(byPodUid.get(podUid))
                .filter(SimulatedInstance::acceptsWrites)
                .map(server -> {
                    server.write(Disk::written);
                    return new Commit(server.disk().timeline(), server.disk().lsn());
                });
    }

    public synchronized boolean has(String podUid, Commit commit) {
        replication().stream();
        return Optional.ofNullable(byPodUid.get(podUid))
                .filter(server -> server.disk().holds(commit.timeline(), commit.lsn()))
                .isPresent();
    }

    /** Slots that a server keeps WAL for. */
    public synchronized Set<String> slots(String name) {
        return byPodUid.values().stream()
                .filter(instance -> instance.name().equals(name))
                .findFirst()
                .map(instance -> instance.disk().slots())
                .orElse(Set.of());
    }

    /** Members of one database that ever accepted writes at one time, as text. */
    public synchronized Set<String> twoPrimaries() {
        return Set.copyOf(twoPrimaries);
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

    /** What a readiness probe would say. */
    synchronized boolean isReady(String podUid) {
        return Optional.ofNullable(byPodUid.get(podUid))
                .filter(instance -> instance.acceptsWrites()
                        || replication().leader(instance).isPresent())
                .isPresent();
    }

    /** Ends the private phase. */
    synchronized void open(String podUid) {
        var instance = byPodUid.get(podUid);
        if (instance != null && instance.phase() != Phase.running && instance.phase() != Phase.fenced) {
            copyLeader(instance);
            var failure = Optional.ofNullable(failures.get(instance.name()));
            var held = failure.isEmpty() && sanitizing.isWanted(instance);
            put(held ? instance.with(Phase.quarantine, null) : instance.opened(failure));
        }
    }

    /** The seed {@code basebackup}. */
    private void copyLeader(SimulatedInstance instance) {
        if (instance.wantsBaseBackup()) {
            byPodUid.values().stream()
                    .filter(leader -> leader.acceptsWrites() && SimulatedReplication.isAt(leader, instance))
                    .filter(leader -> leader.disk().slots().contains(instance.slot()))
                    .findFirst()
                    .ifPresent(leader -> instance.write(empty -> leader.disk().withoutSlots()));
        }
    }

    private SimulatedInstance put(SimulatedInstance instance) {
        byPodUid.put(instance.podUid(), instance);
        replication().stream();
        twoPrimaries.addAll(replication().twoPrimaries());
        notifyAll();
        return instance;
    }

    /** As {@link #put}, by a verb: the cluster looks again. */
    private SimulatedInstance change(SimulatedInstance instance) {
        changed.run();
        return put(instance);
    }

    private SimulatedReplication replication() {
        return new SimulatedReplication(byPodUid.values(), frozen, lostSlots);
    }

    @Override
    public synchronized ScriptStatus status(String namespace, String pod, Duration wait) {
        var deadline = System.nanoTime() + wait.toNanos();
        var status = said(ask(namespace, pod));
        while (!SimulatedSanitizing.isSettled(status) && System.nanoTime() < deadline) {
            try {
                wait(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ExecFailedException("interrupted", e);
            }
            status = said(ask(namespace, pod));
        }
        return status;
    }

    private ScriptStatus said(SimulatedInstance instance) {
        return settings.telling(sanitizing.status(instance), instance, replication());
    }

    @Override
    public synchronized void sanitize(String namespace, String pod, SanitizeOrder order) {
        sanitizing.run(ask(namespace, pod), order);
        open(ask(namespace, pod).podUid());
        changed.run();
    }

    @Override
    public synchronized void reload(String namespace, String pod, ConfigurationBundle bundle) {
        var instance = ask(namespace, pod);
        var reloaded = instance.reloaded(bundle);
        settings.reload(instance, reloaded.configuration());
        put(reloaded);
    }

    @Override
    public synchronized void restart(String namespace, String pod, String start) {
        var instance = ask(namespace, pod);
        var wanted = instance.configuration();
        var configuration = settings.restart(instance, start, replication().standbysOf(instance));
        change(instance.configured(configuration));
        if (!configuration.equals(wanted)) {
            throw SimulatedSettings.rejection();
        }
    }

    /** Standbys that ever had less than their primary of what their replay needs. */
    public synchronized Set<String> paused() {
        return settings.paused();
    }

    @Override
    public synchronized void listen(String namespace, String pod) {
        ask(namespace, pod);
    }

    /** What was written last is sent before the server stops. */
    @Override
    public synchronized FenceProof fence(String namespace, String pod, long epoch) {
        var instance = ask(namespace, pod);
        var receivers = replication().standbysOf(instance);
        var fenced = change(new RoleVerb(instance, epoch).fenced());
        receivers.stream()
                .filter(standby -> !frozen.contains(standby.name()))
                .forEach(standby -> standby.write(disk -> disk.caughtUpWith(fenced.disk())));
        return RoleVerb.proof(fenced);
    }

    @Override
    public synchronized void unfence(String namespace, String pod, long epoch) {
        change(new RoleVerb(ask(namespace, pod), epoch).unfenced());
    }

    @Override
    public synchronized int promote(String namespace, String pod, long epoch) {
        return change(new RoleVerb(ask(namespace, pod), epoch).promoted())
                .disk()
                .timeline();
    }

    @Override
    public synchronized void follow(String namespace, String pod, long epoch, String host) {
        change(new RoleVerb(ask(namespace, pod), epoch).following(host));
    }

    /** Understands what is done to slots, and the question for the history of a timeline. */
    @Override
    public synchronized String sql(String namespace, String pod, String database, String statements) {
        var instance = ask(namespace, pod);
        if (!instance.isRunning()) {
            throw new VerbRefusedException("NotRunning", "the server is not running");
        }
        var history = instance.disk().history(statements);
        if (history.isPresent()) {
            return history.get();
        }
        SlotStatements.run(statements, instance, lostSlots);
        change(instance);
        return "";
    }

    @Override
    public synchronized ServerReport report(ServerAddress address) {
        var instance = connect(address, "report");
        return instance.report(
                settings.of(instance, replication().leader(instance).isPresent()));
    }

    @Override
    public synchronized ForkSafety forkSafety(ServerAddress address) {
        var instance = connect(address, "forkSafety");
        return safety.getOrDefault(instance.name(), UnaryOperator.identity()).apply(instance.forkSafety());
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
        if (!instance.acceptsWrites()) {
            throw new ServerException("cannot execute in a read-only transaction", "25006", null);
        }
        instance.write(Disk::written);
        return new Lsn(instance.disk().lsn());
    }

    @Override
    public synchronized ReplicationReport replication(ServerAddress address) {
        var instance = connect(address, "replication");
        return replication().report(instance);
    }

    @Override
    public synchronized void expectPosition(ServerAddress address) {
        connect(address, "expectPosition");
    }

    @Override
    public synchronized SynchronousReport synchronous(ServerAddress address, boolean confirm) {
        return replication().synchronous(connect(address, "synchronous"));
    }

    @Override
    public synchronized ServerPosition position(ServerAddress address) {
        var instance = connect(address, "position");
        return instance.position(replication().leader(instance).isPresent());
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
        replication().stream();
        var trouble = unreachable.get(instance.name());
        if (trouble != null || !instance.isRunning()) {
            throw new ServerException(trouble == null ? "Connection refused" : trouble, new IllegalStateException());
        }
        return instance;
    }
}
