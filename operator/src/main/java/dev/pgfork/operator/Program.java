package dev.pgfork.operator;

import dev.pgfork.operator.kube.ApiErrors;
import dev.pgfork.operator.metrics.HttpEndpoint;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of the process: answer probes, apply for the lease, work while it is held, stop. It ends in one of three
 * ways. Asked to stop, it lets running reconciliations end, gives the lease back and exits with 0. Having lost the
 * lease, it halts at once: others act already. Broken, it stops as if asked, and exits with 1.
 */
final class Program {
    private static final Logger log = LoggerFactory.getLogger(Program.class);
    private static final int LOST = 1;
    private static final Duration DEAF_TOO_LONG = Duration.ofMinutes(5);

    private final OperatorConfig config;
    private final Clock clock;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final CountDownLatch broken = new CountDownLatch(1);
    private final KubernetesClient client;
    private final KubernetesClient leaseClient;
    private final Health health;
    private volatile @Nullable Leadership leadership;
    private volatile @Nullable Wiring wiring;
    private volatile boolean stopping;

    Program(OperatorConfig config, Config api, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.client = ApiClients.forObjects(api);
        this.leaseClient = ApiClients.forLease(api, Leadership.Timing.STANDARD);
        this.health = new Health(() -> working().map(Wiring::deaf).orElse(List.of()), DEAF_TOO_LONG, clock);
    }

    /** Returns only when it cannot go on; the process is to exit then. */
    void run() throws InterruptedException {
        bindJvm();
        var http = new HttpEndpoint(config.port(), health, this::unready, registry::scrape);
        log.info("answering probes on port {}", http.port());
        var applicant = new Leadership(
                leaseClient,
                config.namespace(),
                config.identity(),
                Leadership.Timing.STANDARD,
                Executors.newVirtualThreadPerTaskExecutor(),
                // Not exit: that would wait for shutdown hooks, and they for reconciliations.
                () -> Runtime.getRuntime().halt(LOST));
        leadership = applicant;
        // Made while the lease is applied for; it does nothing yet.
        var work = new Wiring(config, client, registry, Surroundings.real(client), this::onBroken);
        applicant.await();
        try {
            wiring = work;
            work.start();
            log.info(
                    "working, {} ms after the process began",
                    sinceProcessBegan().toMillis());
            broken.await();
        } catch (RuntimeException e) {
            if (!stopping) {
                onBroken(e);
            }
        }
    }

    /**
     * Ends everything in order.
     *
     * @return the exit code of the process
     */
    int stop() {
        stopping = true;
        log.info("stopping");
        var ended = working().map(Wiring::stop).orElse(true);
        Optional.ofNullable(leadership).ifPresent(ended ? Leadership::close : Leadership::abandon);
        var clean = ended && broken.getCount() > 0;
        log.info(clean ? "stopped" : "stopped; not everything ended as it should");
        return clean ? 0 : 1;
    }

    private void onBroken(Throwable error) {
        log.error("cannot go on: {}", ApiErrors.message(error), error);
        broken.countDown();
    }

    private List<String> unready() {
        if (stopping) {
            return List.of("stopping");
        }
        // A standby is ready: it can take over at any time, and a rollout must not wait for the lease.
        var isLeader =
                Optional.ofNullable(leadership).filter(Leadership::isLeader).isPresent();
        return isLeader && !working().filter(Wiring::isStarted).isPresent() ? List.of("filling caches") : List.of();
    }

    private Optional<Wiring> working() {
        return Optional.ofNullable(wiring);
    }

    private void bindJvm() {
        List.of(new JvmMemoryMetrics(), new ProcessorMetrics(), new UptimeMetrics())
                .forEach(binder -> binder.bindTo(registry));
    }

    private Duration sinceProcessBegan() {
        return Duration.between(
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()), clock.instant());
    }
}
