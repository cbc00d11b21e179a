package dev.pgfork.operator.metrics;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * How each follower lags. Unlike all other meters these carry the name of a resource, because an alert must say which
 * follower it is about; there are few of them, and they go with it.
 */
public final class LagGauges {
    private final Map<String, Reading> readings = new ConcurrentHashMap<>();
    private final MultiGauge bytes;
    private final MultiGauge commits;
    private final MultiGauge seconds;
    private final MultiGauge streaming;

    /** @param lag {@code null}: it does not stream, or could not be measured */
    private record Reading(
            String namespace, String name, @Nullable Lag lag) {}

    public LagGauges(MeterRegistry registry) {
        bytes = gauge(registry, "pgfork.follower.lag.bytes", "WAL that the follower has not replayed yet");
        commits = gauge(registry, "pgfork.follower.lag.commits", "Commits that are not visible on the follower yet");
        seconds = gauge(registry, "pgfork.follower.lag.seconds", "Age of what the follower has replayed; 0: all of it");
        streaming = gauge(registry, "pgfork.follower.streaming", "1 if the follower receives its leader's writes");
    }

    private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    /** @param lag {@code null}: it does not stream, or could not be measured */
    public synchronized void measured(String namespace, String name, @Nullable Lag lag) {
        readings.put(namespace + "/" + name, new Reading(namespace, name, lag));
        publish();
    }

    public synchronized void gone(String namespace, String name) {
        readings.remove(namespace + "/" + name);
        publish();
    }

    private void publish() {
        publish(bytes, lag -> number(lag.bytes()));
        publish(commits, lag -> number(lag.commits()));
        publish(seconds, lag -> number(lag.seconds()));
        streaming.register(
                readings.values().stream()
                        .map(reading -> MultiGauge.Row.of(tags(reading), reading.lag() == null ? 0 : 1))
                        .toList(),
                true);
    }

    /** What is not known is no number: no row says so. */
    private void publish(MultiGauge gauge, ToDoubleFunction<Lag> value) {
        gauge.register(
                readings.values().stream()
                        .filter(reading -> reading.lag() != null)
                        .map(reading -> MultiGauge.Row.of(
                                tags(reading), value.applyAsDouble(Objects.requireNonNull(reading.lag()))))
                        .toList(),
                true);
    }

    private static Tags tags(Reading reading) {
        return Tags.of("namespace", reading.namespace(), "follower", reading.name());
    }

    private static double number(@Nullable Number number) {
        return number == null ? Double.NaN : number.doubleValue();
    }
}
