package dev.pgfork.operator;

import dev.pgfork.operator.kube.Namespaces;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.monitoring.AggregatedMetrics;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Runs the reconcilers on the Java Operator SDK, set up in the one way that fits all of them. */
final class ControllerRuntime {
    /** Reconciliations wait for sockets; more of them at once would only fill the memory when many resources start. */
    private static final int AT_ONCE = 50;

    /** Whoever misses an event, by whatever mistake, sees it then. */
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(5);

    private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
    private static final Duration RETRY_LAST = Duration.ofSeconds(60);
    private static final Duration CACHE_SYNC = Duration.ofSeconds(60);

    private final Namespaces namespaces;
    private final ExecutorService threads;
    private final Operator operator;

    /**
     * @param grace how long running reconciliations may take to end when this is stopped
     * @param broken called when an informer has stopped for good, or a reconciliation ended with an Error: the
     *     framework takes it to be running still, and never begins another one for that resource
     */
    ControllerRuntime(
            KubernetesClient client,
            Namespaces namespaces,
            Metrics metrics,
            Duration grace,
            Consumer<Throwable> broken) {
        this.namespaces = namespaces;
        this.threads = Executors.newFixedThreadPool(
                AT_ONCE,
                Thread.ofVirtual()
                        .name("reconcile-", 0)
                        .uncaughtExceptionHandler((thread, error) -> broken.accept(error))
                        .factory());
        this.operator = new Operator(settings -> settings.withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withMetrics(new AggregatedMetrics(List.of(metrics, new FailureLog())))
                .withExecutorService(threads)
                .withReconciliationTerminationTimeout(grace)
                .withCacheSyncTimeout(CACHE_SYNC)
                .withUseSSAToPatchPrimaryResource(true)
                .withInformerStoppedHandler((informer, error) -> {
                    if (error != null && informer.hasSynced()) {
                        broken.accept(error);
                    }
                }));
    }

    <P extends HasMetadata> void register(Reconciler<P> reconciler) {
        operator.register(reconciler, this::configure);
    }

    private <P extends HasMetadata> void configure(ControllerConfigurationOverrider<P> controller) {
        if (namespaces.all()) {
            controller.watchingAllNamespaces();
        } else {
            controller.settingNamespaces(namespaces.names());
        }
        // Endless: a cluster that was broken for an hour heals by itself.
        controller
                .withRetry(new GenericRetry()
                        .withoutMaxAttempts()
                        .setInitialInterval(RETRY_FIRST)
                        .setIntervalMultiplier(2)
                        .setMaxInterval(RETRY_LAST.toMillis()))
                .withReconciliationMaxInterval(LONGEST_SILENCE);
    }

    /** Returns when every reconciler has seen all of its resources and works. */
    void start() {
        operator.start();
    }

    boolean isStarted() {
        return operator.getRuntimeInfo().isStarted();
    }

    /** Event sources that do not hear anything at the moment. */
    List<String> deaf() {
        return isStarted()
                ? operator.getRuntimeInfo().unhealthyEventSources().entrySet().stream()
                        .flatMap(controller -> controller.getValue().keySet().stream()
                                .map(source -> controller.getKey() + " (" + source + ")"))
                        .sorted()
                        .toList()
                : List.of();
    }

    /**
     * Begins nothing new and waits for what runs.
     *
     * @return false if something still runs although it was interrupted
     */
    boolean stop() {
        operator.stop();
        return threads.isTerminated();
    }
}
