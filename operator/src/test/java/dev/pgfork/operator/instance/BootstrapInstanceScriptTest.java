package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A new database: initdb, its first roles, and that it can start over at any point. */
@Tag("postgres")
class BootstrapInstanceScriptTest {
    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void anEmptyVolumeBecomesAnOpenDatabase() throws SQLException, IOException {
        var shop = instances
                .empty(Map.of("log_statement", "all", "log_min_duration_statement", "0"))
                .with("PGFORK_EXTENSIONS", "pg_trgm,hstore");
        var bootstrap = shop.gate("psql").close();
        shop.start();
        bootstrap.awaitReached();
        assertThat(shop.processes("").stream().map(process -> ScriptedInstance.commandLine(process.pid())))
                .as("no verifier is in an argument")
                .noneMatch(line -> line.contains("SCRAM"));
        bootstrap.open();
        assertThat(ScriptedInstance.phaseOf(shop.awaitSettled(ScriptedInstance.PATIENCE)))
                .as(shop.log())
                .isEqualTo("running");

        assertThat(shop.sql("app", """
                SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = 'app';
                SELECT extname FROM pg_extension ORDER BY extname;
                SHOW data_checksums;
                """)).isEqualTo("app|UTF8|C.UTF-8\nhstore\npg_trgm\nplpgsql\non");
        try (var owner = shop.login("app", ScriptedInstance.OWNER_PASSWORD, "app")) {
            owner.createStatement().execute("CREATE TABLE t (i int)");
        }
        assertThat(shop.log()).as("secrets in the log").doesNotContain("SCRAM");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> Files.exists(shop.volume.resolve("spare")));
        try (var files = Files.list(shop.volume)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("pgdata", "state", "lock", "spare");
        }
        assertThat(shop.pgdata())
                .isDirectoryNotContaining("glob:**/{postgresql,pg_hba,pg_ident}.conf")
                .satisfies(folder ->
                        assertThat(folder.resolve("postgresql.auto.conf")).isEmptyFile());
    }

    @Test
    void theOperatorsRoleIsConfinedToDatabasePostgres() throws SQLException {
        var shop = instances.database().running();
        try (var operator = shop.login("pgfork", ScriptedInstance.PGFORK_PASSWORD, "postgres");
                var statement = operator.createStatement()) {
            statement.execute("SELECT pg_logical_emit_message(true, 'pgfork', '')");
            statement.execute("CHECKPOINT");
            assertThatThrownBy(() -> statement.execute("CREATE ROLE other")).isInstanceOf(SQLException.class);
        }
        assertThatThrownBy(() -> shop.login("pgfork", ScriptedInstance.PGFORK_PASSWORD, "app"))
                .hasMessageContaining("pg_hba.conf");
        assertThatThrownBy(() -> shop.login("postgres", "", "postgres")).hasMessageContaining("pg_hba.conf");
    }

    @Test
    void whateverEndsThePodItStartsOver() {
        var shop = instances.empty(Map.of());
        for (var end : List.of(
                "KILL sync-state.new", "TERM initdb", "KILL private-postgres", "INT psql", "KILL sync-pgdata.new")) {
            var signal = end.substring(0, 4).strip();
            var program = end.substring(signal.length() + 1);
            var gate = shop.gate(program).close();
            shop.start();
            gate.awaitReached();
            if (signal.equals("KILL")) {
                shop.kill();
            } else {
                assertThat(shop.stop(signal)).as(end + shop.log()).isZero();
            }
            assertThat(shop.pgdata()).as(end).doesNotExist();
            gate.open();
        }
        // Complete and in its place, but not yet known to be open.
        var bootstrap = shop.gate("psql").close();
        shop.start();
        bootstrap.awaitReached();
        var moved = shop.gate("sync-volume").close();
        bootstrap.open();
        moved.awaitReached();
        assertThat(shop.pgdata()).isDirectory();
        shop.kill();
        moved.open();

        shop.running();
        assertThat(shop.volume.resolve("pgdata.new")).doesNotExist();
        assertThat(shop.sql("app", "SELECT current_database()")).isEqualTo("app");
    }

    @Test
    void saysWhatIsWrongWithAnExtension() {
        var status = instances
                .empty(Map.of())
                .with("PGFORK_EXTENSIONS", "no_such_extension")
                .startAndWait();
        assertThat(ScriptedInstance.phaseOf(status)).isEqualTo("failedBootstrapFailed");
        assertThat(status.path("step").asText()).isEqualTo("bootstrap");
        assertThat(status.path("message").asText()).contains("no_such_extension");
        assertThat(status.path("line").asInt()).isPositive();
    }

    @Test
    void neverTouchesAVolumeThatHoldsAnotherDatabase() {
        var database = instances.database();
        RootFileSystem.write(database.pgdata().resolve("postgresql.auto.conf"), "# untouched\n");
        var other = database.with("PGFORK_UID", "another");
        assertThat(ScriptedInstance.phaseOf(other.startAndWait())).isEqualTo("failedForeignVolume");
        assertThat(other.call("fence", "9").path("reason").asText()).isEqualTo("NotStarted");
        assertThat(other.stop("TERM")).isZero();
        assertThat(other.state()).contains("uid=shop-uid").contains("role=primary");
        assertThat(RootFileSystem.read(other.pgdata().resolve("postgresql.auto.conf")))
                .isEqualTo("# untouched\n");

        RootFileSystem.run("rm", other.volume.resolve("state").toString());
        assertThat(ScriptedInstance.phaseOf(other.startAndWait())).isEqualTo("failedForeignVolume");
    }

    @Test
    void neverMakesADatabaseAnewWhereOneWas() {
        var database = instances.database();
        RootFileSystem.run("rm", "-r", database.pgdata().toString());
        assertThat(ScriptedInstance.phaseOf(database.startAndWait())).isEqualTo("failedNotADatabase");
        assertThat(database.pgdata()).doesNotExist();
    }
}
