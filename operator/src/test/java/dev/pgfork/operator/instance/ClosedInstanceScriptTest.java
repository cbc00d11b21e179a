package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pgfork.operator.postgres.Lsn;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A fork before it opens: nobody gets in, whatever interrupts it, and a copy that is not right never opens. */
@Tag("postgres")
class ClosedInstanceScriptTest {
    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void nobodyReachesAServerInQuarantine() throws IOException {
        var fork = instances.forkOf(instances.database().running());
        var hygiene = fork.gate("psql").close();
        fork.start();
        hygiene.awaitReached();

        var status = fork.call("status");
        assertThat(ScriptedInstance.phaseOf(status)).isEqualTo("quarantine");
        assertThat(status.path("step").asText()).isEqualTo("hygiene");
        assertThat(status.path("openedBy").asText()).isEmpty();
        assertThat(fork.processes("postgres -D")).as("the private server").hasSize(1);
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), fork.port))
                .isInstanceOf(ConnectException.class);
        try (var sockets = Files.list(fork.folder.resolve("socket"))) {
            assertThat(sockets.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.startsWith(".s.PGSQL"));
        }
        assertThat(Files.getPosixFilePermissions(fork.folder.resolve("run/private")))
                .hasSize(3);
        assertThat(fork.callWith("SELECT 1", "sql", "postgres").path("reason").asText())
                .isEqualTo("NotRunning");
        assertThat(fork.probe("ready")).isFalse();
        assertThat(fork.probe("alive")).isTrue();

        hygiene.open();
        assertThat(ScriptedInstance.phaseOf(fork.awaitSettled(ScriptedInstance.PATIENCE)))
                .isEqualTo("running");
    }

    @Test
    void anInterruptedQuarantineIsDoneAgain() {
        var source = instances.database().running();
        source.sql("app", "CREATE ROLE reader LOGIN PASSWORD 'x'; CREATE TABLE public.t AS SELECT 1 AS i");
        var fork = instances.forkOf(source);
        for (var end : List.of(
                "TERM pg_controldata",
                "KILL private-postgres",
                "INT psql",
                "KILL psql",
                "KILL sync-state.new",
                "KILL sync-volume")) {
            var signal = end.substring(0, 4).strip();
            var gate = fork.gate(end.substring(signal.length() + 1)).close();
            fork.start();
            gate.awaitReached();
            if (signal.equals("KILL")) {
                fork.kill();
            } else {
                assertThat(fork.stop(signal)).as(end + fork.log()).isZero();
            }
            gate.open();
        }
        fork.running();
        assertThat(fork.sql("app", "SELECT i FROM public.t")).isEqualTo("1");
        assertThat(fork.sql("postgres", "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'reader'"))
                .isEqualTo("f");
        assertThat(fork.call("status").path("timeline").asInt())
                .as("no new timeline for each attempt")
                .isEqualTo(2);
    }

    @Test
    void recoveryCanBeFencedAndStopped() {
        var source = instances
                .databaseWith(Map.of("max_wal_size", "4GB", "checkpoint_timeout", "1h"))
                .running();
        source.sql("app", "CREATE TABLE public.t AS SELECT i, md5(i::text) FROM generate_series(1, 200000) AS i");
        var fork = instances.forkOf(source);
        fork.start();
        var fenced = stopInRecovery(fork, () -> fork.call("fence", "2").path("controldata"));
        assertThat(fenced.path("state").asText()).endsWith("recovery");
        assertThat(fork.servers()).isEmpty();

        var verb = Thread.ofVirtual().start(() -> fork.exec(null, "unfence", "3"));
        assertThat(stopInRecovery(fork, () -> fork.stop("TERM"))).as(fork.log()).isZero();
        await().atMost(ScriptedInstance.PATIENCE).until(() -> !verb.isAlive());

        fork.running();
        assertThat(fork.call("status").path("epoch").asInt()).isEqualTo(3);
        assertThat(fork.sql("app", "SELECT count(*) FROM public.t")).isEqualTo("200000");
    }

    @Test
    void aFenceDuringQuarantineIsInForceAfterIt() {
        var fork = instances.forkOf(instances.database().running());
        var opening = fork.gate("psql").close();
        fork.start();
        opening.awaitReached();
        assertThat(fork.call("fence", "2").path("ok").asBoolean()).isTrue();
        opening.open();
        assertThat(fork.servers()).isEmpty();
        assertThat(fork.state()).contains("role=fenced").contains("opened_by=\n");
        assertThat(fork.call("unfence", "2").path("ok").asBoolean()).isTrue();
        assertThat(fork.state()).contains("opened_by=fork-uid/1");
    }

    @Test
    void aCopyThatEndsBeforeTheCutNeverOpens() {
        var source = instances.database().running();
        var fork = instances.forkOf(source).with("PGFORK_CUT_LSN", "FFFF/0");
        var status = fork.startAndWait();
        assertFailed(status, "NotPastTheCut", "past-the-cut");
        assertThat(fork.servers()).isEmpty();
        assertThat(fork.stop("TERM")).isZero();

        assertFailed(fork.with("PGFORK_SOURCE_TIMELINE", "2").startAndWait(), "NotPastTheCut", "past-the-cut");
        assertThat(fork.stop("TERM")).isZero();
        assertThat(fork.pgdata().resolve("pg_wal/00000002.history")).exists();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            WrongSystemIdentifier | true
            NotADatabase          | rm -r pgdata
            NotADatabase          | rm pgdata/PG_VERSION
            NotADatabase          | : >pgdata/global/pg_control
            SeparateWalVolume     | mv pgdata/pg_wal elsewhere && ln -s ../elsewhere pgdata/pg_wal
            Tablespaces           | ln -s /nowhere pgdata/pg_tblspc/16384
            BackupLabel           | touch pgdata/backup_label
            StateUnreadable       | echo broken >>state
            """)
    void aVolumeThatIsNotTheCopyAskedForIsLeftAlone(String reason, String damage) {
        var volume = instances.database().volume;
        RootFileSystem.run("bash", "-c", "cd \"$1\" && " + damage, "damage", volume.toString());
        var seed = new Seed.Snapshot("snapshot", "7000000000000000000", Lsn.parse("0/1"), 1);
        var fork = instances.on(volume, Instances.template("fork", "PostgresFork", "fork-uid", Map.of(), seed));
        if (!reason.equals("WrongSystemIdentifier")) {
            fork.with("PGFORK_SYSTEM_IDENTIFIER", systemIdentifier());
        }
        var status = fork.startAndWait();
        assertThat(ScriptedInstance.phaseOf(status)).as(status.toString()).isEqualTo("failed" + reason);
        assertThat(status.path("message").asText()).isNotEmpty();
        assertThat(fork.servers()).isEmpty();
        assertThat(volume.resolve("pgdata/recovery.signal")).doesNotExist();
        assertThat(fork.stop("TERM")).isZero();
    }

    @Test
    void aStepThatFailsIsNamedWithoutData() {
        var source = instances
                .databaseWith(Map.of("shared_preload_libraries", "pg_cron", "cron.database_name", "app"))
                .running();
        source.sql("app", "CREATE EXTENSION pg_cron; ALTER TABLE cron.job RENAME active TO secret_column");
        var fork = instances.forkOf(source);
        var status = fork.startAndWait();
        assertFailed(status, "QuarantineFailed", "hygiene");
        assertThat(status.path("sqlstate").asText()).isEqualTo("42703");
        assertThat(status.path("line").asInt()).isPositive();
        assertThat(status.path("message").asText()).contains("quarantine-database.sql");
        assertThat(status.toString() + fork.log()).doesNotContain("secret_column");
        assertThat(fork.servers()).isEmpty();
    }

    @Test
    void aServerThatDoesNotComeUpIsNamedBySqlstate() {
        var fork = instances.forkOf(instances.database().running());
        RootFileSystem.run("bash", "-c", "rm \"$1\"/pgdata/pg_wal/0*", "damage", fork.volume.toString());
        var status = fork.startAndWait();
        assertFailed(status, "QuarantineFailed", "recovery");
        assertThat(status.path("sqlstate").asText()).matches("[0-9A-Z]{5}");
    }

    @Test
    void aClosedOrMissingDatabasePostgresIsNoObstacle() {
        var source = instances.database().running();
        var fork = instances.forkOf(source);
        source.sql("template1", "ALTER DATABASE postgres ALLOW_CONNECTIONS false");
        var closed = instances.on(instances.cut(source), fork.template).running();
        assertThat(closed.sql("postgres", "SELECT 1")).isEqualTo("1");

        source.sql("template1", "DROP DATABASE postgres");
        var missing = instances.on(instances.cut(source), fork.template).running();
        assertThat(missing.sql("postgres", "SELECT has_function_privilege('pgfork', 'pg_control_system()', 'EXECUTE')"))
                .isEqualTo("t");
    }

    /** Does it while the process that replays the WAL stands still, and lets that go on once it is asked to stop. */
    private static <T> T stopInRecovery(ScriptedInstance fork, Callable<T> action) {
        await().atMost(ScriptedInstance.PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> !fork.processes("startup").isEmpty());
        var startup = Long.toString(fork.processes("startup").getFirst().pid());
        RootFileSystem.run("kill", "-STOP", startup);
        var task = new FutureTask<>(action);
        Thread.ofVirtual().start(task);
        await().atMost(ScriptedInstance.PATIENCE).until(() -> fork.log().endsWith("pgfork: stopping\n"));
        assertThat(task.isDone()).isFalse();
        RootFileSystem.run("kill", "-CONT", startup);
        try {
            return task.get(1, TimeUnit.MINUTES);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(fork.log(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String systemIdentifier() {
        var database = instances.database();
        database.start();
        var identifier = database.awaitSettled(ScriptedInstance.PATIENCE)
                .path("systemIdentifier")
                .asText();
        database.kill();
        return identifier;
    }

    private static void assertFailed(JsonNode status, String reason, String step) {
        assertThat(ScriptedInstance.phaseOf(status)).as(status.toString()).isEqualTo("failed" + reason);
        assertThat(status.path("step").asText()).isEqualTo(step);
    }
}
