package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthTest {
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final List<String> deaf = new ArrayList<>();
    private final Health health = new Health(() -> List.copyOf(deaf), Duration.ofMinutes(5), clock());

    @Test
    void isPatientWithAWatchThatBrokeOff() {
        assertThat(health.get()).isEmpty();
        deaf.add("pods");
        assertThat(health.get()).isEmpty();
        now = now.plus(Duration.ofMinutes(4));
        assertThat(health.get()).isEmpty();

        now = now.plus(Duration.ofMinutes(1));

        assertThat(health.get()).containsExactly("changes of pods have not been heard of since 2026-11-21T10:00:00Z");
    }

    @Test
    void beginsAnewAfterItWasHeard() {
        deaf.add("pods");
        health.get();
        now = now.plus(Duration.ofMinutes(4));
        deaf.clear();
        health.get();
        deaf.add("pods");
        health.get();

        now = now.plus(Duration.ofMinutes(4));

        assertThat(health.get()).isEmpty();
    }

    private Clock clock() {
        InstantSource source = () -> now;
        return source.withZone(ZoneOffset.UTC);
    }
}
