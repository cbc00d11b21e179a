package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.Login;
import dev.pgfork.e2e.postgres.Route;
import io.fabric8.kubernetes.api.model.Secret;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody who may connect to the source may connect to its fork, and nobody at all before the fork is opened. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CredentialsIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    /** SQLSTATEs: invalid password, invalid authorization (no such entry, or not allowed to log in). */
    private static final Set<String> REFUSED = Set.of("28P01", "28000");

    private Instance shop;
    private Instance fork;

    @BeforeAll
    void makeASourceWithManyRolesAndAFork() {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 4Gi}
                  superuserAccess: true
                  deletionPolicy: Delete
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-42}
                spec:
                  from: {name: shop}
                """);
        shop = NAMESPACE.database("shop");
        fork = NAMESPACE.fork("pr-42").awaitReady();
        // The fork above does not know these roles. The one that the tests are about does.
        shop.psql("create role analyst login password 'analyst-of-shop'");
        shop.psql("create role boss superuser login password 'boss-of-shop'");
        shop.psql("create role replica replication login password 'replica-of-shop'");
        fork.delete();
        fork.awaitGone();
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-42}
                spec:
                  from: {name: shop}
                """);
        fork.awaitReady();
    }

    @Test
    void everyRoleAndPasswordOfTheSourceIsRefusedByTheFork() throws SQLException {
        var known = List.of(
                shop.login(),
                shop.login("shop-superuser"),
                shop.login().as("analyst", "analyst-of-shop"),
                shop.login().as("boss", "boss-of-shop"),
                shop.login().as("replica", "replica-of-shop"));
        for (var login : known) {
            assertThat(login.query("select 1"))
                    .as("%s may connect to the source", login)
                    .isEqualTo("1");
        }

        var roles = shop.psql("select rolname from pg_roles where rolcanlogin")
                .lines()
                .toList();
        assertThat(roles).contains("app", "postgres", "pgfork", "analyst", "boss", "replica");
        var passwords = Stream.concat(known.stream().map(Login::password), shortTextsInSecretsOfTheSource())
                .collect(Collectors.toSet());
        for (var role : roles) {
            for (var password : passwords) {
                assertThatThrownBy(() -> fork.login().as(role, password).connect())
                        .as("role %s with a password of the source", role)
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isIn(REFUSED));
            }
        }
    }

    /** Whatever in the source's Secrets could be a password. */
    private static Stream<String> shortTextsInSecretsOfTheSource() {
        return NAMESPACE
                .client()
                .secrets()
                .inNamespace(NAMESPACE.name())
                .withLabel("pgfork.dev/instance", "shop")
                .list()
                .getItems()
                .stream()
                .flatMap(CredentialsIT::texts)
                .filter(text -> text.lines().count() == 1 && text.length() <= 64);
    }

    private static Stream<String> texts(Secret secret) {
        return secret.getData().keySet().stream().map(key -> Login.value(secret, key));
    }

    @Test
    void theForksOwnLoginWorksOverVerifiedTls() throws SQLException {
        assertThat(fork.login().sslmode()).isEqualTo("verify-full");
        assertThat(fork.login()
                        .query("select current_user || ', ' || ssl from pg_stat_ssl where pid = pg_backend_pid()"))
                .isEqualTo("app, true");
    }

    @Test
    void theForkHasAnAuthorityOfItsOwn() {
        assertThatThrownBy(() -> fork.login().trusting(shop.login().authority()).connect())
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("unable to find valid certification path");
    }

    @Test
    void nobodyEntersWithoutTls() {
        Stream.of(shop, fork)
                .forEach(instance -> assertThatThrownBy(
                                () -> instance.login().withSslmode("disable").connect())
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isIn(REFUSED)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop-app", "shop-superuser", "pr-42-app"})
    void aDeletedSecretIsThereAgainWithAnotherPassword(String secret) throws SQLException {
        var before = shop.login(secret);
        try (var connected = before.connect()) {
            assertThat(NAMESPACE
                            .client()
                            .secrets()
                            .inNamespace(NAMESPACE.name())
                            .withName(secret)
                            .delete())
                    .hasSize(1);
            NAMESPACE.eventually(
                    secret + " is there again",
                    () -> assertThat(NAMESPACE.secret(secret)).isPresent());
            var after = shop.login(secret);
            assertThat(after.password()).isNotEqualTo(before.password());
            assertThat(after.query("select current_user")).isEqualTo(Login.query(connected, "select current_user"));
            assertThatThrownBy(before::connect)
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isIn(REFUSED));
        }
        assertThat(shop.condition("Ready")).startsWith("True");
        assertThat(fork.condition("Ready")).startsWith("True");
    }

    @Test
    void aForkHasNoLoginForTheSuperuser() {
        assertThat(NAMESPACE.secret("pr-42-superuser")).isEmpty();
        assertThat(fork.psql("select rolname from pg_roles where rolcanlogin order by 1")
                        .lines())
                .containsExactly("app", "pgfork", "postgres");
    }

    /** Quarantine is made long by much WAL to replay and little CPU to do it with. */
    @Test
    void inQuarantineNothingAnswersAndNothingIsPublished() {
        shop.psql(
                "create table ballast as select g as id, repeat(md5(g::text), 20) as text from generate_series(1, 300000) g");
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: slow}
                spec:
                  from: {name: shop}
                  checkpoint: Never
                  resources: {limits: {cpu: 300m}}
                """);
        var slow = NAMESPACE.fork("slow");
        var inQuarantine = 0;
        while (!slow.phase().equals("Ready")) {
            var published = isPublished(slow);
            // Asked afterwards: what was seen while quarantine was still on was seen too early.
            if (scriptIsIn(slow, "quarantine")) {
                inQuarantine++;
                assertThat(published).as("seen in quarantine").isEmpty();
            }
            assertThat(slow.condition("Stalled")).isEqualTo("-");
        }
        assertThat(inQuarantine).as("times that it was looked at in quarantine").isPositive();
        slow.awaitReady();
        assertThat(isPublished(slow)).containsExactly("port", "Service", "Secret");
    }

    private static List<String> isPublished(Instance instance) {
        var answers = instance.pod()
                .map(pod -> pod.getStatus().getPodIP())
                .filter(address -> Route.answers(new InetSocketAddress(address, 5432)))
                .map(address -> "port");
        var service = NAMESPACE
                .client()
                .services()
                .inNamespace(NAMESPACE.name())
                .withName(instance.name())
                .get();
        var secret = NAMESPACE.secret(instance.name() + "-app");
        return Stream.of(
                        answers.stream(),
                        Stream.ofNullable(service).map(found -> "Service"),
                        secret.stream().map(found -> "Secret"))
                .flatMap(found -> found)
                .toList();
    }

    private static boolean scriptIsIn(Instance instance, String phase) {
        return instance.script().contains("\"phase\":\"" + phase + "\"");
    }
}
