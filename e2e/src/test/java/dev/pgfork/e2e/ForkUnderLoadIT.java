package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Pgbench;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import java.sql.SQLException;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A fork of a source that is being written to holds everything that was committed before it was asked for, at one
 * instant, and nothing of what belongs to the source alone.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForkUnderLoadIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final int CLIENTS = 4;

    /** Stands in files that a fork must not inherit; in no table. */
    private static final String SECRET_OF_THE_SOURCE = "do-not-copy-me";

    private Instance source;
    private Pgbench load;
    private AckedWriter writer;

    static IntStream runs() {
        return Runs.of(1, 10);
    }

    @BeforeAll
    void startWriting() throws SQLException {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 4Gi}
                  deletionPolicy: Delete
                  parameters:
                    wal_level: logical
                    archive_mode: "on"
                    archive_command: mkdir -p /tmp/archive && cp %p /tmp/archive/%f
                """);
        source = NAMESPACE.database("shop").awaitReady();
        Pgbench.initialize(source.shell(), 10);
        source.shell()
                .psql(
                        "app",
                        "select pg_create_physical_replication_slot('standby', true)",
                        "select pg_create_logical_replication_slot('changes', 'pgoutput')");
        source.shell().bash("""
                        cd /pgfork/volume/pgdata
                        echo "primary_conninfo = 'password=%1$s'" >>postgresql.auto.conf
                        (umask 077; echo %1$s | tee server.key .pgpass pg_service.conf >/dev/null)
                        touch standby.signal
                        """.formatted(SECRET_OF_THE_SOURCE));
        load = Pgbench.start(source.shell(), CLIENTS);
        writer = AckedWriter.start(source.login());
    }

    @ParameterizedTest(name = "run {0}")
    @MethodSource("runs")
    void theForkHasWhatWasCommittedAndNothingOfTheSourcesOwn(int run) throws SQLException {
        NAMESPACE.eventually("the source is under load", () -> {
            assertThat(load.connections()).isEqualTo(CLIENTS);
            assertThat(writer.acknowledged()).isNotEmpty();
        });

        var acknowledged = writer.acknowledged();
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: load-%d}
                spec:
                  from: {name: shop}
                """.formatted(run));
        var fork = NAMESPACE.fork("load-" + run).awaitReady();

        AckedWriter.assertHasAll(fork.login(), acknowledged);
        Pgbench.assertBalanced(fork.shell());
        Pgbench.assertSound(fork.shell());
        assertIsPastTheCut(fork);
        assertHasNothingOfTheSourcesOwn(fork);
        assertThat(load.connections()).as("clients of the source").isEqualTo(CLIENTS);

        fork.delete();
        fork.awaitGone();
    }

    private void assertIsPastTheCut(Instance fork) {
        var cut = Objects.requireNonNull(fork.forkStatus().source());
        assertThat(fork.psql("select '%s'::pg_lsn >= '%s'::pg_lsn".formatted(cut.lsn(), cut.lsnBefore())))
                .as("the switch point %s is not before the cut %s", cut.lsn(), cut.lsnBefore())
                .isEqualTo("t");
        var timeline = "select timeline_id from pg_control_checkpoint()";
        assertThat(Integer.parseInt(fork.psql("checkpoint; " + timeline)))
                .isGreaterThan(Integer.parseInt(source.psql(timeline)));
    }

    private static void assertHasNothingOfTheSourcesOwn(Instance fork) {
        assertThat(fork.psql("select count(*) from pg_replication_slots")).isEqualTo("0");
        assertThat(fork.psql("select pg_is_in_recovery()")).isEqualTo("f");
        assertThat(fork.psql("select current_setting('archive_mode') || current_setting('primary_conninfo')"))
                .isEqualTo("off");
        assertThat(fork.shell().bash("ls /pgfork/volume/pgdata"))
                .doesNotContain("standby.signal", "server.key", ".pgpass", "pg_service.conf");
        assertThat(fork.shell()
                        .attempt("grep", "-rlF", SECRET_OF_THE_SOURCE, "/pgfork/volume")
                        .stdout())
                .as("files with the source's secret")
                .isEmpty();
    }

    @AfterAll
    void theSourceWasNotDisturbed() {
        load.close();
        writer.close();
        assertThat(writer.interruptions())
                .as(() -> String.valueOf(writer.lastFailure()))
                .isZero();
        Pgbench.assertSound(source.shell());
    }
}
