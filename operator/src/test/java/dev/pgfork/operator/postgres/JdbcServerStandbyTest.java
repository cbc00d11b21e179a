package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.pgfork.operator.postgres.Server.ServerException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("postgres")
@Timeout(120)
class JdbcServerStandbyTest {
    private final Server server = new JdbcServer();

    @Test
    void knows_a_standby_and_its_timeline_before_and_right_after_promotion() throws IOException {
        try (var postgres = RealPostgres.start(Map.of("default_transaction_isolation", "serializable"))) {
            var address = postgres.address();
            postgres.restartAsStandby();

            assertThat(server.report(address))
                    .returns(true, ServerReport::inRecovery)
                    .returns(1, ServerReport::timeline);
            assertThat(server.forkSafety(address)).returns(true, ForkSafety::inRecovery);
            assertThat(server.walSinceCheckpoint(address)).isNotNegative();
            assertThat(server.checkpoint(address, Duration.ofSeconds(60))).isTrue();
            // It has no leader, so it has received nothing since it started; that is not all that it has.
            assertThat(catchThrowableOfType(ServerException.class, () -> server.position(address)))
                    .hasMessageContaining("has not replayed yet what is on its disk");
            assertThat(catchThrowableOfType(ServerException.class, () -> server.synchronous(address, true)))
                    .isNotNull();
            assertThat(catchThrowableOfType(ServerException.class, () -> server.commitMarker(address, "marker")))
                    .hasMessageContaining("it is in recovery, and so read-only (SQLSTATE 25006)");

            // Stopped, the checkpointer cannot write the new timeline to the control file.
            var checkpointer = postgres.process("checkpointer");
            postgres.signal("STOP", checkpointer);
            try {
                assertThat(postgres.query("SELECT pg_promote()")).isEqualTo("t");
                assertThat(server.report(address))
                        .returns(false, ServerReport::inRecovery)
                        .returns(2, ServerReport::timeline);
                assertThat(server.forkSafety(address)).returns(2, ForkSafety::timeline);
            } finally {
                postgres.signal("CONT", checkpointer);
            }
        }
    }
}
