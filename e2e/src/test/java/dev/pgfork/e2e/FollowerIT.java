package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A follower as its user has it: it receives the leader's writes, serves reads, and says how far behind it is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FollowerIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Instance shop;
    private Instance replica;

    @BeforeAll
    void makeADatabaseAndAFollower() throws SQLException {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                  parameters: {max_connections: "60"}
                  resources: {limits: {memory: 512Mi}}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: shop-replica}
                spec:
                  follows: {name: shop}
                """);
        shop = NAMESPACE.database("shop").awaitReady();
        shop.login().execute("create table kept (what text)");
        replica = NAMESPACE.follower("shop-replica").awaitReady();
    }

    @Test
    void receivesWhatTheLeaderCommits() throws SQLException {
        shop.login().execute("insert into kept values ('once')");
        NAMESPACE.eventually(
                "the row arrives",
                () -> assertThat(replica.login().query("select count(*) from kept where what = 'once'"))
                        .isEqualTo("1"));
        assertThatThrownBy(() -> replica.login().execute("insert into kept values ('never')"))
                .hasMessageContaining("read-only transaction");
    }

    @Test
    void theDatabasesReadOnlyServiceLeadsToIt() {
        NAMESPACE.eventually("shop-ro leads to the follower", () -> {
            var login = shop.login().at("shop-ro.%s.svc".formatted(NAMESPACE.name()));
            assertThat(login.query("select current_setting('cluster_name')")).isEqualTo("shop-replica");
        });
    }

    @Test
    void theStatusSaysHowItStands() {
        var status = replica.followerStatus();
        assertThat(status.streaming()).isTrue();
        assertThat(status.leader().name()).isEqualTo("shop");
        assertThat(status.leader().primary()).isEqualTo("shop");
        assertThat(status.slot()).startsWith("pgfork_shop_replica_");
        assertThat(status.instance().role()).isEqualTo("standby");
        assertThat(status.instance().systemIdentifier())
                .isEqualTo(shop.databaseStatus().instance().systemIdentifier());
        assertThat(status.seed().method()).isEqualTo("snapshot");
        assertThat(status.timings().streaming()).isPositive();
        assertThat(replica.condition("CopyOnWrite")).startsWith("True, Snapshot");
        NAMESPACE.eventually("nothing is left to replay", () -> {
            var lag = replica.followerStatus().lag();
            assertThat(lag.bytes()).isZero();
            assertThat(lag.commits()).isZero();
            assertThat(lag.seconds()).isZero();
        });
        assertThat(shop.psql("select slot_name, active from pg_replication_slots"))
                .isEqualTo(status.slot() + "|t");
    }

    @AfterAll
    void theLeaderStaysForItsFollower() throws SQLException {
        shop.delete();
        NAMESPACE.eventually(
                "the database waits for its follower",
                () -> assertThat(shop.condition("Stalled")).startsWith("True, HasFollowers: "));
        shop.login().execute("insert into kept values ('while it waits')");
    }
}
