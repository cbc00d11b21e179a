package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthTest {
    private final SetClock clock = new SetClock();
    private final List<String> deaf = new ArrayList<>();
    private final Health health = new Health(() -> List.copyOf(deaf), Duration.ofMinutes(5), clock);

    @Test
    void isPatientWithAWatchThatBrokeOff() {
        assertThat(health.get()).isEmpty();
        deaf.add("pods");
        assertThat(health.get()).isEmpty();
        clock.add(Duration.ofMinutes(4));
        assertThat(health.get()).isEmpty();

        clock.add(Duration.ofMinutes(1));

        assertThat(health.get()).containsExactly("changes of pods have not been heard of since 2026-11-21T10:00:00Z");
    }

    @Test
    void beginsAnewAfterItWasHeard() {
        deaf.add("pods");
        health.get();
        clock.add(Duration.ofMinutes(4));
        deaf.clear();
        health.get();
        deaf.add("pods");
        health.get();

        clock.add(Duration.ofMinutes(4));

        assertThat(health.get()).isEmpty();
    }

    private static final class SetClock extends Clock {
        private Instant now = Instant.parse("2026-11-21T10:00:00Z");

        void add(Duration duration) {
            now = now.plus(duration);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
