package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import dev.pgfork.e2e.postgres.Login;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.sql.SQLException;
import java.util.NavigableSet;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A follower that is unfollowed while its leader is written to becomes a database of its own, which reaches neither the
 * leader nor that one's publisher, and lets nobody in who had a password there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnfollowIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Instance upstream;
    private Instance shop;
    private Instance replica;
    private Login before;
    private String slot;
    private String volume;
    private AckedWriter writer;
    private NavigableSet<Long> acknowledged;

    @BeforeAll
    void unfollow() throws SQLException {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: upstream}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                  parameters: {wal_level: logical}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                """);
        upstream = NAMESPACE.database("upstream").awaitReady();
        shop = NAMESPACE.database("shop").awaitReady();
        subscribe();
        follow("shop-replica", "{name: shop}", false);
        replica = NAMESPACE.follower("shop-replica").awaitReady();
        before = replica.login();
        slot = Objects.requireNonNull(replica.followerStatus().slot());
        volume = claimUid();
        writer = AckedWriter.start(shop.login());
        NAMESPACE.eventually(
                "rows are acknowledged", () -> assertThat(writer.acknowledged()).isNotEmpty());
        acknowledged = writer.acknowledged();
        NAMESPACE.eventually(
                "the follower has replayed what was acknowledged",
                () -> AckedWriter.assertHasAll(replica.login(), acknowledged));

        follow("shop-replica", "{name: shop}", true);
        NAMESPACE.eventually(
                "shop-replica is unfollowed",
                () -> assertThat(replica.condition("Unfollowed")).startsWith("True, Unfollowed: "));
        replica.awaitReady();
    }

    private void subscribe() {
        upstream.shell()
                .psql(
                        "app",
                        "create role subscriber login replication password 'sub-secret'",
                        "create table orders (id int primary key)",
                        "grant select on orders to subscriber",
                        "create publication all_orders for table orders");
        shop.shell()
                .psql(
                        "app",
                        "create table orders (id int primary key)",
                        "create subscription orders_of_upstream connection 'host=upstream.%s.svc dbname=app user=subscriber"
                                        .formatted(NAMESPACE.name())
                                + " password=sub-secret sslmode=require' publication all_orders");
    }

    private static void follow(String name, String leader, boolean unfollow) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: %s}
                spec:
                  follows: %s
                  unfollow: %s
                """.formatted(name, leader, unfollow));
    }

    @Test
    void hasWhatItHadReceivedAndAcceptsWrites() throws SQLException {
        AckedWriter.assertHasAll(replica.login(), acknowledged);
        replica.login().execute("create table own (i int)");
        assertThat(replica.login().query("select pg_is_in_recovery()")).isEqualTo("f");
        assertThat(claimUid()).as("the same volume").isEqualTo(volume);
    }

    @Test
    void saysWhereItLeft() {
        var status = replica.followerStatus();
        var unfollowed = Objects.requireNonNull(status.unfollowed());
        assertThat(unfollowed.timeline()).isEqualTo(1);
        assertThat(status.instance().timeline()).isGreaterThan(1);
        assertThat(status.instance().role()).isEqualTo("primary");
        assertThat(status.leader().name()).as("what was followed").isEqualTo("shop");
        assertThat(status.slot()).isNull();
        assertThat(status.lag()).isNull();
        assertThat(status.binding().name()).isEqualTo("shop-replica-app");
        var switchPoint = replica.shell()
                .bash("awk '$1 == 1 {print $2}' /pgfork/volume/pgdata/pg_wal/%08X.history"
                        .formatted(status.instance().timeline()))
                .strip();
        assertThat(replica.psql("select '%s'::pg_lsn >= '%s'::pg_lsn".formatted(switchPoint, unfollowed.lsn())))
                .isEqualTo("t");
    }

    @Test
    void isReachedWithNewPasswordsAndAnAuthorityOfItsOwnOnly() {
        assertThat(replica.login().authority()).isNotEqualTo(before.authority());
        assertThat(replica.login().password()).isNotEqualTo(before.password());
        assertThatThrownBy(() -> before.query("select 1")).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> before.trusting(replica.login().authority()).query("select 1"))
                .as("the leader's password")
                .hasMessageContaining("password authentication failed");
        assertThat(replica.psql("select rolname from pg_roles where rolcanlogin order by 1"))
                .isEqualTo("app\npgfork\npostgres");
    }

    @Test
    void theLeaderHasNeitherItsSlotNorItsRoleAnyMore() {
        NAMESPACE.eventually("slot and role are gone", () -> {
            assertThat(shop.psql("select slot_name from pg_replication_slots")).doesNotContain(slot);
            assertThat(shop.psql("select rolname from pg_roles where rolname = 'pgfork_replica_shop-replica'"))
                    .isEmpty();
        });
        assertThat(replica.psql("show primary_conninfo")).isEmpty();
    }

    @Test
    void thePublishersSlotGoesOnStreamingToTheLeader() {
        assertThat(replica.psql("select count(*) from pg_subscription")).isEqualTo("0");
        shop.deletePod();
        shop.awaitReadyInTheEnd();
        upstream.psql("insert into orders values (2)");
        NAMESPACE.eventually(
                "the order arrives at the leader",
                () -> assertThat(shop.psql("select count(*) from orders")).isEqualTo("1"));
        assertThat(upstream.psql("select slot_name from pg_replication_slots where active"))
                .isEqualTo("orders_of_upstream");
        assertThat(replica.psql("select count(*) from orders")).isEqualTo("0");
    }

    @Test
    void theFlagCannotBeTakenBack() {
        assertThatThrownBy(() -> follow("shop-replica", "{name: shop}", false))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("spec.unfollow cannot be taken back");
    }

    @Test
    void canBeForkedAndFollowed() throws SQLException {
        replica.login().execute("create table kept as select 1 as i");
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: fork-of-it}
                spec:
                  from: {kind: PostgresFollower, name: shop-replica}
                """);
        follow("follower-of-it", "{kind: PostgresFollower, name: shop-replica}", false);
        var fork = NAMESPACE.fork("fork-of-it").awaitReady();
        assertThat(fork.login().query("select i from kept")).isEqualTo("1");
        assertThat(fork.forkStatus().source().freshness()).as("of a primary").isNull();
        var follower = NAMESPACE.follower("follower-of-it").awaitReady();
        replica.login().execute("insert into kept values (2)");
        NAMESPACE.eventually(
                "the row arrives",
                () -> assertThat(follower.login().query("select count(*) from kept"))
                        .isEqualTo("2"));
    }

    @Test
    void comesBackAsWhatItIsWhenItsPodIsReplaced() throws SQLException {
        replica.login().execute("create table survives (i int)");
        replica.deletePod();
        replica.awaitReadyInTheEnd();
        replica.login().execute("insert into survives values (1)");
    }

    private String claimUid() {
        return NAMESPACE
                .client()
                .persistentVolumeClaims()
                .inNamespace(NAMESPACE.name())
                .withName("shop-replica-g1")
                .get()
                .getMetadata()
                .getUid();
    }

    @AfterAll
    void stopWriting() {
        writer.close();
    }
}
