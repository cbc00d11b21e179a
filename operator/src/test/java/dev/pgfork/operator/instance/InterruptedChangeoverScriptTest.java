package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The old primary's container ends while it is fenced, and again while it begins to follow. From the proof of the fence
 * on it never accepts a write, whatever its pod template says, and it follows in the end without being rebuilt: for
 * that it may not even have started as a primary.
 */
@Tag("postgres")
class InterruptedChangeoverScriptTest {
    /** How Postgres says that it accepts writes; of a standby it says that they are read-only. */
    private static final Pattern OPENED = Pattern.compile("database system is ready to accept connections");

    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    /** Signal, and the programs before which it comes: in the state file's write, behind it, after the server's end. */
    static Stream<Arguments> interruptions() {
        return Stream.of("KILL", "TERM", "INT")
                .flatMap(signal -> Stream.of(
                        Arguments.of(signal, "sync-state.new", "sync-state.new"),
                        Arguments.of(signal, "sync-volume", "sync-volume"),
                        Arguments.of(signal, "pg_controldata", "pg_controldata"),
                        Arguments.of(signal, "pg_controldata", "postgres")));
    }

    @ParameterizedTest
    @MethodSource("interruptions")
    void theOldPrimaryNeverAcceptsWritesAgain(String signal, String inFence, String inFollow) {
        var shop = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        instances.admit(shop, "shop");
        awaitReady(replica);
        instances.giveSlot(replica, "shop");

        interrupt(shop, inFence, signal, null, "fence", "2");
        // The template of a primary, as before. Where the fence had not been written down, nothing was promised yet.
        assertThat(ScriptedInstance.phaseOf(shop.startAndWait()))
                .isEqualTo(shop.state().contains("role=fenced\n") ? "fenced" : "running");
        var epoch = fenceCleanly(shop, replica);
        var openedBefore = openings(shop);
        assertThat(replica.call("promote", epoch).path("timeline").asInt()).isEqualTo(2);

        interrupt(shop, inFollow, signal, replica.host(), "follow", epoch);
        assertThat(clusterState(shop)).contains("state:").doesNotContain("in production");
        assertThat(ScriptedInstance.phaseOf(shop.startAndWait()))
                .isEqualTo(shop.state().contains("role=standby\n") ? "running" : "fenced");
        assertThat(shop.callWith(replica.host(), "follow", epoch).path("ok").asBoolean())
                .isTrue();

        awaitReady(shop);
        // It streams the rest of timeline 1 first.
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> shop.sql("app", "SELECT received_tli FROM pg_stat_wal_receiver")
                        .equals("2"));
        assertThat(shop.sql("app", "SELECT pg_is_in_recovery()")).isEqualTo("t");
        assertThat(openings(shop)).as(shop.log()).isEqualTo(openedBefore);
    }

    /** Sends the signal to PID 1 when the script is just about to run that program for the verb. */
    private static void interrupt(
            ScriptedInstance instance, String program, String signal, @Nullable String input, String... verb) {
        var point = instance.gate(program).close();
        var asking = Thread.ofVirtual().start(() -> instance.exec(input, verb));
        point.awaitReached();
        instance.signal(signal);
        point.open();
        instance.awaitEnd();
        await().atMost(ScriptedInstance.PATIENCE).until(() -> !asking.isAlive());
    }

    /** As a changeover does it: what was killed before it could stop serves once more. Returns the epoch. */
    private static String fenceCleanly(ScriptedInstance primary, ScriptedInstance standby) {
        for (var epoch = 2; epoch < 6; epoch += 2) {
            if (ScriptedInstance.phaseOf(primary.call("status")).equals("running")) {
                awaitReady(standby);
            }
            var proof = primary.call("fence", Integer.toString(epoch)).path("controldata");
            if (proof.path("state").asText().equals("shut down")) {
                assertThat(proof.path("timeline").asInt()).isEqualTo(1);
                awaitReplayed(standby, proof);
                return Integer.toString(epoch);
            }
            assertThat(primary.call("unfence", Integer.toString(epoch + 1))
                            .path("ok")
                            .asBoolean())
                    .isTrue();
        }
        throw new AssertionError("never shut down cleanly\n" + primary.log());
    }

    private static void awaitReplayed(ScriptedInstance standby, JsonNode proof) {
        var last = proof.path("checkpoint").asText();
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> standby.sql("postgres", "SELECT pg_last_wal_replay_lsn() > '" + last + "'")
                        .equals("t"));
    }

    private static void awaitReady(ScriptedInstance instance) {
        await(instance.template.owner().name())
                .atMost(ScriptedInstance.PATIENCE)
                .until(() -> instance.probe("ready"));
    }

    private static long openings(ScriptedInstance instance) {
        return OPENED.matcher(instance.log()).results().count();
    }

    /** Of a volume that nobody uses. */
    private static String clusterState(ScriptedInstance stopped) {
        return RootFileSystem.run(
                        "unshare",
                        "--mount",
                        "bash",
                        "-c",
                        "mount --bind \"$1\" \"$2/mnt\" && exec chroot \"$2\" /usr/lib/postgresql/17/bin/pg_controldata /mnt/pgdata",
                        "controldata",
                        stopped.volume.toString(),
                        RootFileSystem.PATH.toString())
                .lines()
                .filter(line -> line.startsWith("Database cluster state"))
                .collect(Collectors.joining());
    }
}
