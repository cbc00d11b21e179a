package dev.pgfork.operator.standby;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LagMeasurementTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final Primary PRIMARY = new Primary("uid", 1, 738, List.of(), new Lsn(0), new Lsn(5000), List.of());

    @Test
    void isZeroOnAnIdleLeaderHoweverLongAgoItsLastCommitWas() {
        var lag = LagMeasurement.of(standby(5000, 738, NOW.minusSeconds(3600)), PRIMARY, OptionalLong.of(0), NOW);
        assertThat(lag).isEqualTo(new Lag(0L, 0L, true, 0.0, NOW.toString()));
    }

    @Test
    void saysWhetherTheCommitsWereCounted() {
        var standby = standby(4000, 600, NOW.minusMillis(1500));
        assertThat(LagMeasurement.of(standby, PRIMARY, OptionalLong.of(127), NOW))
                .isEqualTo(new Lag(1000L, 127L, true, 1.5, NOW.toString()));
        assertThat(LagMeasurement.of(standby, PRIMARY, OptionalLong.empty(), NOW))
                .isEqualTo(new Lag(1000L, 138L, false, 1.5, NOW.toString()));
    }

    @Test
    void doesNotKnowTheSecondsBeforeItHasReplayedACommit() {
        assertThat(LagMeasurement.of(standby(4000, 738, null), PRIMARY, OptionalLong.of(1), NOW)
                        .seconds())
                .isNull();
    }

    @Test
    void isNeverNegative() {
        var ahead = standby(5001, 739, NOW.plusSeconds(1));
        assertThat(LagMeasurement.of(ahead, PRIMARY, OptionalLong.empty(), NOW))
                .isEqualTo(new Lag(0L, 0L, false, 0.0, NOW.toString()));
        assertThat(LagMeasurement.of(standby(4999, 738, NOW.plusSeconds(1)), PRIMARY, OptionalLong.of(1), NOW)
                        .seconds())
                .isZero();
    }

    @Test
    void isCountedOnlyWhileItIsCheap() {
        var megabytes = 64L << 20;
        var far = new Primary("uid", 1, 738, List.of(), new Lsn(0), new Lsn(megabytes + 1), List.of());
        assertThat(LagMeasurement.isCountable(standby(1, 1, null), far)).isTrue();
        assertThat(LagMeasurement.isCountable(standby(0, 1, null), far)).isFalse();
    }

    private static Standby standby(long replayed, long xmax, @Nullable Instant lastCommit) {
        return new Standby(
                "uid", 1, xmax, List.of(), new Lsn(5000), new Lsn(replayed), Optional.empty(), lastCommit, false);
    }
}
