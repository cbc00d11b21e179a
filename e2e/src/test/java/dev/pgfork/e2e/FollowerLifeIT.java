package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Operator;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What followers get over by themselves, and what they leave behind when they go: nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FollowerLifeIT {
    private static final String NODE_LABEL = "pgfork-e2e/followers";

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Instance shop;

    @BeforeAll
    void makeADatabase() throws SQLException {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                  parameters:
                    max_connections: "120"
                    work_mem: 8MB
                    max_slot_wal_keep_size: 64MB
                    max_wal_size: 64MB
                  resources: {limits: {memory: 512Mi}}
                """);
        shop = NAMESPACE.database("shop").awaitReady();
        shop.login().execute("create table kept (what text)");
        shop.login().execute("insert into kept values ('before')");
    }

    @Test
    void anotherPlanIsUsedAsFarAsPostgresAllows() throws SQLException {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: small}
                spec:
                  follows: {name: shop}
                  parameters: {max_connections: "20", work_mem: 4MB}
                  resources: {limits: {memory: 256Mi}}
                """);
        var small = NAMESPACE.follower("small").awaitReady();
        assertThat(small.login().query("show work_mem")).isEqualTo("4MB");
        assertThat(small.login().query("show shared_buffers")).isEqualTo("64MB");
        assertThat(small.login().query("show max_connections"))
                .as("a standby may not have fewer than its leader")
                .isEqualTo("120");
        assertThat(small.login().query("select what from kept")).isEqualTo("before");
    }

    @Test
    void aDeletedClaimIsRebuilt() throws SQLException {
        follower("without-volume", "shop", "PostgresDatabase");
        var follower = NAMESPACE.follower("without-volume").awaitReady();
        NAMESPACE
                .client()
                .persistentVolumeClaims()
                .inNamespace(NAMESPACE.name())
                .withName(follower.generationName())
                .delete();
        NAMESPACE.eventually(
                "the next generation is on its way",
                () -> assertThat(follower.followerStatus().instance().generation())
                        .isEqualTo(2));
        follower.awaitReadyInTheEnd();
        assertThat(follower.followerStatus().rebuild().reason()).isEqualTo("VolumeLost");
        assertThat(follower.login().query("select what from kept")).isEqualTo("before");
        NAMESPACE.eventually(
                "nothing of the first generation is left",
                () -> assertThat(NAMESPACE.objectsOf("without-volume"))
                        .noneMatch(object -> object.equals("StatefulSet/without-volume-g1")
                                || object.equals("PersistentVolumeClaim/without-volume-g1")));
    }

    @Test
    void oneThatWasAwayTooLongFillsNoDiskAndIsRebuilt() throws SQLException {
        NAMESPACE.labelAllNodes(NODE_LABEL, "may-run");
        try {
            pinnedFollower("away");
            var follower = NAMESPACE.follower("away").awaitReady();
            NAMESPACE.removeLabelOfNodes(NODE_LABEL);
            follower.deletePod();
            follower.awaitNotReady("Restarting");
            shop.login().execute("create table much (line text)");
            for (var round = 0; round < 12; round++) {
                shop.login().execute("insert into much select repeat('x', 1000) from generate_series(1, 20000)");
                shop.psql("checkpoint");
                assertWalIsBounded();
            }
            assertThat(shop.psql("select wal_status from pg_replication_slots where slot_name = '"
                            + follower.followerStatus().slot() + "'"))
                    .isEqualTo("lost");
            NAMESPACE.labelAllNodes(NODE_LABEL, "may-run");
            NAMESPACE.eventually(
                    "the follower is rebuilt",
                    () -> assertThat(follower.followerStatus().instance().generation())
                            .isEqualTo(2));
            follower.awaitReadyInTheEnd();
            assertThat(follower.followerStatus().rebuild().reason()).isEqualTo("WalGone");
            assertThat(follower.login().query("select count(*) from much")).isEqualTo("240000");
            assertWalIsBounded();
        } finally {
            NAMESPACE.removeLabelOfNodes(NODE_LABEL);
        }
    }

    /** WAL that nobody keeps, that the slot may keep, and what is written between two looks. */
    private void assertWalIsBounded() {
        assertThat(Long.parseLong(shop.psql("select sum(size) from pg_ls_waldir()")))
                .as("WAL on the leader's disk")
                .isLessThan(300L << 20);
    }

    /** The slot of such a one looks as good as any: only the WAL itself tells. */
    @Test
    void oneWhoseSlotWasMadeAnewTooLateIsRebuilt() throws SQLException {
        NAMESPACE.labelAllNodes(NODE_LABEL, "may-run");
        try {
            pinnedFollower("late");
            var follower = NAMESPACE.follower("late").awaitReady();
            var slot = follower.followerStatus().slot();
            NAMESPACE.removeLabelOfNodes(NODE_LABEL);
            follower.deletePod();
            follower.awaitNotReady("Restarting");
            shop.psql("select pg_drop_replication_slot('" + slot + "')");
            for (var round = 0; round < 3; round++) {
                shop.psql("select pg_switch_wal()");
                shop.psql("checkpoint");
            }
            shop.psql("select pg_create_physical_replication_slot('" + slot + "', true)");

            NAMESPACE.labelAllNodes(NODE_LABEL, "may-run");
            NAMESPACE.eventually(
                    "the follower is rebuilt",
                    () -> assertThat(follower.followerStatus().instance().generation())
                            .isEqualTo(2));
            follower.awaitReadyInTheEnd();
            assertThat(follower.followerStatus().rebuild().reason()).isEqualTo("WalGone");
            assertThat(follower.login().query("select count(*) from kept where what = 'before'"))
                    .isEqualTo("1");
        } finally {
            NAMESPACE.removeLabelOfNodes(NODE_LABEL);
        }
    }

    /** Somebody wrote to its volume while the operator was away; no such thing comes of what pgfork does. */
    @Test
    void oneThatHasDivergedIsRebuiltAndItsVolumeKept() throws SQLException {
        follower("diverged", "shop", "PostgresDatabase");
        var follower = NAMESPACE.follower("diverged").awaitReady();
        var volume = follower.generationName();
        var operator = new Operator(NAMESPACE.client());
        operator.stop();
        try {
            follower.freezeContainer();
            follower.shell().bash("""
                    set -e
                    cd /pgfork/volume/pgdata
                    pg_ctl stop -D "$PWD" -m fast
                    rm standby.signal
                    echo 'create table only_here as select i from generate_series(1, 300000) i' |
                      postgres --single -c config_file=/pgfork/run/conf/postgresql.conf -D "$PWD" app
                    touch standby.signal
                    """);
        } finally {
            follower.endContainer();
            operator.start();
        }
        NAMESPACE.eventually(
                "the follower is rebuilt",
                () -> assertThat(follower.followerStatus().instance().generation())
                        .isEqualTo(2));
        follower.awaitReadyInTheEnd();

        var rebuild = follower.followerStatus().rebuild();
        assertThat(rebuild.reason()).isEqualTo("Diverged");
        assertThat(rebuild.keptVolume()).isEqualTo(volume);
        assertThat(follower.login().query("select to_regclass('only_here')")).isEqualTo("null");
        var kept = NAMESPACE
                .client()
                .persistentVolumeClaims()
                .inNamespace(NAMESPACE.name())
                .withName(volume)
                .get();
        assertThat(kept.getMetadata().getDeletionTimestamp()).isNull();
        assertThat(kept.getMetadata().getAnnotations()).containsEntry("pgfork.dev/kept", "Diverged");
    }

    @Test
    void oneThatIsDeletedWhileItsPodIsDownLeavesNoSlot() {
        NAMESPACE.labelAllNodes(NODE_LABEL, "may-run");
        try {
            pinnedFollower("gone");
            var follower = NAMESPACE.follower("gone").awaitReady();
            var slot = follower.followerStatus().slot();
            NAMESPACE.removeLabelOfNodes(NODE_LABEL);
            follower.deletePod();
            follower.delete();
            follower.awaitGone();
            assertThat(shop.psql("select count(*) from pg_replication_slots where slot_name = '" + slot + "'"))
                    .isEqualTo("0");
            assertThat(shop.psql("select count(*) from pg_roles where rolname = 'pgfork_replica_gone'"))
                    .isEqualTo("0");
        } finally {
            NAMESPACE.removeLabelOfNodes(NODE_LABEL);
        }
    }

    @Test
    void aForkIsFollowedLikeADatabase() throws SQLException {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-7}
                spec:
                  from: {name: shop}
                """);
        var fork = NAMESPACE.fork("pr-7").awaitReady();
        follower("pr-7-replica", "pr-7", "PostgresFork");
        var follower = NAMESPACE.follower("pr-7-replica").awaitReady();
        fork.login().execute("insert into kept values ('on the fork')");
        NAMESPACE.eventually(
                "the fork's row arrives",
                () -> assertThat(follower.login().query("select count(*) from kept where what = 'on the fork'"))
                        .isEqualTo("1"));

        fork.psql("select pg_create_physical_replication_slot('pgfork_gone_0d0d0d0d', true)");
        fork.psql("select pg_create_physical_replication_slot('barman', true)");
        NAMESPACE.eventually(
                "the slot of a follower that is no more is dropped, and nobody else's",
                () -> assertThat(fork.psql("select slot_name from pg_replication_slots order by 1"))
                        .isEqualTo("barman\n" + follower.followerStatus().slot()));
        assertThat(follower.followerStatus().streaming()).isTrue();

        fork.delete();
        NAMESPACE.eventually(
                "the fork waits for its follower",
                () -> assertThat(fork.condition("Stalled")).startsWith("True, HasFollowers: "));
        follower.delete();
        follower.awaitGone();
        fork.awaitGone();
    }

    @Test
    void whatCannotBeMadeIsRefusedAndSaysWhatToDo() {
        follower("chained-leader", "shop", "PostgresDatabase");
        NAMESPACE.follower("chained-leader").awaitReady();
        follower("chained", "chained-leader", "PostgresFollower");
        assertThat(NAMESPACE.follower("chained").awaitRefused("ChainedFollower"))
                .contains("chained-leader");
        follower("lonely", "nobody", "PostgresDatabase");
        assertThat(NAMESPACE.follower("lonely").awaitNotReady("LeaderNotFound")).contains("nobody");
        for (var name : List.of("chained", "lonely", "chained-leader")) {
            NAMESPACE.follower(name).delete();
            NAMESPACE.follower(name).awaitGone();
        }
    }

    private static void follower(String name, String leader, String kind) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: %s}
                spec:
                  follows: {kind: %s, name: %s}
                """.formatted(name, kind, leader));
    }

    /** Its pod runs only while nodes have the label. */
    private static void pinnedFollower(String name) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: %s}
                spec:
                  follows: {name: shop}
                  pod: {nodeSelector: {%s: may-run}}
                """.formatted(name, NODE_LABEL));
    }
}
