package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.FencedBy;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The primary dies and does not come back; of two followers one has received less than the other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FailoverIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private WatchedDatabase database;

    @BeforeAll
    void writeToADatabaseWithTwoFollowers() throws SQLException {
        database = WatchedDatabase.with(NAMESPACE, "replica", "laggard");
    }

    /** Its volume is unusable. */
    @Test
    @Order(1)
    void theFollowerThatHasMostTakesOverByItselfAndNothingAcknowledgedIsLost() throws SQLException {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 2Gi}
                  deletionPolicy: Delete
                  failover: {mode: Automatic, after: 5s}
                  synchronous: {required: 1, whenUnavailable: Block}
                """);
        NAMESPACE.eventually(
                "commits wait for a follower",
                () -> assertThat(database.shop().condition("Synchronous")).startsWith("True"));
        var replica = database.member("replica");
        var laggard = database.member("laggard");
        var before = database.lastWritten();
        // A server whose walreceiver is frozen does not stop either.
        try (var frozen = FrozenReceiver.of(laggard)) {
            database.awaitWritesTo(database.shop());
            ruin(database.shop());

            NAMESPACE.eventually(
                    "replica is the primary",
                    () -> assertThat(database.shop().databaseStatus().primary()).isEqualTo("replica"));
            assertThat(frozen.standby().name()).isNotEqualTo(replica.name());
        }
        database.awaitWritesTo(replica);
        AckedWriter.assertHasAll(
                database.shop().login(), database.writer().history().numbers());
        database.watch().assertNeverTwoPrimaries();
        NAMESPACE.eventually("the failover is told of", () -> {
            var failover =
                    Objects.requireNonNull(database.shop().databaseStatus().failover());
            assertThat(failover.from()).isEqualTo("shop");
            assertThat(failover.to()).isEqualTo("replica");
            assertThat(failover.fencedBy()).isEqualTo(FencedBy.Instance);
            assertThat(failover.lastSeenLsn()).isNotNull();
            assertThat(failover.message()).contains("Every acknowledged commit is there");
        });
        assertThat(NAMESPACE
                        .client()
                        .persistentVolumeClaims()
                        .inNamespace(NAMESPACE.name())
                        .withName("shop-g1")
                        .get())
                .as("the volume of the old primary")
                .isNotNull();
        laggard.awaitReady();
        database.reportGap("failover", before);
        NAMESPACE.eventually(
                "commits wait for a follower again",
                () -> assertThat(database.shop().condition("Synchronous")).startsWith("True"));
        reportWindow(replica);
    }

    @AfterAll
    void stop() {
        if (database != null) {
            database.close();
        }
    }

    /** For people: how long the new primary acknowledged what was on no follower yet. The clocks must be one. */
    private void reportWindow(Instance primary) {
        var reloaded = Double.parseDouble(primary.psql("select extract(epoch from pg_conf_load_time())"));
        var toWallClock = System.currentTimeMillis() / 1e3 - System.nanoTime() / 1e9;
        var early = database.writer().history().writes().stream()
                .filter(write -> write.server().startsWith(primary.uid() + "/"))
                .mapToDouble(write -> write.nanos() / 1e9 + toWallClock)
                .filter(time -> time < reloaded)
                .sorted()
                .toArray();
        System.out.printf(
                "failover: %d rows acknowledged within %.0f ms before the new primary had names%n",
                early.length, early.length == 0 ? 0 : (reloaded - early[0]) * 1e3);
    }

    /** Its server cannot start again. */
    private static void ruin(Instance primary) {
        primary.shell()
                .bash(
                        "rm /pgfork/volume/pgdata/pg_wal/0*; kill -KILL \"$(head -1 /pgfork/volume/pgdata/postmaster.pid)\"");
    }
}
