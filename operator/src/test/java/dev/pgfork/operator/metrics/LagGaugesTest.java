package dev.pgfork.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LagGaugesTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LagGauges gauges = new LagGauges(registry);

    @Test
    void hasEachMeasurementOfEachFollower() {
        gauges.measured("prod", "a", new Lag(100L, 3L, true, 1.5, "2026-11-21T10:00:00Z"));
        gauges.measured("prod", "b", new Lag(0L, 0L, true, 0.0, "2026-11-21T10:00:00Z"));
        gauges.measured("prod", "a", new Lag(50L, 2L, true, 0.5, "2026-11-21T10:00:05Z"));

        assertThat(value("pgfork.follower.lag.bytes", "a")).contains(50.0);
        assertThat(value("pgfork.follower.lag.commits", "a")).contains(2.0);
        assertThat(value("pgfork.follower.lag.seconds", "a")).contains(0.5);
        assertThat(value("pgfork.follower.streaming", "a")).contains(1.0);
        assertThat(value("pgfork.follower.lag.bytes", "b")).contains(0.0);
    }

    @Test
    void whatIsNotKnownIsNoNumber() {
        gauges.measured("prod", "a", new Lag(100L, 3L, true, null, "2026-11-21T10:00:00Z"));
        assertThat(value("pgfork.follower.lag.seconds", "a")).contains(Double.NaN);
        gauges.measured("prod", "a", null);
        assertThat(value("pgfork.follower.lag.bytes", "a")).isEmpty();
        assertThat(value("pgfork.follower.streaming", "a")).contains(0.0);
    }

    @Test
    void goesWithItsFollower() {
        gauges.measured("prod", "a", new Lag(100L, 3L, true, 1.5, "2026-11-21T10:00:00Z"));
        gauges.gone("prod", "a");
        assertThat(registry.getMeters()).isEmpty();
    }

    private Optional<Double> value(String meter, String follower) {
        return Optional.ofNullable(registry.find(meter)
                        .tags("namespace", "prod", "follower", follower)
                        .gauge())
                .map(Gauge::value);
    }
}
