package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.postgres.Lsn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** A fork of a source that has everything in it that could reach out of a copy, or break its quarantine. */
@Tag("postgres")
@TestInstance(Lifecycle.PER_CLASS)
class QuarantineInstanceScriptTest {
    private final Instances instances = new Instances();
    private HostileSource source;
    private ScriptedInstance fork;

    @BeforeAll
    void fork() {
        source = new HostileSource(instances);
        fork = source.fork().running();
    }

    @AfterAll
    void end() {
        instances.close();
    }

    @Test
    void opensOnATimelineOfItsOwnPastTheCut() {
        var status = fork.call("status");
        assertThat(status.path("timeline").asInt()).isEqualTo(2);
        assertThat(status.path("openedBy").asText()).isEqualTo("fork-uid/1");
        assertThat(Lsn.parse(status.path("switchPoint").asText())).isGreaterThan(cut());
        var timings = status.path("timings");
        assertThat(timings.path("recovered").asDouble())
                .isBetween(
                        timings.path("started").asDouble(),
                        timings.path("opened").asDouble());
        assertThat(fork.sql("app", "SELECT i FROM public.marker")).isEqualTo("before the cut");
    }

    @Test
    void onlyItsOwnLoginsWork() throws SQLException {
        assertThat(fork.sql("postgres", "SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY 1"))
                .isEqualTo("app\npgfork\npostgres");
        assertThat(fork.sql("postgres", "SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL ORDER BY 1"))
                .isEqualTo("app\npgfork");
        for (var role : HostileSource.ROLES) {
            assertThatThrownBy(() -> fork.login(role, HostileSource.PASSWORD, "app"))
                    .as(role)
                    .isInstanceOf(SQLException.class);
        }
        try (var owner = fork.login("app", ScriptedInstance.OWNER_PASSWORD, "app");
                var statement = owner.createStatement()) {
            statement.execute("SET default_transaction_read_only = off"); // the source's own choice for its clients
            statement.execute("CREATE TABLE public.by_owner ()");
            assertThatThrownBy(() -> statement.execute("SET ROLE admins")).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> statement.execute("SET ROLE postgres")).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> statement.execute("COPY (SELECT 1) TO PROGRAM 'true'"))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(
                        fork.sql(
                                "postgres",
                                "SELECT rolname FROM pg_roles WHERE rolname IN ('app', 'pgfork') AND (rolsuper OR rolreplication)"))
                .isEmpty();
        try (var operator = fork.login("pgfork", ScriptedInstance.PGFORK_PASSWORD, "postgres")) {
            assertThat(operator.isValid(10)).isTrue();
        }
    }

    @Test
    void nothingOfTheSourceIsScheduledSubscribedOrPrepared() {
        assertThat(fork.sql("app", "SELECT active FROM cron.job")).isEqualTo("f");
        assertThat(fork.sql("postgres", "SELECT count(*) FROM pg_subscription")).isEqualTo("0");
        assertThat(fork.sql("postgres", "SELECT count(*) FROM pg_prepared_xacts"))
                .isEqualTo("0");
        assertThat(fork.sql("postgres", "SELECT count(*) FROM pg_replication_slots"))
                .isEqualTo("0");
        assertThat(fork.sql("app", "SELECT evtname FROM pg_event_trigger WHERE evtenabled <> 'D'"))
                .isEmpty();
        assertThat(fork.sql("app", "SELECT * FROM public.touched"))
                .as("no trigger and no job ran")
                .isEmpty();
    }

    @Test
    void noDatabaseKeepsLoginsAtOtherServers() {
        assertThat(fork.sql("postgres", "SELECT datname FROM pg_database WHERE NOT datallowconn ORDER BY 1"))
                .as("what the source had closed is closed again")
                .isEqualTo("closed\ntemplate0");
        assertThat(fork.sql(
                        "postgres",
                        "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%closed_by_source%'"))
                .isEqualTo("0");
        fork.sql("postgres", "ALTER DATABASE closed ALLOW_CONNECTIONS true");
        for (var database : HostileSource.DATABASES) {
            assertThat(fork.sql(database, "SELECT count(*) FROM pg_user_mapping"))
                    .as(database)
                    .isEqualTo("0");
        }
        fork.sql("postgres", "ALTER DATABASE closed ALLOW_CONNECTIONS false");
    }

    @Test
    void settingsThatLoadCodeAreGoneAndOthersStay() {
        assertThat(fork.sql(
                        "postgres", "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%preload%'"))
                .isEqualTo("0");
        assertThat(
                        fork.sql(
                                "postgres",
                                "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON setdatabase = oid WHERE datname = 'app' AND setrole = 0"))
                .contains("work_mem=5MB");
        assertThat(fork.sql("postgres", "SELECT count(*) FROM pg_db_role_setting WHERE setrole = 'postgres'::regrole"))
                .isEqualTo("0");
    }

    @Test
    void filesOfTheSourceAreGone() throws IOException {
        assertThat(fork.pgdata())
                .isDirectoryNotContaining(
                        "glob:**/{standby.signal,recovery.signal,backup_label.old,server.key,.pgpass,pg_service.conf}")
                .isDirectoryNotContaining("glob:**/{postgresql,pg_hba,pg_ident}.conf");
        assertThat(fork.pgdata().resolve("postgresql.auto.conf")).isEmptyFile();
        try (var files = Files.walk(fork.pgdata())) {
            assertThat(files.filter(Files::isRegularFile).filter(file -> contains(file, "hunter2")))
                    .as("the source's passwords in files")
                    .isEmpty();
        }
    }

    @Test
    void nothingIsArchived() {
        fork.sql("postgres", "SELECT pg_switch_wal()");
        assertThat(fork.sql("postgres", "SHOW archive_mode")).isEqualTo("off");
        assertThat(fork.folder.resolve("run/archived")).doesNotExist();
    }

    @Test
    void itsOwnSettingsAreInForce() {
        assertThat(fork.sql("postgres", "SHOW max_connections"))
                .as("fewer than the source")
                .isEqualTo("20");
        assertThat(fork.sql("postgres", "SHOW max_prepared_transactions")).isEqualTo("0");
        assertThat(fork.sql("postgres", "SHOW wal_level")).isEqualTo("replica");
    }

    @Test
    void theQuarantineLeavesNoTraceInTheLog() {
        assertThat(fork.log())
                .doesNotContain(HostileSource.PASSWORD)
                .doesNotContain("SCRAM")
                .doesNotContain("redo");
    }

    @Test
    void theSourceIsUndisturbed() {
        source.publish("after the fork");
        await().atMost(ScriptedInstance.PATIENCE).until(() -> source.received().contains("after the fork"));
        assertThat(source.publishersSlots()).isEqualTo("live|t");
        assertThat(source.instance.sql("postgres", "SELECT count(*) FROM pg_replication_slots"))
                .isEqualTo("2");
        assertThat(source.instance.sql("postgres", "SELECT count(*) FROM pg_prepared_xacts"))
                .isEqualTo("2");
        assertThat(source.instance.sql("app", "SELECT active FROM cron.job")).isEqualTo("t");
        assertThat(fork.sql("app", "SELECT count(*) FROM public.published WHERE t = 'after the fork'"))
                .isEqualTo("0");
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Lsn cut() {
        return ((Seed.Snapshot) fork.template.seed()).cut();
    }
}
