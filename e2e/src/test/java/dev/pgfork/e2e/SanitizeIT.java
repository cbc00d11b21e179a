package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.ResetStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.State;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Operator;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.Login;
import dev.pgfork.e2e.postgres.Peeper;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A source that demands a mask of its forks. While each fork is made, somebody tries to connect to it a hundred times a
 * second, from the moment that it is asked for, with every login and password that there is, by its Service and its
 * pod.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SanitizeIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final String UNMASKED = "select count(*) from customers where email not like 'masked-%'";

    private Instance shop;

    @BeforeAll
    void makeASourceThatDemandsAMask() {
        steps("masks", "mask.sql: \"UPDATE customers SET email = 'masked-' || id\"");
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 2Gi}
                  superuserAccess: true
                  deletionPolicy: Delete
                  forks:
                    sanitize:
                      - {name: mask-customers, configMap: {name: masks, key: mask.sql}}
                """);
        shop = NAMESPACE.database("shop").awaitReady();
        shop.psql("create role boss superuser login password 'boss-of-shop'");
        shop.psql("create role reader login password 'reader-of-shop'");
        shop.psql("create table customers (id int primary key, email text)");
        shop.psql(
                "insert into customers select i, 'zaphod-' || i || '@magrathea.example' from generate_series(1, 50000) i");
        shop.psql("create table runs (step text)");
        shop.psql("alter table customers owner to app");
        shop.psql("alter table runs owner to app");
        shop.psql("grant select on customers to reader");
        shop.psql("analyze");
    }

    /** A ConfigMap with one key, as YAML. */
    private static void steps(String configMap, String data) {
        NAMESPACE.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: %s}
                data:
                  %s
                """.formatted(configMap, data));
    }

    private static Instance fork(String name, String steps) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec:
                  from: {name: shop}
                  sanitize: [%s]
                """.formatted(name, steps));
        return NAMESPACE.fork(name);
    }

    @Test
    void nobodySeesAnUnmaskedRow() throws SQLException {
        try (var peeper = peeper("masked")) {
            var fork = fork("masked", "").awaitReady();
            NAMESPACE.eventually(
                    "he gets in with the fork's own login",
                    () -> assertThat(peeper.looks()).isGreaterThan(5));
            assertNothingSeen(peeper);
            assertThat(fork.login().query("select count(*) from customers where email = 'masked-' || id"))
                    .isEqualTo("50000");
            assertThat(fork.condition("Sanitized")).startsWith("True, Sanitized: ");
            assertThat(fork.forkStatus().sanitizedBy())
                    .singleElement()
                    .satisfies(by -> assertThat(by.sqlHash()).hasSize(64));
            assertThat(fork.forkStatus().sanitize())
                    .singleElement()
                    .satisfies(step -> assertThat(step.seconds()).isPositive());
            assertThat(fork.psql("select count(*) from pg_stats where most_common_vals::text like '%magrathea%'"
                            + " or histogram_bounds::text like '%magrathea%'"))
                    .isEqualTo("0");
            var leaks = fork.shell()
                    .attempt("grep", "-rla", "magrathea", "/pgfork/volume")
                    .stdout();
            assertThat(leaks).as("files that hold unmasked bytes").isEmpty();
            assertThat(shop.shell()
                            .attempt("grep", "-rla", "magrathea", "/pgfork/volume")
                            .stdout())
                    .as("of the source there are some")
                    .isNotEmpty();
        }
    }

    @Test
    void aStepThatFailsKeepsTheForkClosedUntilItIsCorrected() {
        steps(
                "own",
                "own.sql: |\n    INSERT INTO runs VALUES ('own');\n    SELECT 1 / (count(*) - 50000) FROM customers;");
        try (var peeper = peeper("failing")) {
            var fork = fork("failing", "{name: own, configMap: {name: own, key: own.sql}}");
            var message = fork.awaitNotReady("SanitizeFailed");
            assertThat(message)
                    .contains("own", "line 2", "SQLSTATE 22012", "ConfigMap")
                    .doesNotContain("customers;");
            assertThat(fork.condition("Stalled")).startsWith("True, SanitizeFailed: ");
            assertThat(fork.condition("Sanitized")).startsWith("False, SanitizeFailed: ");
            assertThat(states(fork)).containsExactly(State.Done, State.Failed);
            assertThat(NAMESPACE.secret("failing-app")).isEmpty();
            assertThat(peeper.looks()).isZero();

            steps(
                    "own",
                    "own.sql: |\n    INSERT INTO runs VALUES ('own');\n    UPDATE customers SET email = 'masked-twice';");
            fork.awaitReadyInTheEnd();
            NAMESPACE.eventually(
                    "he gets in with the fork's own login",
                    () -> assertThat(peeper.looks()).isGreaterThan(5));
            assertNothingSeen(peeper);
            assertThat(fork.psql("select count(*) from customers where email <> 'masked-twice'"))
                    .isEqualTo("0");
            assertThat(fork.psql("select count(*) from runs")).isEqualTo("1");
            assertThat(fork.forkStatus().sanitizedBy())
                    .extracting(SanitizedBy::name)
                    .containsExactly("mask-customers", "own");
        }
    }

    @Test
    void aResetWhoseMaskingFailsLeavesTheForkServing() throws SQLException {
        steps("again", "again.sql: INSERT INTO runs VALUES ('first')");
        var manifest = """
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: again}
                spec:
                  from: {name: shop}
                  sanitize: [{name: again, configMap: {name: again, key: again.sql}}]
                  access: {roles: [reader]}
                """;
        NAMESPACE.apply(manifest);
        var fork = NAMESPACE.fork("again").awaitReady();
        var pod = fork.uidOfPod();
        var reader = reader("again");
        assertThat(reader.query("select count(*) from customers where email like 'masked-%'"))
                .isEqualTo("50000");
        assertThatThrownBy(() -> reader.as("reader", "reader-of-shop").query("select 1"))
                .isInstanceOf(SQLException.class);

        try (var peeper = peeper("again")) {
            steps("again", "again.sql: SELECT 1 / 0");
            assertThat(reset(fork, manifest, "2026-11-01T00:00:00Z"))
                    .returns(Outcome.Aborted, ResetStatus::outcome)
                    .returns("SanitizeFailed", ResetStatus::reason);
            fork.awaitReady();
            assertThat(fork.uidOfPod()).isEqualTo(pod);
            assertThat(fork.psql("select step from runs")).isEqualTo("first");

            steps("again", "again.sql: INSERT INTO runs VALUES ('second')");
            assertThat(reset(fork, manifest, "2026-11-02T00:00:00Z")).returns(Outcome.Done, ResetStatus::outcome);
            fork.awaitReady();
            assertThat(fork.psql("select step from runs")).isEqualTo("second");
            assertThat(fork.psql(UNMASKED)).isEqualTo("0");
            assertThat(states(fork)).containsExactly(State.Done, State.Done);
            assertThat(reader.query(UNMASKED))
                    .as("with the password that it had before the reset")
                    .isEqualTo("0");
            assertNothingSeen(peeper);
            assertThat(peeper.places())
                    .as("the Service, and the pods of three generations")
                    .hasSizeGreaterThanOrEqualTo(4);
        }
    }

    /** A role of the source that the fork lets in. */
    private static Login reader(String name) {
        var roles = NAMESPACE.secret(name + "-roles").orElseThrow();
        return NAMESPACE.fork(name).login().as("reader", Login.value(roles, "unlocked.reader.password"));
    }

    private static ResetStatus reset(Instance fork, String manifest, String at) {
        NAMESPACE.apply(manifest + "  resetAt: '%s'%n".formatted(at));
        NAMESPACE.eventually(
                "the reset of " + at + " has ended",
                () -> assertThat(fork.forkStatus().reset())
                        .isNotNull()
                        .returns(at, ResetStatus::at)
                        .extracting(ResetStatus::outcome)
                        .isNotNull());
        return Objects.requireNonNull(fork.forkStatus().reset());
    }

    @Test
    void aStepIsRunOnceWhenTheOperatorIsKilledInTheMiddle() {
        steps("slow", "slow.sql: |\n    INSERT INTO runs VALUES ('slow');\n    SELECT pg_sleep(6);");
        var operator = new Operator(NAMESPACE.client());
        operator.replace();
        try (var peeper = peeper("orphan")) {
            var fork = fork("orphan", "{name: slow, configMap: {name: slow, key: slow.sql}, timeout: 2m}");
            NAMESPACE.eventually(
                    "the second step is under way",
                    () -> assertThat(states(fork)).containsExactly(State.Done, State.Running));
            operator.kill();
            fork.awaitReadyInTheEnd();
            NAMESPACE.eventually(
                    "he gets in with the fork's own login",
                    () -> assertThat(peeper.looks()).isGreaterThan(5));
            assertNothingSeen(peeper);
            assertThat(fork.psql("select count(*) from runs")).isEqualTo("1");
            assertThat(states(fork)).containsExactly(State.Done, State.Done);
            operator.awaitRolledOut();
        }
    }

    @Test
    void aMissingConfigMapIsWaitedFor() {
        try (var peeper = peeper("waiting")) {
            var fork = fork("waiting", "{name: late, configMap: {name: later, key: late.sql}}");
            assertThat(fork.awaitNotReady("SanitizeSourceMissing")).contains("later", "late.sql");
            NAMESPACE.apply("""
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: later}
                    data: {late.sql: INSERT INTO runs VALUES ('late')}
                    """);
            fork.awaitReadyInTheEnd();
            assertNothingSeen(peeper);
        }
    }

    private static List<State> states(Instance fork) {
        return Objects.requireNonNullElse(fork.forkStatus().sanitize(), List.<SanitizeStepStatus>of()).stream()
                .map(SanitizeStepStatus::state)
                .toList();
    }

    private Peeper peeper(String name) {
        return Peeper.start(UNMASKED, () -> logins(name), () -> addresses(name));
    }

    /** The source's, and every role of it with the passwords of the fork's own Secrets, as soon as they are there. */
    private List<Login> logins(String name) {
        var known = new ArrayList<>(
                List.of(shop.login(), shop.login("shop-superuser"), shop.login().as("boss", "boss-of-shop")));
        NAMESPACE
                .secret(name + "-roles")
                .ifPresent(roles -> roles.getData().keySet().stream()
                        .filter(key -> key.endsWith(".password"))
                        .map(key -> Login.value(roles, key))
                        .forEach(password -> List.of("app", "pgfork", "postgres", "boss", "reader")
                                .forEach(role -> known.add(shop.login().as(role, password)))));
        return known;
    }

    private static List<InetSocketAddress> addresses(String name) {
        var service = NAMESPACE
                .client()
                .services()
                .inNamespace(NAMESPACE.name())
                .withName(name)
                .get();
        var found = new ArrayList<InetSocketAddress>();
        Optional.ofNullable(service)
                .ifPresent(it -> found.add(new InetSocketAddress(it.getSpec().getClusterIP(), 5432)));
        NAMESPACE
                .client()
                .pods()
                .inNamespace(NAMESPACE.name())
                .withLabel("pgfork.dev/instance", name)
                .list()
                .getItems()
                .stream()
                .map(pod -> pod.getStatus().getPodIP())
                .filter(Objects::nonNull)
                .forEach(ip -> found.add(new InetSocketAddress(ip, 5432)));
        return found;
    }

    private static void assertNothingSeen(Peeper peeper) {
        assertThat(peeper.seen()).isEmpty();
        assertThat(peeper.blind()).isEmpty();
        assertThat(peeper.refused()).as("he was there before it opened").isGreaterThan(20);
    }
}
