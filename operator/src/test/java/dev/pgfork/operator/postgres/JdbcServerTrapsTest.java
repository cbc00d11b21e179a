package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever people set for roles and databases, the operator still sees its instance and can cut it. */
@Tag("postgres")
@Timeout(120)
class JdbcServerTrapsTest {
    private static final String CONTROL_FUNCTIONS =
            "pg_control_system(), pg_control_checkpoint(), pg_control_recovery()";
    private static final String EMIT_FUNCTION = "pg_logical_emit_message(boolean, text, text, boolean)";
    private static final RealPostgres POSTGRES = RealPostgres.start(Map.of());

    private final Server server = new JdbcServer();

    @AfterAll
    static void stop() throws IOException {
        POSTGRES.close();
    }

    @AfterEach
    void undo() {
        POSTGRES.execute(
                "ALTER ROLE ALL RESET ALL",
                "ALTER DATABASE postgres RESET ALL",
                "ALTER ROLE pgfork IN DATABASE postgres RESET search_path",
                "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
                "GRANT EXECUTE ON FUNCTION " + CONTROL_FUNCTIONS + ", " + EMIT_FUNCTION + " TO PUBLIC",
                "ALTER SYSTEM RESET ALL",
                "SELECT pg_reload_conf()");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER ROLE ALL SET session_preload_libraries = 'not_there'",
                "ALTER DATABASE postgres SET session_preload_libraries = ''",
                "ALTER DATABASE postgres SET local_preload_libraries = 'not_there'",
                "ALTER DATABASE postgres SET default_transaction_read_only = on",
                "ALTER ROLE ALL SET default_transaction_isolation = 'serializable'",
                "ALTER DATABASE postgres SET statement_timeout = 1",
                "ALTER DATABASE postgres SET transaction_timeout = 1",
                "ALTER DATABASE postgres SET role = 'pg_signal_backend'",
                "ALTER DATABASE postgres SET client_encoding = 'LATIN1'",
                "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
                "REVOKE EXECUTE ON FUNCTION " + CONTROL_FUNCTIONS + " FROM PUBLIC",
                "REVOKE EXECUTE ON FUNCTION " + EMIT_FUNCTION + " FROM PUBLIC"
            })
    void does_not_fall_into(String trap) {
        POSTGRES.execute("GRANT pg_signal_backend TO pgfork", trap);

        everythingWorks();
    }

    @Test
    void does_not_call_functions_that_others_put_in_the_way() {
        POSTGRES.execute(
                "CREATE SCHEMA IF NOT EXISTS trap",
                "GRANT USAGE ON SCHEMA trap TO PUBLIC",
                "CREATE OR REPLACE FUNCTION trap.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true'",
                "ALTER ROLE pgfork IN DATABASE postgres SET search_path = trap, pg_catalog");

        assertThat(server.report(POSTGRES.address()).inRecovery()).isFalse();
    }

    @Test
    void does_not_run_login_triggers() {
        POSTGRES.execute(
                "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'nobody gets in'; END$$",
                "CREATE EVENT TRIGGER refuse ON login EXECUTE FUNCTION refuse()",
                "ALTER EVENT TRIGGER refuse ENABLE ALWAYS");
        try {
            everythingWorks();
        } finally {
            POSTGRES.execute("DROP FUNCTION refuse() CASCADE");
        }
    }

    @Test
    void does_not_wait_for_a_synchronous_standby() {
        POSTGRES.execute("ALTER SYSTEM SET synchronous_standby_names = 'ghost'", "SELECT pg_reload_conf()");
        await().until(() -> POSTGRES.query("SHOW synchronous_standby_names").equals("ghost"));

        everythingWorks();
    }

    private void everythingWorks() {
        var address = POSTGRES.address();

        assertThat(server.report(address).uid()).isEqualTo(RealPostgres.UID);
        assertThat(server.forkSafety(address).objection()).isEmpty();
        assertThat(server.walSinceCheckpoint(address)).isNotNegative();
        assertThat(server.checkpoint(address, Duration.ofSeconds(60))).isTrue();
        assertThat(server.commitMarker(address, "marker")).isGreaterThan(new Lsn(0));
    }
}
