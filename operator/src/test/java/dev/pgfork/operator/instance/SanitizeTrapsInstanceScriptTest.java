package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sanitize step must not be able to do. */
@Tag("postgres")
class SanitizeTrapsInstanceScriptTest extends SanitizedForks {
    /** Each would be a superuser's, or run a program, if it got out of the owner's session. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "RESET ROLE; CREATE ROLE intruder SUPERUSER",
                "SET ROLE postgres",
                "SET SESSION AUTHORIZATION postgres",
                "SET SESSION AUTHORIZATION DEFAULT; CREATE ROLE intruder SUPERUSER",
                "RESET SESSION AUTHORIZATION; ALTER ROLE app SUPERUSER",
                "COPY customers TO PROGRAM 'touch /mnt/run/escaped'",
                "COPY customers TO '/mnt/run/escaped'",
                "\\! touch /mnt/run/escaped",
                "SELECT 1 \\! touch /mnt/run/escaped",
                "SELECT 1;\n\\connect - postgres\nCREATE ROLE intruder SUPERUSER",
                "SELECT $x$\n\\! touch /mnt/run/escaped\n$x$; SELECT 1/0",
                "SET standard_conforming_strings = off; SELECT 'a\\'; \\! touch /mnt/run/escaped\n--'; SELECT 1/0",
                "SET standard_conforming_strings = off; SELECT '\\'; COPY leads FROM STDIN; --';\nSELECT '\n\\.\n\\! touch /mnt/run/escaped\n'; SELECT 1/0",
                "SET standard_conforming_strings = off; SELECT '\\'; COMMIT; --'",
                "INSERT INTO pgfork_sanitize.done VALUES (1, 0); SELECT 1/0",
                "DROP SCHEMA pgfork_sanitize CASCADE",
                "TRUNCATE pgfork_sanitize.touched",
                "SELECT pg_read_file('/etc/passwd')",
                "LOAD '/usr/lib/postgresql/17/lib/pg_cron.so'",
                "SET session_replication_role = replica",
                "UPDATE pg_catalog.pg_authid SET rolsuper = true",
            })
    void aStepOfTheOwnerStaysTheOwners(String sql) {
        forkWith(1).start();
        settled();
        assertThat(text(hand(1, sql))).isEqualTo("failed 1");
        assertThat(fork.folder.resolve("run/escaped")).doesNotExist();
        hand(1, MASK);
        assertOpens();
        assertThat(fork.sql("postgres", "SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolsuper"))
                .isEqualTo("postgres");
    }

    @Test
    void aSuperusersStepLeavesNobodyInWhoMustNotBe() {
        forkWith(1).start();
        settled();
        hand(1, """
                ALTER ROLE app SUPERUSER;
                CREATE ROLE intruder LOGIN SUPERUSER PASSWORD 'x';
                CREATE ROLE between IN ROLE pg_execute_server_program;
                GRANT between TO app;
                """, "superuser", "yes", "60", "app");
        assertOpens();
        assertThat(fork.sql("postgres", "SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolsuper AND rolcanlogin"))
                .isEqualTo("postgres");
        assertThat(fork.sql("postgres", "SELECT pg_has_role('app', 'pg_execute_server_program', 'MEMBER')"))
                .isEqualTo("f");
    }

    @Test
    void aStepOfTheForksOwnDoesNotSeeWhatTheSourcesHaveMasked() {
        forkWith(3).with("PGFORK_SANITIZE_SOURCE", "1").start();
        settled();
        assertThat(text(hand(1, MASK))).isEqualTo("waiting 2");
        hand(2, """
                CREATE TABLE loot AS
                SELECT tablename::text AS t, most_common_vals::text AS v, histogram_bounds::text AS h
                  FROM pg_catalog.pg_stats WHERE tablename = 'customers'
                UNION ALL
                SELECT tablename::text, most_common_vals::text, NULL FROM pg_catalog.pg_stats_ext;
                """);
        assertThat(text(hand(3, "SELECT 1/0"))).isEqualTo("failed 3");
        hand(3, "INSERT INTO loot VALUES ('third')");
        assertOpens();
        assertThat(fork.sql("app", "SELECT count(*) > 1 FROM app.loot")).isEqualTo("t");
        assertThat(fork.sql("app", "SELECT * FROM app.loot WHERE v LIKE '%magrathea%' OR h LIKE '%magrathea%'"))
                .isEmpty();
    }

    /**
     * An asynchronous commit could be lost in a crash although the step is on record. A deferred trigger sees the end.
     */
    @Test
    void aStepIsCommittedForGoodWhateverItSays() {
        forkWith(1).start();
        settled();
        hand(1, """
                CREATE TABLE mode (setting text);
                CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO app.mode VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
                CREATE TABLE late (i int);
                CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION note();
                INSERT INTO late VALUES (1);
                SET LOCAL synchronous_commit = off;
                """);
        assertOpens();
        assertThat(fork.sql("app", "SELECT setting FROM app.mode")).isEqualTo("on");
    }

    @Test
    void whatWasDemandedAtTheFirstStartStaysDemanded() {
        forkWith(2).start();
        settled();
        hand(1, MASK);
        for (var fewer : List.of("1", "0")) {
            fork.kill();
            fork.with("PGFORK_SANITIZE", fewer).start();
            assertThat(fork.awaitSettled(ScriptedInstance.PATIENCE)
                            .path("reason")
                            .asText())
                    .isEqualTo("SanitizeFailed");
            assertClosed();
        }
        fork.kill();
        fork.with("PGFORK_SANITIZE", "2").start();
        assertThat(text(settled())).isEqualTo("waiting 2");
    }

    @Test
    void whatDoesNotFitIsRefused() {
        forkWith(2).start();
        settled();
        var hash = "0".repeat(64);
        for (var arguments : List.of(
                List.of("owner", "yes", "60", hash, "2", "app"),
                List.of("root", "yes", "60", hash, "1", "app"),
                List.of("owner", "perhaps", "60", hash, "1", "app"),
                List.of("owner", "yes", "0", hash, "1", "app"),
                List.of("owner", "yes", "60", "hash", "1", "app"),
                List.of("owner", "yes", "60", hash, "1"))) {
            var verb = new ArrayList<>(List.of("sanitize"));
            verb.addAll(arguments);
            assertThat(fork.callWith("1 8\nSELECT 1", verb.toArray(String[]::new))
                            .path("reason")
                            .asText())
                    .as(arguments.toString())
                    .isIn("NotWaiting", "BadArgument");
        }
        for (var input : List.of("", "1 9\nSELECT 1", "x 8\nSELECT 1", "1 8")) {
            assertThat(fork.callWith(input, "sanitize", "owner", "yes", "60", hash, "1", "app")
                            .path("reason")
                            .asText())
                    .as(input)
                    .isEqualTo("BadInput");
        }
        assertThat(text(settled())).isEqualTo("waiting 1");
    }
}
