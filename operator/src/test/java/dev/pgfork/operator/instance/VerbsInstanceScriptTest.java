package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** fence, unfence, promote, sql, status and the probes. */
@Tag("postgres")
class VerbsInstanceScriptTest {
    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void aProbeWaitsForAServerThatIsAboutToBeReady() {
        var shop = instances.database().running();
        shop.call("fence", "2");
        assertThat(shop.probe("ready", "1")).isFalse();
        var waiting = shop.begin("ready", "300");
        shop.call("unfence", "3");
        assertThat(ScriptedInstance.end(waiting).exitCode()).isZero();
    }

    @Test
    void aFencedServerStaysDownUntilItIsUnfenced() throws SQLException {
        var shop = instances.database().running();
        shop.sql("app", "CREATE TABLE public.t AS SELECT 1 AS i");
        try (var client = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app")) {
            client.setAutoCommit(false);
            client.createStatement().execute("SELECT 1");

            var fenced = shop.call("fence", "2");
            assertThat(fenced.path("controldata").path("state").asText()).isEqualTo("shut down");
            assertThat(fenced.path("controldata").path("timeline").asInt()).isEqualTo(1);
            assertThat(fenced.path("controldata").path("checkpoint").asText()).matches("[0-9A-F]+/[0-9A-F]+");
            assertThat(shop.call("fence", "2")).as("repeated").isEqualTo(fenced);
        }
        assertThat(shop.servers()).isEmpty();
        assertThat(ScriptedInstance.phaseOf(shop.call("status"))).isEqualTo("fenced");
        assertThat(shop.probe("alive")).isTrue();
        assertThat(shop.probe("ready")).isFalse();
        assertRefused(shop.callWith("SELECT 1", "sql", "app"), "NotRunning");
        assertRefused(shop.call("fence", "1"), "EpochTooLow");
        assertRefused(shop.call("unfence", "1"), "EpochTooLow");
        assertRefused(shop.call("promote", "3"), "NotAStandby");
        assertRefused(shop.call("fence", "two"), "BadArgument");
        assertRefused(shop.call("fence"), "BadArgument");

        shop.kill();
        assertThat(ScriptedInstance.phaseOf(shop.startAndWait()))
                .as("after a restart")
                .isEqualTo("fenced");

        assertThat(shop.call("unfence", "3").path("ok").asBoolean()).isTrue();
        assertThat(shop.sql("app", "INSERT INTO public.t VALUES (2) RETURNING i"))
                .isEqualTo("2");
        assertThat(shop.call("unfence", "3").path("ok").asBoolean())
                .as("repeated")
                .isTrue();
        // Before the fence that is given up: that one must not come after it.
        assertThat(shop.call("unfence", "5").path("ok").asBoolean()).isTrue();
        assertRefused(shop.call("fence", "4"), "EpochTooLow");
        assertThat(shop.call("status").path("timeline").asInt()).isEqualTo(1);
        assertThat(shop.call("status").path("epoch").asInt()).isEqualTo(5);
        assertThat(shop.probe("ready")).isTrue();
    }

    @Test
    void aStandbyIsPromotedOnceAndForAll() {
        var leader = instances.database().running();
        leader.sql("app", "CREATE TABLE public.t AS SELECT 1 AS i");
        var follower = instances.standbyOf(leader, Map.of()).running();
        assertThat(follower.sql("app", "SELECT pg_is_in_recovery(), (SELECT count(*) FROM public.t)"))
                .isEqualTo("t|1");
        assertThat(follower.call("status").path("role").asText()).isEqualTo("standby");
        assertThat(follower.call("status").path("timeline").asInt())
                .as("it keeps its timeline")
                .isEqualTo(1);
        await().atMost(ScriptedInstance.PATIENCE).until(() -> follower.probe("ready"));

        assertThat(follower.call("promote", "2").path("timeline").asInt()).isEqualTo(2);
        assertThat(follower.call("promote", "2").path("timeline").asInt())
                .as("repeated")
                .isEqualTo(2);
        assertRefused(follower.call("promote", "3"), "NotAStandby");
        assertRefused(follower.call("promote", "1"), "EpochTooLow");
        assertThat(follower.sql("app", "INSERT INTO public.t VALUES (2) RETURNING i"))
                .isEqualTo("2");
        assertThat(follower.call("status").path("timeline").asInt()).isEqualTo(2);

        follower.kill();
        assertThat(ScriptedInstance.phaseOf(follower.startAndWait())).isEqualTo("running");
        assertThat(follower.sql("app", "SELECT pg_is_in_recovery()")).isEqualTo("f");
        assertThat(follower.log()).as("a promoted follower is no fork").doesNotContain("recovery stayed");
    }

