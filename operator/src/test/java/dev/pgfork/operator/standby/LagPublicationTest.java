package dev.pgfork.operator.standby;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LagPublicationTest {
    private static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    @Test
    void tellsTheFirstAtOnce() {
        assertThat(LagPublication.of(null, lag(5, 0), START)).isEqualTo(lag(5, 0));
    }

    @Test
    void tellsAChangeEveryTenSeconds() {
        assertThat(LagPublication.of(lag(5, 0), lag(9, 9), START.plusSeconds(9)))
                .isEqualTo(lag(5, 0));
        assertThat(LagPublication.of(lag(5, 0), lag(9, 10), START.plusSeconds(10)))
                .isEqualTo(lag(9, 10));
    }

    @Test
    void tellsWhatStaysAsItIsEveryMinute() {
        assertThat(LagPublication.of(lag(5, 0), lag(5, 59), START.plusSeconds(59)))
                .isEqualTo(lag(5, 0));
        assertThat(LagPublication.of(lag(5, 0), lag(5, 60), START.plusSeconds(60)))
                .isEqualTo(lag(5, 60));
    }

    private static Lag lag(long bytes, long second) {
        return new Lag(bytes, 0L, true, 0.0, START.plusSeconds(second).toString());
    }
}
