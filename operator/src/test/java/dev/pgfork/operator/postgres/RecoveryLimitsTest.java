package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RecoveryLimitsTest {
    @Test
    void whatIsNotSetIsAsPostgresHasIt() {
        assertThat(RecoveryLimits.of(Map.of("Max_Connections", "120", "work_mem", "8MB")))
                .containsEntry("max_connections", 120)
                .containsEntry("max_worker_processes", 8)
                .containsEntry("max_prepared_transactions", 0)
                .hasSize(5);
    }

    @Test
    void aStandbyGetsNoLessThanItsLeaderAndKeepsWhatIsMore() {
        var own = Map.of("MAX_CONNECTIONS", "50", "max_worker_processes", "20", "work_mem", "4MB");
        var leader = Map.of("max_connections", "200", "max_prepared_transactions", "5");
        assertThat(RecoveryLimits.atLeast(own, leader))
                .isEqualTo(Map.of(
                        "max_connections",
                        "200",
                        "max_prepared_transactions",
                        "5",
                        "max_worker_processes",
                        "20",
                        "work_mem",
                        "4MB"));
        assertThat(RecoveryLimits.atLeast(Map.of("max_connections", "50"), Map.of()))
                .as("the leader has Postgres' own default")
                .isEqualTo(Map.of("max_connections", "100"));
    }

    @Test
    void whatIsNotKnownIsNoMore() {
        assertThat(RecoveryLimits.above(Map.of("max_connections", 2), Map.of())).isEmpty();
        assertThat(RecoveryLimits.above(Map.of("max_connections", 2), Map.of("max_connections", 1)))
                .containsExactly("max_connections");
    }
}
