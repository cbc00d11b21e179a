package dev.pgfork.operator.metrics;

import dev.pgfork.api.v1alpha1.PostgresForkStatus.Timings;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionListener;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is counted and timed. No meter has the name of a resource in it: their number must not grow with the cluster.
 */
public final class Meters implements ActionListener {
    private final MeterRegistry registry;

    public Meters(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * How many resources of a kind are in each phase, counted when somebody asks.
     *
     * @param all phases that there are
     * @param present phase of each resource; {@code null}: none yet
     */
    public <E extends Enum<E>> void countPhases(String kind, E[] all, Supplier<Stream<@Nullable E>> present) {
        for (var phase : all) {
            Gauge.builder(
                            "pgfork.resources",
                            () -> present.get()
                                    .filter(other -> Objects.equals(phase, other))
                                    .count())
                    .description("Resources by kind and phase")
                    .tag("kind", kind)
                    .tag("phase", phase.name())
                    .register(registry);
        }
    }

    /** Times the steps of a fork that has just become ready for the first time. */
    public void forkReady(Timings timings) {
        var before = 0.0;
        before = step("cut", before, timings.cut());
        before = step("bound", before, timings.bound());
        before = step("started", before, timings.started());
        before = step("recovered", before, timings.recovered());
        before = step("sanitized", before, timings.sanitized());
        step("ready", before, timings.ready());
        step("total", 0.0, timings.ready());
    }

    private double step(String name, double from, @Nullable Double to) {
        if (to == null) {
            return from;
        }
        // Steps may overlap; then the later one cost nothing.
        var seconds = Math.max(0.0, to - from);
        Timer.builder("pgfork.fork.step")
                .description("How long forks took, from one step to the next, and in total")
                .tag("step", name)
                .serviceLevelObjectives(
                        Duration.ofMillis(250),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(8),
                        Duration.ofSeconds(16),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(300))
                .register(registry)
                .record(Duration.ofMillis(Math.round(seconds * 1000)));
        return to;
    }

    @Override
    public void after(Action action) {
        count(action, "done");
    }

    @Override
    public void failed(Action action, RuntimeException cause) {
        count(action, "failed");
    }

    private void count(Action action, String outcome) {
        registry.counter("pgfork.actions", "action", action.getClass().getSimpleName(), "outcome", outcome)
                .increment();
    }
}
