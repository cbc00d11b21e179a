package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.e2e.cluster.Pgbench;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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

    @AfterAll
    void bothHadBeenPrimaries() {
        if (database != null) {
            database.close();
            assertThat(database.watch().primaries()).containsExactly("replica", "shop");
        }
    }
}
