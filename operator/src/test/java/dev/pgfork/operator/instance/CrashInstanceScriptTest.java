package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens when the postmaster, or everything, dies or is asked to stop. */
@Tag("postgres")
class CrashInstanceScriptTest {
    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void aKilledPostmasterIsStartedAgainAndItsBackendsAreEnded() throws SQLException {
        var shop = instances.database().running();
        var before = opened(shop);
        try (var client = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app")) {
            // Busy, it would not notice the postmaster's death for minutes.
            var busy = Thread.ofVirtual().start(() -> runUntilCut(client));
            await().atMost(ScriptedInstance.PATIENCE)
                    .until(() ->
                            !shop.processes("app(").isEmpty() || !backends(shop).isEmpty());
            var backend = backends(shop).getFirst();
            kill(postmaster(shop));
            await().atMost(ScriptedInstance.PATIENCE).until(() -> !backend.isAlive() && opened(shop) > before);
            assertThat(busy.join(ScriptedInstance.PATIENCE)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertThat(shop.awaitSettled(ScriptedInstance.PATIENCE).path("phase").asText())
                .isEqualTo("running");
        assertThat(shop.log()).contains("PostmasterCrashed");
        assertThat(shop.call("status").path("reason").isNull()).isTrue();
    }

    /** The script has not noticed yet that the postmaster was killed when it is told to fence. */
    @Test
    void isNotFencedBeforeTheBackendsOfAKilledPostmasterAreEnded() throws SQLException {
        var shop = instances.database().running();
        try (var client = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app")) {
            var busy = Thread.ofVirtual().start(() -> runUntilCut(client));
            await().atMost(ScriptedInstance.PATIENCE)
                    .until(() -> !backends(shop).isEmpty());
            var backend = backends(shop).getFirst();
            shop.signal("STOP");
            var fence = Thread.ofVirtual().start(() -> shop.call("fence", "2"));
            await().atMost(ScriptedInstance.PATIENCE).until(() -> shop.state().contains("role=fenced\n"));
            kill(postmaster(shop));
            shop.signal("CONT");
            assertThat(fence.join(ScriptedInstance.PATIENCE)).isTrue();
            assertThat(ScriptedInstance.phaseOf(shop.call("status"))).isEqualTo("fenced");
            assertThat(backend.isAlive()).as("a backend that may write").isFalse();
            assertThat(busy.join(ScriptedInstance.PATIENCE)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aServerThatCannotStartIsTriedAgainAndAgainUntilItStays() {
        var shop = instances.database().running();
        var configuration = shop.folder.resolve("run/conf.0/postgresql.conf");
        var text = RootFileSystem.read(configuration);
        RootFileSystem.write(configuration, text + "shared_buffers = nonsense\n");
        kill(postmaster(shop));
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> ScriptedInstance.phaseOf(shop.call("status")).equals("failedPostmasterCrashed"));
        assertThat(shop.probe("alive")).isTrue();

        RootFileSystem.write(configuration, text);
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> ScriptedInstance.phaseOf(shop.call("status")).equals("running"));
        // So that a look long afterwards does not take it for one that crashes still.
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> shop.call("status").path("crashes").asInt(-1) == 0);
        assertThat(ScriptedInstance.phaseOf(shop.call("status"))).isEqualTo("running");
    }

    /** By that the operator knows that another start will probably not help. */
    @Test
    void countsTheStartsThatFailInARow() {
        var shop = instances.database().running();
        assertThat(shop.call("status").path("crashes").asInt(-1)).isZero();
        var control = shop.pgdata().resolve("global/pg_control");
        kill(postmaster(shop));
        await().until(() -> opened(shop) > 0 && !shop.processes("postgres -D").isEmpty());
        shop.stop("TERM");
        // A byte of what the checksum is of; what the script reads of it stays.
        RootFileSystem.run(
                "bash", "-c", "printf X | dd of=\"$1\" bs=1 seek=270 conv=notrunc", "break", control.toString());
        shop.start();
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> shop.call("status").path("crashes").asInt() >= 3);
        assertThat(ScriptedInstance.phaseOf(shop.call("status"))).isEqualTo("failedPostmasterCrashed");
        assertThat(shop.log()).contains("incorrect checksum in control file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void stopsFastAndCleanlyUnderClients(String signal) throws SQLException {
        var shop = instances.database().running();
        try (var client = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app")) {
            client.setAutoCommit(false);
            client.createStatement().execute("SELECT 1");
            assertThat(shop.stop(signal)).as(shop.log()).isZero();
        }
        assertThat(shop.log()).contains("database system is shut down");
        assertThat(ScriptedInstance.phaseOf(shop.startAndWait())).isEqualTo("running");
        assertThat(shop.log()).doesNotContain("was not properly shut down");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 10, 20, 40, 80, 160})
    void stopsAtAnyInstantOfItsStart(int milliseconds) throws InterruptedException {
        var shop = instances.database();
        shop.start();
        Thread.sleep(milliseconds);
        assertThat(shop.stop("TERM")).as(shop.log()).isZero();
        shop.running();
    }

    @Test
    void nothingThatWasAcknowledgedIsLostWhenEverythingIsKilled() throws SQLException {
        var shop = instances.database().running();
        shop.sql("app", "CREATE TABLE public.t (i bigint); ALTER TABLE public.t OWNER TO app");
        var acknowledged = new AtomicLong();
        var client = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app");
        var writer = Thread.ofVirtual().start(() -> {
            try (var insert = client.prepareStatement("INSERT INTO t VALUES (?)")) {
                for (long i = 1; ; i++) {
                    insert.setLong(1, i);
                    insert.execute();
                    acknowledged.set(i);
                }
            } catch (SQLException e) {
                // The server is gone.
            }
        });
        await().until(() -> acknowledged.get() > 20);
        shop.kill();
        var last = acknowledged.get();
        shop.running();
        assertThat(Long.parseLong(shop.sql("app", "SELECT max(i) FROM public.t")))
                .isGreaterThanOrEqualTo(last);
        assertThat(writer.isAlive()).isFalse();
    }

    private static void runUntilCut(java.sql.Connection client) {
        try {
            client.createStatement().execute("SELECT sum(sqrt(i)) FROM generate_series(1, 1000000000000) AS i");
        } catch (SQLException e) {
            // That is what the test waits for.
        }
    }

    private static List<ProcessHandle> backends(ScriptedInstance shop) {
        return shop.processes("postgres: shop: app app").stream()
                .filter(process -> ScriptedInstance.commandLine(process.pid()).contains("SELECT"))
                .toList();
    }

    private static ProcessHandle postmaster(ScriptedInstance shop) {
        return shop.processes("postgres -D").getFirst();
    }

    private static void kill(ProcessHandle process) {
        RootFileSystem.run("kill", "-KILL", Long.toString(process.pid()));
    }

    private static double opened(ScriptedInstance shop) {
        return shop.call("status").path("timings").path("opened").asDouble();
    }
}
