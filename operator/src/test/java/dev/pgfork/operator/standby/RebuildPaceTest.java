package dev.pgfork.operator.standby;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Rebuild;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RebuildPaceTest {
    private static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    @Test
    void theFirstOneIsDueAtOnce() {
        assertThat(RebuildPace.isDue(null, START)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1, PT1M", "2, PT2M", "3, PT4M", "6, PT32M", "7, PT1H", "8, PT1H", "2000000000, PT1H"})
    void thePauseGrowsUpToAnHour(int attempts, Duration pause) {
        var last = new Rebuild("WalGone", attempts, START.toString(), null);
        assertThat(RebuildPace.notBefore(last)).isEqualTo(START.plus(pause));
        assertThat(RebuildPace.isDue(last, START.plus(pause).minusMillis(1))).isFalse();
        assertThat(RebuildPace.isDue(last, START.plus(pause))).isTrue();
    }

    @Test
    void thoseInARowAreCountedUntilOneLasted() {
        var first = RebuildPace.next(null, "WalGone", null, START);
        var second = RebuildPace.next(first, "Diverged", "replica-g2", START.plusSeconds(60));
        assertThat(first).isEqualTo(new Rebuild("WalGone", 1, START.toString(), null));
        assertThat(second)
                .isEqualTo(new Rebuild("Diverged", 2, START.plusSeconds(60).toString(), "replica-g2"));
        assertThat(RebuildPace.next(second, "WalGone", null, START.plus(Duration.ofHours(3)))
                        .attempts())
                .isEqualTo(1);
    }

    /** Nobody else says where the commits are that only this volume has. */
    @Test
    void aKeptVolumeStaysNamed() {
        var diverged = RebuildPace.next(null, "Diverged", "replica-g1", START);
        assertThat(RebuildPace.next(diverged, "WalGone", null, START.plus(Duration.ofDays(3)))
                        .keptVolume())
                .isEqualTo("replica-g1");
    }
}
