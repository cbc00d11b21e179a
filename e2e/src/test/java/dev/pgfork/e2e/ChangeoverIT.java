package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.e2e.cluster.Pgbench;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The primary role moves between a database's own instance and its follower, back and forth, while clients write. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ChangeoverIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final int CLIENTS = 4;

    private WatchedDatabase database;

    static IntStream runs() {
        return Runs.of(2, 20);
    }

    @BeforeAll
    void writeToADatabaseWithAFollower() throws SQLException {
        database = WatchedDatabase.with(NAMESPACE, "replica");
        Pgbench.initialize(database.shop().shell(), 10);
    }

    @ParameterizedTest(name = "run {0}")
    @Order(1)
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
    @Order(2)
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

    /** Pipelines apply a manifest again and again, and now and then one of yesterday. */
    @Test
    @Order(3)
    void aCommandIsCarriedOutOnceAndNoneBeforeIt() {
        var shop = database.shop();
        var primary = database.primary();
        var other = database.standby();
        var done = Objects.requireNonNull(shop.databaseStatus().promotion());
        var before = Instant.parse(done.at()).minusSeconds(60).toString();
        var later = Instant.now().plus(Duration.ofHours(1)).toString();
        var commands = List.of(
                Map.entry(primary, done.at()), // the same manifest
                Map.entry(other, before), // an older one
                Map.entry(other, done.at()),
                Map.entry(other, later));
        for (var command : commands) {
            database.order(command.getKey(), command.getValue());
            database.awaitSpecSeen();
            assertThat(shop.databaseStatus().primary()).isEqualTo(primary.name());
            assertThat(shop.databaseStatus().changeover()).isNull();
            assertThat(shop.databaseStatus().promotion()).isEqualTo(done);
        }
        database.order(primary, done.at());
        database.awaitSpecSeen();
    }

    /** Whether its last command was carried out nobody knows then; who is the primary the instances do. */
    @Test
    @Order(4)
    void aLostStatusChangesNoPrimary() throws SQLException {
        var primary = database.primary();
        var command = Objects.requireNonNull(database.shop().databaseStatus().promotion());
        database.loseStatus();
        NAMESPACE.eventually("the primary is known again", () -> {
            var status = database.shop().databaseStatus();
            assertThat(status.primary()).isEqualTo(primary.name());
            assertThat(status.promotion())
                    .returns(command.at(), PromotionStatus::at)
                    .returns(PromotionStatus.Outcome.Refused, PromotionStatus::outcome)
                    .returns("StatusLost", PromotionStatus::reason);
        });
        database.shop().awaitReadyInTheEnd();
        database.awaitAllFollow();
        database.awaitWritesTo(primary);
        database.assertNothingLost();
    }

    /** It goes in the end, with its database. */
    @Test
    @Order(5)
    void aDeletedFollowerStaysWhileItIsThePrimary() throws SQLException {
        var replica = database.members().getLast();
        assertThat(database.primary().name()).isEqualTo(replica.name());
        replica.delete();
        NAMESPACE.eventually(
                "the follower that is the primary stays",
                () -> assertThat(replica.condition("Stalled")).startsWith("True, IsPrimary: "));
        database.awaitWritesTo(replica);
        database.assertNothingLost();
    }

    @AfterAll
    void bothHadBeenPrimaries() {
        if (database != null) {
            database.close();
            assertThat(database.watch().primaries()).containsExactly("replica", "shop");
        }
    }
}
