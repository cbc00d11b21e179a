package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A fork rests and wakes, and its time to live ends it for good. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ForkLifeIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final int APPLIED_AGAIN = 10;

    private Instance fork;

    static IntStream runs() {
        return Runs.of(1, 10);
    }

    @BeforeAll
    void makeTheFork() {
        NAMESPACE.makeDatabase("shop");
        life("1h", false);
        fork = NAMESPACE.fork("pr-42").awaitReady();
        fork.psql("create table visits (run int)");
    }

    private static void life(String ttl, boolean suspend) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-42}
                spec:
                  from: {name: shop}
                  ttl: %s
                  suspend: %s
                """.formatted(ttl, suspend));
    }

    @Order(1)
    @ParameterizedTest(name = "run {0}")
    @MethodSource("runs")
    void restsWithoutAPodAndWakesWithItsData(int run) throws SQLException {
        fork.psql("insert into visits values (%d)".formatted(run));
        var end = Objects.requireNonNull(fork.forkStatus().expiresAt());
        var login = fork.login();

        life("1h", true);

        fork.awaitResting("Suspended");
        assertThat(fork.pod()).isEmpty();
        assertThat(NAMESPACE.objectsOf("pr-42"))
                .contains(
                        "PersistentVolumeClaim/pr-42-g1", "Service/pr-42", "Secret/pr-42-app", "StatefulSet/pr-42-g1");
        assertThat(fork.forkStatus().expiresAt()).as("the ttl runs on").isEqualTo(end);
        assertThat(fork.forkStatus().suspended().lsn()).isNotNull();

        life("1h", false);

        fork.awaitReady();
        assertThat(fork.psql("select max(run) from visits")).isEqualTo(Integer.toString(run));
        assertThat(login.query("select 1")).as("the same login").isEqualTo("1");
        assertThat(NAMESPACE.log(fork.podName()))
                .contains("database system was shut down at")
                .doesNotContain("not properly shut down");
        assertThat(fork.forkStatus().suspended()).isNull();
        assertThat(fork.forkStatus().expiresAt()).isEqualTo(end);
    }

    @Test
    @Order(2)
    void aLongerTtlRenewsIt() {
        var end = Instant.parse(Objects.requireNonNull(fork.forkStatus().expiresAt()));
        life("2h", false);
        NAMESPACE.eventually(
                "it lives an hour longer",
                () -> assertThat(fork.forkStatus().expiresAt())
                        .isEqualTo(end.plusSeconds(3600).toString()));
    }

    @Test
    @Order(3)
    void itsEndWaitsForItsFollowers() {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: reader}
                spec: {follows: {kind: PostgresFork, name: pr-42}}
                """);
        var follower = NAMESPACE.follower("reader").awaitReady();

        life("1s", false);

        NAMESPACE.eventually(
                "it says what it waits for",
                () -> assertThat(fork.condition("ExpiringSoon")).startsWith("True, HasFollowers: "));
        fork.awaitReady();
        follower.delete();
        fork.awaitResting("Expired");
    }

    @Test
    @Order(4)
    void anExpiredForkHasNoDataAndStaysSoHoweverOftenItIsApplied() {
        assertThat(NAMESPACE.objectsOf("pr-42"))
                .contains("Service/pr-42", "Service/pr-42-instance", "Secret/pr-42-app", "Secret/pr-42-roles")
                .noneMatch(name -> name.startsWith("PersistentVolumeClaim/")
                        || name.startsWith("StatefulSet/")
                        || name.startsWith("Pod/")
                        || name.startsWith("VolumeSnapshot/"));
        NAMESPACE.eventually(
                "its data is off the storage",
                () -> assertThat(NAMESPACE.storage()).hasSize(1));
        var expired = fork.forkStatus();

        for (var time = 1; time <= APPLIED_AGAIN; time++) {
            // Every other time with what somebody might hope for.
            life(time % 2 == 0 ? "1s" : "1000h", false);
            fork.awaitResting("Expired");
            assertThat(fork.forkStatus().expiredAt()).isEqualTo(expired.expiredAt());
            assertThat(fork.forkStatus().expiresAt()).isEqualTo(expired.expiresAt());
        }
        assertThat(NAMESPACE.storage()).hasSize(1);

        fork.delete();
        fork.awaitGone();
    }
}