    @Test
    void aVerbThatIsListenedForIsDoneWhenItIsToldAndNotBefore() {
        var leader = instances.database().running();
        var follower = instances.standbyOf(leader, Map.of()).running();
        var before = follower.state();

        // Nothing is told; or what the operator never asks for in this way; or it dies.
        assertRefused(json(follower.listen("1", "")), "NothingAsked");
        assertRefused(json(follower.listen("60", "unfence 2\n")), "BadInput");
        assertRefused(json(follower.listen("60", "promote\n")), "BadArgument");
        assertRefused(json(follower.listen("60", "promote 2")), "NothingAsked");
        assertThat(follower.state()).isEqualTo(before);
        assertRefused(follower.call("listen"), "BadArgument");

        var promoted = follower.listen("60", "promote 2\n");
        assertThat(promoted).startsWith("heard\n");
        assertThat(json(promoted).path("timeline").asInt()).isEqualTo(2);
        assertRefused(json(follower.listen("60", "promote 1\n")), "EpochTooLow");

        var fenced = json(leader.listen("60", "fence 2\n")).path("controldata");
        assertThat(fenced.path("state").asText()).isEqualTo("shut down");
        assertThat(leader.call("fence", "2").path("controldata")).isEqualTo(fenced);
    }

    @Test
    void whoListensKeepsNobodyWaiting() {
        var shop = instances.database().running();
        var listening = shop.begin("listen", "60");
        var late = shop.begin("listen", "1");
        assertThat(shop.call("fence", "2").path("ok").asBoolean()).isTrue();
        ScriptedInstance.tell(listening, "fence 2\n");
        assertThat(json(ScriptedInstance.end(listening).output())
                        .path("controldata")
                        .path("state")
                        .asText())
                .isEqualTo("shut down");
        assertRefused(json(ScriptedInstance.end(late).output()), "NothingAsked");
    }

    @Test
    void aPromotionThatWasCutShortIsCarriedOut() {
        var leader = instances.database().running();
        var follower = instances.standbyOf(leader, Map.of()).running();
        var asked = follower.gate("pg_ctl").close();
        var verb = Thread.ofVirtual().start(() -> follower.exec(null, "promote", "2"));
        asked.awaitReached();
        assertThat(follower.state()).contains("role=primary\nepoch=2\n");
        follower.kill();
        asked.open();
        await().atMost(ScriptedInstance.PATIENCE).until(() -> !verb.isAlive());

        assertThat(follower.startAndWait().path("role").asText()).isEqualTo("primary");
        assertThat(follower.sql("app", "SELECT pg_is_in_recovery(), pg_walfile_name(pg_current_wal_lsn())"))
                .startsWith("f|00000002");
    }

