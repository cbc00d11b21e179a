package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.FencedBy;
import dev.pgfork.api.v1alpha1.LastFailover;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.LostNode;
import dev.pgfork.e2e.cluster.Operator;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Primaries die one after the other, in ways that their own script cannot prove, and people say who takes over. Commits
 * wait for nobody unless a test says so. Each test goes on where the one before has ended.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ManualFailoverIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private WatchedDatabase database;
    private Instance best;
    private Instance other;

    /** Rows from this one on were written after the last failover. */
    private long since = 1;

    @BeforeAll
    void writeToADatabaseWithThreeFollowers() throws SQLException {
        new Operator(NAMESPACE.client()).replace();
        database = WatchedDatabase.with(NAMESPACE, "replica", "laggard", "third");
        best = database.member("replica");
        other = database.member("third");
    }

    /** Its control file cannot be read, so that its script proves nothing: Kubernetes ends the pod. */
    @Test
    @Order(1)
    void aPersonPromotesTheFollowerThatHasMost() throws SQLException {
        var shop = database.shop();
        var pod = shop.uidOfPod();
        try (var laggard = FrozenReceiver.of(database.member("laggard"))) {
            awaitLeadOf(shop, laggard.standby());
            blind(shop);
            if (received(other, ">", best)) {
                best = database.member("third");
                other = database.member("replica");
            }

            var refused = database.awaitOutcome(database.promote(laggard.standby()));
            assertThat(refused.outcome()).as(refused.toString()).isEqualTo(Outcome.Refused);
            assertThat(refused.reason()).isEqualTo("AnotherHasMore");

            var at = database.promote(best);
            NAMESPACE.eventually("the pod is being stopped, and held", () -> {
                var meta = shop.pod().orElseThrow().getMetadata();
                assertThat(meta.getDeletionTimestamp()).isNotNull();
                assertThat(meta.getFinalizers()).contains("pgfork.dev/end-on-record");
            });
            // Nobody sees how the pod ends; it waits for somebody who does.
            new Operator(NAMESPACE.client()).kill();
            var done = database.awaitOutcome(at);
            assertThat(done.outcome()).as(done.toString()).isEqualTo(Outcome.Done);
        }
        database.awaitWritesTo(best);
        var failover = toldFailover("shop", best.name());
        assertThat(failover.fencedBy()).isEqualTo(FencedBy.PodEnded);
        assertThat(failover.automatic()).isFalse();
        assertThat(failover.message()).contains("Commits made later may be lost");
        assertOnlyTheLastAreMissing();
        assertKeeps("shop-g1");
        NAMESPACE.eventually(
                "the pod that was stopped is gone, and another one has come",
                () -> assertThat(shop.uidOfPod()).isNotEqualTo(pod).isNotEmpty());
        other.awaitReadyInTheEnd();
        database.member("laggard").awaitReadyInTheEnd();
        database.watch().assertNeverTwoPrimaries();
        restoreSight(shop);
    }

    /** The primary is a follower's instance this time, and the others follow whoever had less. */
    @Test
    @Order(2)
    void withForceAPersonPromotesOneThatHasLess() throws SQLException {
        var primary = database.primary();
        assertThat(primary.name()).isEqualTo(best.name());
        var volume = primary.generationName();
        String at;
        try (var laggard = FrozenReceiver.of(database.member("laggard"))) {
            awaitLeadOf(primary, laggard.standby());
            blind(primary);

            at = database.promote(laggard.standby(), "force: true");
            // It is chosen for what it has now; frozen it could not become the primary.
            database.awaitStep(at, ChangeoverStep.Promoting);
        }
        var done = database.awaitOutcome(at);
        assertThat(done.outcome()).as(done.toString()).isEqualTo(Outcome.Done);
        database.awaitWritesTo(database.member("laggard"));
        var failover = toldFailover(primary.name(), "laggard");
        assertThat(failover.fencedBy()).isEqualTo(FencedBy.PodEnded);
        assertThat(failover.message()).contains("bytes of WAL that were seen there are missing");
        assertOnlyTheLastAreMissing();
        assertKeeps(volume);
        // From a new volume, if it had received more: FollowerLifeIT shows that.
        other.awaitReadyInTheEnd();
        database.watch().assertNeverTwoPrimaries();
        restoreSight(primary);
    }

    @Test
    @Order(3)
    void commitsWaitForAsManyAsAreRequiredOrGoOnWithoutThem() {
        var primary = database.primary();
        synchronous("required: 1, whenUnavailable: Block");
        awaitSynchronous("True, Waiting");

        synchronous("required: 9, whenUnavailable: Block");
        awaitSynchronous("False, CommitsBlocked");
        assertThat(database.shop().databaseStatus().synchronous())
                .satisfies(
                        promised -> assertThat(Objects.requireNonNull(promised).inForce())
                                .as("that is on nine followers")
                                .isFalse());
        NAMESPACE.eventually(
                "the client's commit waits",
                () -> assertThat(primary.psql("select count(*) from pg_stat_activity where wait_event = 'SyncRep'"))
                        .isNotEqualTo("0"));

        synchronous("required: 9, whenUnavailable: Continue");
        awaitSynchronous("False, NotWaiting");
        database.awaitWritesTo(primary);

        synchronous("required: 1, whenUnavailable: Continue");
        awaitSynchronous("True, Waiting");
        database.awaitWritesTo(primary);
    }

    /** Of a machine that does not answer nothing is known, until somebody says that it is gone. */
    @Test
    @Order(4)
    void nobodyTakesOverFromAMachineThatIsJustNotSeen() throws SQLException {
        var primary = database.primary();
        var before = database.lastWritten();
        try (var node = new LostNode(NAMESPACE.client())) {
            NAMESPACE.apply(WatchedDatabase.MANIFEST + "  failover: {mode: Automatic, after: 10s}\n");
            primary.deletePod();
            node.take(primary.pod().orElseThrow());
            Awaitility.await("nobody takes over")
                    .during(Duration.ofSeconds(14))
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> {
                        var status = database.shop().databaseStatus();
                        assertThat(status.primary()).isEqualTo(primary.name());
                        assertThat(status.changeover()).isNull();
                        assertThat(status.outage()).isNull();
                    });

            node.delete();

            NAMESPACE.eventually(
                    "another is the primary",
                    () -> assertThat(database.shop().databaseStatus().primary()).isNotEqualTo(primary.name()));
            database.awaitWritesTo(database.primary());
        }
        var failover = toldFailover(primary.name(), database.primary().name());
        assertThat(failover.automatic()).isTrue();
        assertThat(failover.fencedBy()).isEqualTo(FencedBy.NodeDeleted);
        database.watch().assertNeverTwoPrimaries();
        database.reportGap("node deleted", before);
    }

    /**
     * It neither says that it is the primary now, nor can it be told otherwise: nobody knows whether it accepts writes.
     */
    @Test
    @Order(5)
    void aTargetThatIsLostWhileItIsPromotedIsReplacedOncePeopleVouchForItsEnd() throws SQLException {
        NAMESPACE.apply(WatchedDatabase.MANIFEST);
        var from = database.primary();
        var lost = from.name().equals(other.name()) ? database.member("laggard") : other;
        lost.awaitReadyInTheEnd();
        lost.freezeContainer();
        try {
            var at = database.promote(lost);
            database.awaitStep(at, ChangeoverStep.Promoting);
            var unreached = database.awaitOutcome(at);
            assertThat(unreached.reason()).as(unreached.toString()).isEqualTo("TargetNotReached");
            assertThat(database.primary().name()).isEqualTo(lost.name());
            var last = database.lastWritten();

            var again = database.promote(from, "fencedExternally: true");
            database.awaitStep(again, ChangeoverStep.Promoting);
            // Its pod is being deleted by now: nothing starts it again.
            lost.endContainer();
            var done = database.awaitOutcome(again);

            assertThat(done.outcome()).as(done.toString()).isEqualTo(Outcome.Done);
            database.awaitWritesTo(from);
            AckedWriter.assertHasAll(
                    database.shop().login(),
                    database.writer().history().from(last).numbers());
            assertThat(toldFailover(lost.name(), from.name()).fencedBy()).isEqualTo(FencedBy.Person);
        } finally {
            lost.endContainer();
        }
        database.watch().assertNeverTwoPrimaries();
        lost.awaitReadyInTheEnd();
    }

    @AfterAll
    void stop() {
        if (database != null) {
            database.close();
        }
    }

    /** The server is gone, and its script cannot say what it left behind. */
    private static void blind(Instance primary) {
        primary.shell()
                .bash("chmod 0 /pgfork/volume/pgdata/global/pg_control;"
                        + " kill -KILL \"$(head -1 /pgfork/volume/pgdata/postmaster.pid)\"");
    }

    /** What it holds is whole again; its script finds that out by itself. */
    private void restoreSight(Instance old) {
        NAMESPACE.eventually(
                "a pod of " + old, () -> old.shell().run("chmod", "600", "/pgfork/volume/pgdata/global/pg_control"));
    }

    /** Compares what two standbys have received. */
    private static boolean received(Instance one, String operator, Instance another) {
        var lsn = another.psql("select pg_last_wal_receive_lsn()");
        return one.psql("select pg_last_wal_receive_lsn() %s '%s'".formatted(operator, lsn))
                .equals("t");
    }

    /** Waits until the operator has on record that the primary has more than the standby. */
    private void awaitLeadOf(Instance primary, Instance standby) {
        NAMESPACE.eventually("it is on record that " + standby + " has less", () -> {
            var seen = Objects.requireNonNull(database.shop().databaseStatus().lastSeen());
            assertThat(seen.instance()).isEqualTo(primary.name());
            assertThat(standby.psql("select pg_last_wal_receive_lsn() < '%s'".formatted(seen.lsn())))
                    .isEqualTo("t");
        });
    }

    private LastFailover toldFailover(String from, String to) {
        NAMESPACE.eventually("the failover from " + from + " is told of", () -> {
            var told = Objects.requireNonNull(database.shop().databaseStatus().failover());
            assertThat(List.of(told.from(), told.to())).containsExactly(from, to);
        });
        return Objects.requireNonNull(database.shop().databaseStatus().failover());
    }

    /** That what was acknowledged and is lost are the last rows before the failover, and no others. */
    private void assertOnlyTheLastAreMissing() throws SQLException {
        var acknowledged = database.writer().history().from(since).numbers();
        var missing = AckedWriter.missing(database.shop().login(), acknowledged);
        System.out.printf("failover without synchronous: %d acknowledged rows lost%n", missing.size());
        if (!missing.isEmpty()) {
            assertThat(missing).isEqualTo(acknowledged.subSet(missing.first(), true, missing.last(), true));
        }
        since = database.lastWritten();
    }

    private static void assertKeeps(String claim) {
        assertThat(NAMESPACE
                        .client()
                        .persistentVolumeClaims()
                        .inNamespace(NAMESPACE.name())
                        .withName(claim)
                        .get())
                .as("the volume of the old primary")
                .isNotNull();
    }

    private static void synchronous(String settings) {
        NAMESPACE.apply(WatchedDatabase.MANIFEST + "  synchronous: {" + settings + "}\n");
    }

    private void awaitSynchronous(String expected) {
        NAMESPACE.eventually(
                "condition Synchronous is " + expected,
                () -> assertThat(database.shop().condition("Synchronous")).startsWith(expected));
    }
}
