package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The verb restart: a configuration that a reload cannot put in force, and one that the server does not start with. */
@Tag("postgres")
class RestartInstanceScriptTest {
    private static final Map<String, String> RAISED = Map.of("max_connections", "120");
    private static final Map<String, String> NO_LIBRARY = Map.of("shared_preload_libraries", "no_such_library");

    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void theServerComesBackWithTheConfigurationInUse() {
        var shop = instances.database().running();
        var before = start(shop);
        assertThat(shop.sql("postgres", "SHOW pgfork.start")).isEqualTo(before);
        assertOk(reload(shop, RAISED));
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> shop.sql("postgres", "SELECT name FROM pg_settings WHERE pending_restart")
                        .equals("max_connections"));
        assertThat(shop.call("status").path("revision").asText()).isEqualTo(revision(shop, RAISED));

        assertOk(shop.call("restart", before));
        assertThat(shop.sql("postgres", "SHOW max_connections")).isEqualTo("120");
        var after = start(shop);
        assertThat(after).isNotEqualTo(before).endsWith("/" + revision(shop, RAISED));

        assertOk(shop.call("restart", before));
        assertThat(start(shop)).as("asked for once more").isEqualTo(after);
        assertThat(shop.call("status").path("crashes").asInt()).isZero();
    }

    @Test
    void whatItDoesNotStartWithIsTakenBackInItsOwnWords() throws SQLException {
        var shop = instances.databaseWith(Map.of("work_mem", "5MB")).running();
        var before = start(shop);
        assertOk(reload(shop, NO_LIBRARY));
        var answer = shop.call("restart", before);
        assertThat(answer.path("reason").asText()).isEqualTo("ConfigurationRejected");
        assertThat(answer.path("message").asText()).startsWith("could not access file \"no_such_library\"");

        assertThat(shop.sql("postgres", "SHOW work_mem")).as("as before").isEqualTo("5MB");
        assertThat(shop.sql("postgres", "SHOW pgfork.revision")).isEqualTo(revision(shop, shop.template.parameters()));
        try (var client = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app")) {
            assertThat(client.isValid(10)).isTrue();
        }
        var status = shop.call("status");
        assertThat(status.path("phase").asText()).isEqualTo("running");
        assertThat(status.path("reason").isNull()).isTrue();
        assertThat(status.path("rejected").path("revision").asText()).isEqualTo(revision(shop, NO_LIBRARY));
        assertThat(status.path("rejected").path("message")).isEqualTo(answer.path("message"));

        var again = reload(shop, NO_LIBRARY);
        assertThat(again.path("reason").asText()).as("not tried twice").isEqualTo("ConfigurationRejected");
        assertThat(again.path("message")).isEqualTo(answer.path("message"));
        assertOk(reload(shop, RAISED));
        assertOk(shop.call("restart", start(shop)));
        assertThat(shop.sql("postgres", "SHOW max_connections")).isEqualTo("120");
    }

    /** Of what the postmaster checks before it logs anything. */
    @Test
    void settingsThatDoNotFitTogetherAreTakenBack() {
        var shop = instances.database().running();
        assertOk(reload(shop, Map.of("max_connections", "3")));
        assertThat(shop.call("restart", start(shop)).path("message").asText())
                .contains("superuser_reserved_connections")
                .contains("max_connections");
        assertThat(shop.sql("postgres", "SHOW max_connections")).isEqualTo("100");
    }

    /** Nobody may be there any more to hear how it went. */
    @Test
    void itIsDoneEvenIfWhoeverAskedForItIsGone() {
        var shop = instances.database().running();
        var before = start(shop);
        assertOk(reload(shop, NO_LIBRARY));
        var gate = shop.gate("postgres").close();
        var verb = shop.begin("restart", before);
        gate.awaitReached();
        verb.destroyForcibly();
        gate.open();
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> !shop.call("status").path("rejected").isNull());
        assertThat(ScriptedInstance.phaseOf(shop.awaitSettled(ScriptedInstance.PATIENCE)))
                .isEqualTo("running");
        assertThat(shop.sql("postgres", "SHOW shared_preload_libraries")).isEmpty();
        assertThat(reload(shop, NO_LIBRARY).path("reason").asText()).isEqualTo("ConfigurationRejected");
    }

    /** A server that crashes starts with what a reload brought, too, and no operator may be there. */
    @Test
    void aCrashBeforeTheRestartTakesItBackToo() {
        var shop = instances.database().running();
        assertOk(reload(shop, NO_LIBRARY));
        shop.servers().forEach(ProcessHandle::destroyForcibly);
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> !shop.call("status").path("rejected").isNull());
        assertThat(ScriptedInstance.phaseOf(shop.awaitSettled(ScriptedInstance.PATIENCE)))
                .isEqualTo("running");

        shop.kill();
        shop.running();
        assertThat(shop.sql("postgres", "SHOW shared_preload_libraries"))
                .as("in the next container")
                .isEmpty();
        assertThat(shop.call("status").path("rejected").path("revision").asText())
                .isEqualTo(revision(shop, NO_LIBRARY));
    }

    /** The configuration that was proved does not help either: it is not what is to blame. */
    @Test
    void whatHasAnotherCauseIsNotBlamedOnTheConfiguration() {
        var shop = instances.database().running();
        assertOk(reload(shop, RAISED));
        var hidden = shop.volume.resolve("hidden");
        var gate = shop.gate("postgres").close();
        var before = start(shop);
        var verb = shop.begin("restart", before);
        gate.awaitReached();
        RootFileSystem.run("mv", shop.pgdata().resolve("pg_xact").toString(), hidden.toString());
        gate.open();
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> shop.call("status").path("reason").asText().equals("PostmasterCrashed"));
        RootFileSystem.run(
                "mv", hidden.toString(), shop.pgdata().resolve("pg_xact").toString());
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> shop.callWith("SHOW max_connections", "sql", "postgres")
                        .path("output")
                        .asText()
                        .equals("120"));
        assertThat(shop.call("status").path("rejected").isNull()).isTrue();
        ScriptedInstance.end(verb);
    }

    /** Commits go on waiting for whom they wait, and a superuser who may not log in any more is not let in again. */
    @Test
    void whatIsNoSettingOfTheUsersIsNotTakenBack() {
        var shop = instances.database().running();
        var template = shop.template.withParameters(NO_LIBRARY);
        var waiting = template.withMembership(template.membership().withSynchronous(List.of("ANY 1 (\"replica\")")));
        assertOk(reload(shop, waiting));
        assertThat(shop.call("restart", start(shop)).path("reason").asText()).isEqualTo("ConfigurationRejected");
        assertThat(shop.sql("postgres", "SHOW synchronous_standby_names")).isEqualTo("ANY 1 (\"replica\")");
    }

    @Test
    void aStandbyRestartsWithNoLessThanItsLeaderHas() {
        var shop = instances.databaseWith(RAISED).running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        assertThat(replica.sql("app", "SHOW max_connections")).isEqualTo("120");
        assertOk(reload(replica, Map.of("max_connections", "30", "max_worker_processes", "12")));
        assertOk(replica.call("restart", start(replica)));
        assertThat(replica.sql("app", "SHOW max_connections")).isEqualTo("120");
        assertThat(replica.sql("app", "SHOW max_worker_processes")).isEqualTo("12");

        // It is not restarted before the leader is: it pauses, and the next start has what the leader has now.
        assertOk(reload(shop, Map.of("max_connections", "150")));
        assertOk(shop.call("restart", start(shop)));
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> replica.sql("postgres", "SELECT pg_get_wal_replay_pause_state()")
                        .equals("paused"));
        assertOk(replica.call("restart", start(replica)));
        assertThat(replica.sql("app", "SHOW max_connections")).isEqualTo("150");

        assertOk(reload(replica, NO_LIBRARY));
        assertThat(replica.call("restart", start(replica)).path("reason").asText())
                .isEqualTo("ConfigurationRejected");
        assertThat(replica.sql("app", "SHOW max_connections")).isEqualTo("150");
        assertThat(replica.sql("app", "SELECT pg_is_in_recovery()")).isEqualTo("t");
    }

    @Test
    void aFencedInstanceIsNotStartedByIt() {
        var shop = instances.database().running();
        var before = start(shop);
        assertOk(reload(shop, RAISED));
        shop.call("fence", "2");
        assertThat(shop.call("restart", before).path("reason").asText()).isEqualTo("NotRunning");
        assertThat(shop.servers()).isEmpty();
        shop.call("unfence", "2");
        assertThat(shop.sql("postgres", "SHOW max_connections")).isEqualTo("120");
        assertOk(shop.call("restart", before));
    }

    /** A fence that comes while the server is on its way back up wins. */
    @Test
    void aFenceDuringARestartIsObeyed() {
        var shop = instances.database().running();
        assertOk(reload(shop, RAISED));
        var gate = shop.gate("postgres").close();
        var verb = shop.begin("restart", start(shop));
        gate.awaitReached();
        var fence = shop.begin("fence", "2");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> shop.state().contains("role=fenced"));
        gate.open();
        assertThat(ScriptedInstance.end(fence).output()).contains("shut down");
        assertThat(ScriptedInstance.end(verb).output()).contains("NotRunning");
        assertThat(shop.servers()).isEmpty();
    }

    @Test
    void onlyAStartIsAnArgument() {
        var shop = instances.database().running();
        for (var argument : List.of("", "x", "1/2/3", "1.2")) {
            assertThat(shop.call("restart", argument).path("reason").asText())
                    .as(argument)
                    .isEqualTo("BadArgument");
        }
    }

    /** Restarted before, it would start with what it has: by this the operator knows. */
    @Test
    void aStandbySaysWhatItsReplayDemandsUntilItHasReplayedThatItsPrimaryHasLess() {
        var shop = instances.databaseWith(Map.of("max_connections", "150")).running();
        var replica = instances.standbyOf(shop, Map.of("max_connections", "20")).running();
        assertThat(demanded(replica)).isEqualTo(150);
        assertThat(shop.call("status").has("demands")).as("it replays nothing").isFalse();

        assertOk(reload(shop, Map.of("max_connections", "50")));
        assertOk(shop.call("restart", start(shop)));
        await().atMost(ScriptedInstance.PATIENCE).until(() -> demanded(replica) == 50);
        assertThat(replica.sql("postgres", "SHOW max_connections")).isEqualTo("150");
        assertOk(replica.call("restart", start(replica)));
        assertThat(replica.sql("postgres", "SHOW max_connections")).isEqualTo("50");
    }

    private static int demanded(ScriptedInstance standby) {
        return standby.call("status").path("demands").path("max_connections").asInt();
    }

    private static String start(ScriptedInstance instance) {
        return instance.call("status").path("start").asText();
    }

    private static void assertOk(JsonNode answer) {
        assertThat(answer.path("ok").asBoolean()).as(answer.toString()).isTrue();
    }

    private static JsonNode reload(ScriptedInstance instance, Map<String, String> parameters) {
        return reload(instance, instance.template.withParameters(parameters));
    }

    private static JsonNode reload(ScriptedInstance instance, InstanceTemplate template) {
        var text = file(template, "postgresql.conf");
        return instance.callWith(
                "postgresql.conf " + text.getBytes(StandardCharsets.UTF_8).length + "\n" + text, "reload");
    }

    private static String revision(ScriptedInstance instance, Map<String, String> parameters) {
        return new InstanceConfiguration(InstanceScript.load()).revision(instance.template.withParameters(parameters));
    }

    private static String file(InstanceTemplate template, String name) {
        return new InstanceConfiguration(InstanceScript.load()).files(template).get(name);
    }
}
