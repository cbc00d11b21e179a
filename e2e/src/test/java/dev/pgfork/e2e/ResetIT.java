package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.ResetStatus;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.Service;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

/** A fork is made again of its source, under the same address and password, or it stays as it was. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ResetIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    /** Its table of jobs has no column that quarantine could turn off. */
    private static final String A_PG_CRON_THAT_QUARANTINE_DOES_NOT_KNOW = """
            set allow_system_table_mods = on;
            create schema cron;
            create table cron.job ();
            insert into pg_extension
              select 99999, 'pg_cron', 10, oid, false, '1', null, null from pg_namespace where nspname = 'cron';
            insert into pg_depend
              select 'pg_class'::regclass, 'cron.job'::regclass, 0, 'pg_extension'::regclass, 99999, 0, 'e'""";

    private Instance shop;
    private Instance fork;

    /** Of the last reset; each is later than the one before. */
    private Instant at = Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(3600);

    static IntStream runs() {
        return Runs.of(2, 20);
    }

    @BeforeAll
    void makeTheFork() {
        shop = NAMESPACE.makeDatabase("shop");
        shop.psql("create table runs (run int)");
        shop.psql("grant select on runs to public");
        NAMESPACE.apply(manifest("1h", null));
        fork = NAMESPACE.fork("pr-42").awaitReady();
    }

    private static String manifest(String ttl, Instant resetAt) {
        return """
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-42}
                spec:
                  from: {name: shop}
                  ttl: %s
                %s""".formatted(ttl, resetAt == null ? "" : "  resetAt: '%s'%n".formatted(resetAt));
    }

    private ResetStatus reset(String ttl) {
        at = at.plusSeconds(1);
        NAMESPACE.apply(manifest(ttl, at));
        NAMESPACE.eventually("the reset of " + at + " has ended", () -> {
            assertThat(lastReset().at()).isEqualTo(at.toString());
            assertThat(lastReset().outcome()).isNotNull();
        });
        return lastReset();
    }

    private ResetStatus lastReset() {
        return Objects.requireNonNull(fork.forkStatus().reset());
    }

    private static String clusterIp() {
        return NAMESPACE
                .client()
                .resources(Service.class)
                .inNamespace(NAMESPACE.name())
                .withName("pr-42")
                .get()
                .getSpec()
                .getClusterIP();
    }

    @Order(1)
    @ParameterizedTest(name = "run {0}")
    @MethodSource("runs")
    void hasWhatTheSourceHasNowUnderTheSameAddressAndPassword(int run) throws SQLException {
        shop.psql("insert into runs values (%d)".formatted(run));
        var login = fork.login();
        var address = clusterIp();
        var end = Objects.requireNonNull(fork.forkStatus().expiresAt());
        var generation = fork.generationName();
        fork.psql("create table mine ()");

        try (var client = login.connect()) {
            client.createStatement().execute("select 1");
            assertThat(reset("1h")).returns(Outcome.Done, ResetStatus::outcome);
        }

        fork.awaitReady();
        assertThat(fork.generationName()).isNotEqualTo(generation);
        NAMESPACE.eventually("the same login works", () -> {
            assertThat(login.query("select max(run) from runs")).isEqualTo(Integer.toString(run));
            assertThat(login.query("select to_regclass('mine') is null")).isEqualTo("t");
        });
        assertThat(clusterIp()).isEqualTo(address);
        assertThat(fork.forkStatus().expiresAt())
                .as("the time to live begins anew")
                .isGreaterThan(end);
        NAMESPACE.eventually("of the old generation nothing is left", () -> {
            assertThat(NAMESPACE.storage()).as("volumes of shop and fork").hasSize(2);
            assertThat(NAMESPACE.objectsOf("pr-42")).noneMatch(name -> name.contains(generation));
        });
    }

    @Test
    @Order(2)
    void anEarlierOrEqualTimeDoesNothing() {
        var before = fork.forkStatus();
        fork.psql("create table mine ()");
        for (var time : new Instant[] {at, at.minusSeconds(1), null}) {
            NAMESPACE.apply(manifest(time == null ? "2h" : "1h", time));
            fork.awaitReady();
        }
        NAMESPACE.eventually(
                "the last manifest was seen",
                () -> assertThat(fork.forkStatus().expiresAt()).isNotEqualTo(before.expiresAt()));
        assertThat(lastReset()).isEqualTo(before.reset());
        assertThat(fork.psql("select to_regclass('mine') is null")).isEqualTo("f");
    }

    @Test
    @Order(3)
    void aFailedResetLeavesTheForkServing() {
        shop.psql(A_PG_CRON_THAT_QUARANTINE_DOES_NOT_KNOW);
        var pod = fork.uidOfPod();

        var failed = reset("2h");

        assertThat(failed.outcome()).as(failed.toString()).isEqualTo(Outcome.Aborted);
        assertThat(failed.reason()).isEqualTo("QuarantineFailed");
        fork.awaitReady();
        assertThat(fork.uidOfPod()).isEqualTo(pod);
        assertThat(fork.psql("select to_regclass('mine') is null")).isEqualTo("f");
        NAMESPACE.eventually(
                "of the attempt nothing is left",
                () -> assertThat(NAMESPACE.storage()).hasSize(2));
        shop.psql("""
                set allow_system_table_mods = on;
                delete from pg_depend where refobjid = 99999;
                delete from pg_extension where oid = 99999;
                drop schema cron cascade""");
    }

    @Test
    @Order(4)
    void aResetBringsAnExpiredForkBack() {
        NAMESPACE.apply(manifest("1s", at));
        fork.awaitResting("Expired");
        NAMESPACE.eventually(
                "its volume is gone", () -> assertThat(NAMESPACE.storage()).hasSize(1));

        assertThat(reset("1h")).returns(Outcome.Done, ResetStatus::outcome);

        fork.awaitReady();
        assertThat(fork.psql("select to_regclass('mine') is null")).isEqualTo("t");
        assertThat(fork.forkStatus().expiredAt()).isNull();
    }

    @Test
    @Order(5)
    void aResetWithoutASourceIsRefusedAndTheForkServes() {
        NAMESPACE
                .client()
                .resources(PostgresDatabase.class)
                .inNamespace(NAMESPACE.name())
                .withName("shop")
                .delete();
        shop.awaitGone();
        at = at.plusSeconds(1);
        NAMESPACE.apply(manifest("1h", at));
        NAMESPACE.eventually("it waits for its source", () -> {
            assertThat(fork.phase()).isEqualTo("Resetting");
            assertThat(fork.condition("Ready")).contains("shop");
        });
        assertThat(fork.login())
                .satisfies(login -> assertThat(login.query("select 1")).isEqualTo("1"));
    }
}
