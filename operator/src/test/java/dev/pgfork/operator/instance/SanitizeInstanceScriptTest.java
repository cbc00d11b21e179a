package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Forks whose data is changed before anybody sees it. */
@Tag("postgres")
class SanitizeInstanceScriptTest extends SanitizedForks {
    @Test
    void nobodyGetsInBeforeTheLastStepIsDone() throws SQLException {
        var before = forkWith(2).startAndWait();
        assertThat(before.path("phase").asText()).isEqualTo("quarantine");
        assertThat(text(before.path("sanitize"))).isEqualTo("waiting 1");
        assertClosed();
        assertThat(text(hand(1, MASK))).isEqualTo("waiting 2");
        assertClosed();
        hand(2, "DELETE FROM emptied; INSERT INTO leads VALUES ('x', 0)");
        var after = fork.awaitSettled(ScriptedInstance.PATIENCE);
        assertThat(ScriptedInstance.phaseOf(after)).as(fork.log()).isEqualTo("running");
        assertThat(after.path("sanitize").path("done")).hasSize(2);
        assertThat(after.path("sanitize").path("done").get(0).path("hash").asText())
                .isEqualTo(SanitizeSql.of(MASK).hash());
        try (var connection = fork.login("app", ScriptedInstance.OWNER_PASSWORD, "app");
                var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "SELECT count(*), count(*) FILTER (WHERE email LIKE 'masked-%') FROM customers")) {
            rows.next();
            assertThat(rows.getInt(1)).isEqualTo(300).isEqualTo(rows.getInt(2));
        }
        assertThat(fork.sql("app", "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pgfork%'"))
                .isEmpty();
    }

    @Test
    void nothingOfWhatWasMaskedIsLeftOnTheVolume() {
        forkWith(4).start();
        settled();
        hand(1, """
                UPDATE customers SET email = 'x' || id, note = NULL;
                UPDATE visits SET email = 'x';
                ALTER TABLE dropped DROP COLUMN email;
                DELETE FROM emptied;
                """);
        hand(2, "UPDATE app.leads SET email = NULL; VACUUM app.leads;", "owner", "no", "60", "app");
        hand(3, "SELECT lo_unlink(4711)", "superuser", "yes", "60", "app");
        hand(4, "SELECT lo_unlink(4712)", "superuser", "no", "60", "app");
        assertOpens();
        assertThat(fork.sql(
                        "app",
                        "SELECT tablename FROM pg_stats WHERE most_common_vals::text LIKE '%" + EMAIL
                                + "%' OR histogram_bounds::text LIKE '%" + EMAIL + "%'"))
                .isEmpty();
        assertThat(fork.sql(
                        "app", "SELECT count(*) FROM pg_stats WHERE tablename = 'customers' AND schemaname = 'app'"))
                .as("its statistics are those of the masked rows")
                .isEqualTo("3");
        assertThat(filesWith(source.pgdata(), EMAIL)).isNotEmpty();
        assertThat(filesWith(fork.volume, EMAIL)).isEmpty();
    }

    private static List<Path> filesWith(Path folder, String text) {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> contains(file, text))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFailedStepIsToldByLineAndCodeAndNotByData() {
        forkWith(1).start();
        settled();
        var failed = hand(1, """
                UPDATE customers SET note = NULL;
                -- the first that fails

                INSERT INTO customers SELECT 1, email FROM customers;
                """);
        assertThat(text(failed)).isEqualTo("failed 1");
        assertThat(failed.path("line").asInt()).isEqualTo(4);
        assertThat(failed.path("sqlstate").asText()).isEqualTo("23505");
        assertThat(failed.path("partial").asBoolean()).isFalse();
        assertClosed();
        assertThat(fork.log() + failed).doesNotContain("customers").doesNotContain(EMAIL);
        assertThat(text(hand(1, "SELECT 1/(count(*) - 300) FROM customers WHERE note IS NOT NULL")))
                .as("nothing of it was kept")
                .isEqualTo("failed 1");
        hand(1, MASK);
        assertOpens();
    }

    @Test
    void aDeferredConstraintFailsAtTheEnd() {
        forkWith(1).start();
        settled();
        var failed = hand(1, """
                CREATE TABLE a (i int UNIQUE DEFERRABLE INITIALLY DEFERRED);
                INSERT INTO a VALUES (1), (1);
                """);
        assertThat(failed.path("sqlstate").asText()).isEqualTo("23505");
        assertThat(failed.path("message").asText()).contains("at its end");
    }

    @Test
    void aStepThatTakesTooLongIsEnded() {
        forkWith(1).start();
        settled();
        var failed = hand(
                1, "SELECT pg_sleep(0.4);\nSELECT pg_sleep(0.4);\nSELECT pg_sleep(30)", "owner", "yes", "1", "app");
        assertThat(failed.path("sqlstate").asText()).isEqualTo("57014");
        assertThat(failed.path("line").asInt()).isEqualTo(3);
        failed = hand(1, "SET statement_timeout = 0;\nSELECT pg_sleep(60)", "owner", "yes", "1", "app");
        assertThat(failed.path("message").asText()).contains("longer than 1 s");
    }

    @Test
    void aSuperusersStepSeesTheCatalogOnly() {
        forkWith(2).start();
        settled();
        assertThat(hand(1, "SELECT * FROM customers", "superuser", "yes", "60", "app")
                        .path("sqlstate")
                        .asText())
                .isEqualTo("42P01");
        hand(1, "ALTER DATABASE other OWNER TO postgres", "superuser", "yes", "60", "app");
        hand(2, "CREATE TABLE there AS SELECT current_user, 1 AS i", "superuser", "no", "60", "no such ' database");
        assertThat(settled().path("message").asText()).contains("does not exist");
        hand(2, "CREATE TABLE public.there AS SELECT session_user AS me", "superuser", "yes", "60", "other");
        assertOpens();
        assertThat(fork.sql("other", "SELECT me FROM public.there")).isEqualTo("postgres");
    }

    @Test
    void aForkOfAForkDoesNotBelieveWhatIsOnItsSourcesRecord() {
        forkWith(1).start();
        settled();
        hand(1, MASK);
        assertOpens();
        fork.sql("app", """
                CREATE SCHEMA pgfork_sanitize;
                CREATE TABLE pgfork_sanitize.done AS SELECT 1 AS step, 0 AS seconds;
                """);
        var first = fork;
        fork = forks.forkOf(first).with("PGFORK_UID", "another-uid").with("PGFORK_SANITIZE", "1");
        fork.start();
        assertThat(text(settled())).isEqualTo("waiting 1");
        hand(1, "UPDATE customers SET email = 'twice'");
        assertOpens();
    }
}