    @Test
    void sqlRunsAsSuperuserAndTellsNoData() throws SQLException {
        var shop = instances.database().with("PGFORK_SQL_TIMEOUT", "500ms").running();
        assertThat(shop.sql("app", "SELECT E'a\\nb\\tc\"\\\\', 'ü'")).isEqualTo("a\nb\tc\"\\|ü");
        assertThat(shop.sql("app", "")).isEmpty();

        var failed = shop.callWith("SELECT 1;\nSELECT 'secret-value'::int;\n", "sql", "app");
        assertRefused(failed, "SqlFailed");
        assertThat(failed.path("sqlstate").asText()).isEqualTo("22P02");
        assertThat(failed.path("line").asInt()).isEqualTo(2);
        assertThat(failed.toString() + shop.log()).doesNotContain("secret-value");

        assertThat(shop.callWith("SELECT pg_sleep(60)", "sql", "app")
                        .path("sqlstate")
                        .asText())
                .isEqualTo("57014");
        assertRefused(shop.callWith("SELECT 1", "sql", "no_such_database"), "SqlFailed");
        assertRefused(shop.call("sql"), "BadArgument");

        // Whatever role and database have SET for themselves.
        shop.sql("postgres", """
                CREATE SCHEMA evil;
                CREATE FUNCTION evil.current_database() RETURNS name LANGUAGE sql AS 'SELECT ''evil''::name';
                ALTER ROLE postgres SET search_path = evil, pg_catalog;
                ALTER ROLE postgres SET role = pgfork;
                ALTER ROLE postgres SET statement_timeout = 1;
                ALTER DATABASE postgres SET default_transaction_read_only = on;
                ALTER DATABASE postgres SET session_preload_libraries = '';
                """);
        assertThatThrownBy(() -> shop.login("pgfork", ScriptedInstance.PGFORK_PASSWORD, "postgres"))
                .as("the trap is one")
                .isInstanceOf(SQLException.class);
        assertThat(shop.sql(
                        "postgres",
                        "CREATE TABLE public.t (); SELECT current_database(), current_user, pg_sleep(0.01)"))
                .isEqualTo("postgres|postgres|");
    }

    @Test
    void statusWaitsNoLongerThanAsked() {
        var shop = instances.database();
        var starting = shop.gate("postgres").close();
        shop.start();
        starting.awaitReached();
        assertThat(ScriptedInstance.phaseOf(shop.call("status"))).isEqualTo("starting");
        assertThat(ScriptedInstance.phaseOf(shop.call("status", "1"))).isEqualTo("starting");
        assertThat(shop.probe("alive")).isTrue();
        assertThat(shop.probe("ready")).isFalse();
        starting.open();

        var status = shop.awaitSettled(ScriptedInstance.PATIENCE);
        assertThat(ScriptedInstance.phaseOf(status)).isEqualTo("running");
        assertThat(status.path("openedBy").asText()).isEqualTo("shop-uid/1");
        assertThat(status.path("systemIdentifier").asText()).matches("[0-9]{19}");
        var timings = status.path("timings");
        assertThat(timings.path("opened").asDouble())
                .isGreaterThan(timings.path("started").asDouble());
        assertThat(timings.path("recovered").isNull()).isTrue();
    }

    @Test
    void aStuckLoopIsNotAlive() {
        var shop = instances.database().running();
        shop.signal("STOP");
        assertThat(shop.probe("alive")).as("for a moment").isTrue();
        RootFileSystem.write(shop.folder.resolve("run/heartbeat"), "1.00\n");
        assertThat(shop.probe("alive")).isFalse();
        shop.signal("CONT");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> shop.probe("alive"));
    }

    @Test
    void anUnknownVerbIsRefused() {
        assertThat(instances.database().running().exec(null, "destroy").exitCode())
                .isEqualTo(2);
    }

    /** The last line is the answer. */
    private static JsonNode json(String output) {
        return ScriptedInstance.read(output.lines().toList().getLast());
    }

    private static void assertRefused(JsonNode answer, String reason) {
        assertThat(answer.path("ok").asBoolean()).as(answer.toString()).isFalse();
        assertThat(answer.path("reason").asText()).isEqualTo(reason);
        assertThat(answer.path("message").asText()).isNotEmpty();
    }
}
