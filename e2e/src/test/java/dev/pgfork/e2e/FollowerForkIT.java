package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Pgbench;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A fork of a follower has what the follower had, and asks nothing of the primary, which is being written to. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FollowerForkIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final int CLIENTS = 4;

    private Instance shop;
    private Instance replica;
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
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: shop-replica}
                spec:
                  follows: {name: shop}
                  parameters: {work_mem: 8MB}
                """);
        shop = NAMESPACE.database("shop").awaitReady();
        replica = NAMESPACE.follower("shop-replica").awaitReady();
        Pgbench.initialize(shop.shell(), 5);
        load = Pgbench.start(shop.shell(), CLIENTS);
        writer = AckedWriter.start(shop.login());
    }

    @ParameterizedTest(name = "run {0}")
    @MethodSource("runs")
    void theForkHasWhatTheFollowerHadAndThePrimaryIsNotTouched(int run) throws SQLException {
        NAMESPACE.eventually("the primary is under load", () -> {
            assertThat(load.connections()).isEqualTo(CLIENTS);
            assertThat(writer.acknowledged()).isNotEmpty();
        });
        var acknowledged = writer.acknowledged();
        NAMESPACE.eventually(
                "the follower has replayed what was acknowledged",
                () -> AckedWriter.assertHasAll(replica.login(), acknowledged));
        var checkpoints = checkpointsOnDemand();

        var cuts = new Cuts();
        try (var _ = NAMESPACE
                .client()
                .resources(VolumeSnapshot.class)
                .inNamespace(NAMESPACE.name())
                .watch(cuts)) {
            NAMESPACE.apply("""
                    apiVersion: pgfork.dev/v1alpha1
                    kind: PostgresFork
                    metadata: {name: report-%d}
                    spec:
                      from: {kind: PostgresFollower, name: shop-replica}
                      checkpoint: Always
                    """.formatted(run));
            NAMESPACE.fork("report-" + run).awaitReady();
        }

        var fork = NAMESPACE.fork("report-" + run);
        assertThat(cuts.claims).as("volumes that were cut").containsExactly("shop-replica-g1");
        assertThat(checkpointsOnDemand())
                .as("checkpoints that somebody asked the primary for")
                .isEqualTo(checkpoints);
        AckedWriter.assertHasAll(fork.login(), acknowledged);
        Pgbench.assertBalanced(fork.shell());
        Pgbench.assertSound(fork.shell());
        assertThat(fork.psql("show work_mem")).as("inherited from the follower").isEqualTo("8MB");
        assertThat(fork.psql("select pg_is_in_recovery()")).isEqualTo("f");
        assertThat(fork.psql("select count(*) from pg_replication_slots")).isEqualTo("0");
        assertSaysHowFreshItIs(fork);
        assertThat(replica.followerStatus().streaming()).isTrue();

        fork.delete();
        fork.awaitGone();
    }

    private static void assertSaysHowFreshItIs(Instance fork) {
        var source = Objects.requireNonNull(fork.forkStatus().source());
        assertThat(source.kind()).isEqualTo("PostgresFollower");
        assertThat(source.name()).isEqualTo("shop-replica");
        assertThat(fork.psql("select '%s'::pg_lsn >= '%s'::pg_lsn".formatted(source.lsn(), source.lsnBefore())))
                .isEqualTo("t");
        var freshness = Objects.requireNonNull(source.freshness());
        assertThat(freshness.leader()).isEqualTo("shop");
        assertThat(freshness.missingBytes()).isNotNegative();
        assertThat(Instant.parse(Objects.requireNonNull(freshness.lastCommit())))
                .as("committed before the cut")
                .isBefore(Instant.parse(Objects.requireNonNull(source.cutTime())));
    }

    /** Postgres logs why each checkpoint starts; only CHECKPOINT and the like wait for it. */
    private long checkpointsOnDemand() {
        return NAMESPACE
                .log(shop.podName())
                .lines()
                .filter(line -> line.contains("checkpoint starting:") && line.contains("wait"))
                .count();
    }

    /** The claims of all snapshots that are made meanwhile. */
    private static final class Cuts implements Watcher<VolumeSnapshot> {
        private final Set<String> claims = new ConcurrentSkipListSet<>();

        @Override
        public void eventReceived(Action action, VolumeSnapshot snapshot) {
            claims.add(snapshot.getSpec().getSource().getPersistentVolumeClaimName());
        }

        @Override
        public void onClose(WatcherException cause) {
            throw new AssertionError("not all snapshots were seen", cause);
        }
    }

    @AfterAll
    void theSourceWasNotDisturbed() {
        load.close();
        writer.close();
        assertThat(writer.interruptions())
                .as(() -> String.valueOf(writer.lastFailure()))
                .isZero();
    }
}
