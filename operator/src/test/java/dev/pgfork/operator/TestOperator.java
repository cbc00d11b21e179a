package dev.pgfork.operator;

import dev.pgfork.operator.action.ActionListener;
import dev.pgfork.operator.kube.Namespaces;
import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.storage.SnapshotDrivers;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * The real operator, wired as in production, in the test's process. One that has been closed can be followed by another
 * on the same cluster, which then knows only what the cluster knows: so it is after a crash.
 */
public final class TestOperator implements AutoCloseable {
    /** What the API server's record of calls knows the operator by. */
    public static final String TOKEN = "operator";

    /** What it has learned of types takes longer than most tests, and holds nothing else. */
    private static final KubernetesSerialization TYPES = ApiClients.serialization();

    private final KubernetesClient client;
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final List<Throwable> broken = new CopyOnWriteArrayList<>();
    private final Wiring wiring;

    private TestOperator(SimulatedCluster cluster, Clock clock, Duration stepDeadline, ActionListener actions) {
        client = ApiClients.forObjects(cluster.api().config(TOKEN), TYPES);
        wiring = new Wiring(
                new OperatorConfig(
                        "test",
                        "test",
                        Namespaces.ALL,
                        true,
                        stepDeadline,
                        new SnapshotDrivers(Map.of()),
                        "cluster.local",
                        0),
                client,
                registry,
                new Surroundings(clock, cluster.instances(), cluster.instances(), actions, Duration.ofMillis(50)),
                broken::add);
    }

    /**
     * @param actions hears of every action before and after it; an Error that it throws is the operator's sudden death
     *     as far as this resource is concerned
     */
    public static TestOperator start(
            SimulatedCluster cluster, Clock clock, Duration stepDeadline, ActionListener actions) {
        var operator = new TestOperator(cluster, clock, stepDeadline, actions);
        operator.wiring.start();
        return operator;
    }

    public static TestOperator start(SimulatedCluster cluster, Clock clock) {
        return start(cluster, clock, Duration.ofMinutes(2), new ActionListener() {});
    }

    /** Applies for the lease, renews it and gives it back, as the program does. */
    public static void leadOnce(SimulatedCluster cluster) throws InterruptedException {
        var timing = Leadership.Timing.STANDARD;
        try (var leaseClient = ApiClients.forLease(cluster.api().config(TOKEN), timing);
                var threads = Executors.newVirtualThreadPerTaskExecutor();
                var leadership = new Leadership(leaseClient, "test", "test", timing, threads, () -> {})) {
            leadership.await();
        }
    }

    /** As if an event had come: after a change of the clock, for instance. */
    public void reconcile(String kind, String namespace, String name) {
        wiring.triggers.reconcile(kind, namespace, name);
    }

    /** Reconciliations that failed, by kind and exception. */
    public Map<String, Double> failures() {
        var failures = new TreeMap<String, Double>();
        registry.find("operator.sdk.reconciliations.failed")
                .counters()
                .forEach(counter -> failures.put(counter.getId().getTags().toString(), counter.count()));
        return failures;
    }

    public MeterRegistry registry() {
        return registry;
    }

    /** What stopped for good; nothing should. */
    public List<Throwable> broken() {
        return broken;
    }

    @Override
    public void close() {
        wiring.stop();
        client.close();
    }
}
