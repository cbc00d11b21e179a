package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.postgres.Server.ServerException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whom the operator does not trust, who does not let it in, and that neither spills a secret. */
@Tag("postgres")
@Timeout(120)
class JdbcServerRefusalTest {
    private static final RealPostgres POSTGRES = RealPostgres.start(Map.of("log_connections", "on"));

    private final Server server = new JdbcServer();

    @AfterAll
    static void stop() throws IOException {
        POSTGRES.close();
    }

    @Test
    void does_not_talk_to_a_server_of_another_authority() throws IOException {
        var logged = POSTGRES.log().length();
        var address = with(new TestAuthority().certificate, RealPostgres.PGFORK_PASSWORD);

        var refusal = refusal(address);

        assertThat(refusal)
                .hasMessageStartingWith(
                        "Postgres at " + address + " could not report on itself: its certificate cannot be trusted: ");
        assertThat(refusal.sqlState()).contains("08006");
        assertThat(POSTGRES.log().substring(logged)).doesNotContain("user=pgfork");
    }

    @Test
    void does_not_talk_to_a_server_with_a_certificate_that_ran_out() {
        POSTGRES.present(POSTGRES.authority.issue(Instant.now().minus(Duration.ofHours(1))));
        POSTGRES.execute("SELECT pg_reload_conf()");
        try {
            await().untilAsserted(() -> assertThat(refusal(POSTGRES.address()))
                    .hasMessageContaining("its certificate cannot be trusted: NotAfter"));
        } finally {
            POSTGRES.present(POSTGRES.authority.issue(Instant.now().plus(Duration.ofDays(1))));
            POSTGRES.execute("SELECT pg_reload_conf()");
        }
        await().untilAsserted(() ->
                assertThat(server.report(POSTGRES.address()).uid()).isEqualTo(RealPostgres.UID));
    }

    @Test
    void needs_an_authority() {
        assertThat(refusal(with("", RealPostgres.PGFORK_PASSWORD))).hasMessageEndingWith("holds no certificate");
        assertThat(refusal(with(
                        "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n",
                        RealPostgres.PGFORK_PASSWORD)))
                .hasMessageContaining("its certificate authority cannot be read");
    }

    @Test
    void says_that_the_password_is_wrong() {
        var refusal = refusal(with(POSTGRES.authority.certificate, "guessed-password"));

        assertThat(refusal)
                .hasMessage("Postgres at " + POSTGRES.address() + " could not report on itself: "
                        + "it does not accept the password of the role pgfork (SQLSTATE 28P01)");
        assertThat(refusal.sqlState()).contains("28P01");
        assertThat(allOf(refusal)).doesNotContain("guessed-password");
    }

    @Test
    void says_that_all_connections_are_taken() {
        POSTGRES.execute("ALTER ROLE pgfork CONNECTION LIMIT 0");
        try {
            assertThat(refusal(POSTGRES.address())).hasMessageContaining("(SQLSTATE 53300)");
        } finally {
            POSTGRES.execute("ALTER ROLE pgfork CONNECTION LIMIT -1");
        }
    }

    @Test
    void says_that_a_privilege_is_gone() {
        POSTGRES.execute("REVOKE pg_checkpoint FROM pgfork");
        try {
            var refusal = catchThrowableOfType(
                    ServerException.class, () -> server.checkpoint(POSTGRES.address(), Duration.ofSeconds(60)));

            assertThat(refusal)
                    .hasMessageContaining(" could not run CHECKPOINT: ")
                    .hasMessageContaining("(SQLSTATE 42501)");
        } finally {
            POSTGRES.execute("GRANT pg_checkpoint TO pgfork");
        }
    }

    @Test
    void does_not_repeat_what_the_server_says() {
        POSTGRES.execute(
                "CREATE FUNCTION tell() RETURNS event_trigger LANGUAGE plpgsql AS "
                        + "$$BEGIN RAISE 'Jane Doe' USING DETAIL = 'Jane Roe', HINT = 'Jane Poe', ERRCODE = 'P4711'; END$$",
                "CREATE EVENT TRIGGER tell ON login EXECUTE FUNCTION tell()",
                "ALTER ROLE pgfork IN DATABASE postgres SET event_triggers = on");
        try {
            var refusal = refusal(POSTGRES.address());

            assertThat(refusal).hasMessageEndingWith("it refused (SQLSTATE P4711)");
            assertThat(allOf(refusal)).doesNotContain("Jane").doesNotContain(RealPostgres.PGFORK_PASSWORD);
        } finally {
            POSTGRES.execute(
                    "DROP FUNCTION tell() CASCADE", "ALTER ROLE pgfork IN DATABASE postgres SET event_triggers = off");
        }
    }

    private static ServerAddress with(String authority, String password) {
        var address = POSTGRES.address();
        return new ServerAddress(address.host(), address.port(), authority, password);
    }

    private ServerException refusal(ServerAddress address) {
        return catchThrowableOfType(ServerException.class, () -> server.report(address));
    }

    /** All that a log would show: the messages of the causes too. */
    private static String allOf(Throwable thrown) {
        var text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
