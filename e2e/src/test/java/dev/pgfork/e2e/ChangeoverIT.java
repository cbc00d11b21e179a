package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.e2e.cluster.Pgbench;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The primary role moves between a database's own instance and its follower, back and forth, while clients write. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChangeoverIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final int CLIENTS = 4;

    private WatchedDatabase database;

    static IntStream runs() {
        return Runs.of(3, 20);
    }

    @BeforeAll
    void writeToADatabaseWithAFollower() throws SQLException {
        database = WatchedDatabase.with(NAMESPACE, "replica");
        Pgbench.initialize(database.shop().shell(), 10);
    }

    @ParameterizedTest(name = "run {0}")
    @MethodSource("runs")
    void nothingThatWasAcknowledgedIsLost(int run) throws SQLException {
        var from = database.primary();
        var to = database.standby();
        var restarts = from.restarts();
        var podOfTheOldPrimary = from.uidOfPod();
        var before = database.lastWritten();
        try (var load = Pgbench.start(from.shell(), CLIENTS)) {
            NAMESPACE.eventually(
                    "the primary is under load",
                    () -> assertThat(load.connections()).isEqualTo(CLIENTS));
            var outcome = database.awaitOutcome(database.promote(to));

            assertThat(outcome.outcome()).as(outcome.toString()).isEqualTo(PromotionStatus.Outcome.Done);
        }
        assertThat(database.primary().name()).isEqualTo(to.name());
        database.awaitWritesTo(to);
        database.awaitAllFollow();
        database.assertNothingLost();
        Pgbench.assertBalanced(to.shell());
        assertThat(from.uidOfPod()).as("the old primary's pod").isEqualTo(podOfTheOldPrimary);
        assertThat(from.restarts()).as("restarts of its container").isEqualTo(restarts);
        List.of(from, to).forEach(member -> member.awaitReady());
        database.reportGap("changeover " + run, before);
    }

    /** Its volume is cut then, and clients go on. */
    @Test
    void aForkIsMadeOfTheFollowerThatIsThePrimary() throws SQLException {
        if (!database.primary().name().equals("replica")) {
            var replica = database.standby();
            var outcome = database.awaitOutcome(database.promote(replica));
            assertThat(outcome.outcome()).as(outcome.toString()).isEqualTo(PromotionStatus.Outcome.Done);
            database.awaitWritesTo(replica);
            database.awaitAllFollow();
        }
        var acknowledged = database.writer().history().numbers();
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-9}
                spec:
                  from: {name: shop}
                """);
        var fork = NAMESPACE.fork("pr-9").awaitReady();

        assertThat(fork.forkStatus().source().kind()).isEqualTo("PostgresDatabase");
        AckedWriter.assertHasAll(fork.login(), acknowledged);
        fork.login().execute("create table own (i int)");
        assertThat(fork.psql("select slot_name from pg_replication_slots")).isEmpty();
        assertThat(fork.psql("show primary_conninfo")).isEmpty();
        database.assertNothingLost();
        fork.delete();
        fork.awaitGone();
    }

    @AfterAll
    void bothHadBeenPrimaries() {
        if (database != null) {
            database.close();
            assertThat(database.watch().primaries()).containsExactly("replica", "shop");
        }
    }
}
