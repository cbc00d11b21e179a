package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.Login;
import dev.pgfork.e2e.postgres.ServedCertificate;
import dev.pgfork.e2e.postgres.ShortLivedCertificate;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A database as its user has it: made as asked for, reachable by its Service and Secret, back after every accident. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DatabaseIT {

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
                  storage: {size: 2Gi}
                  deletionPolicy: Delete
                  superuserAccess: true
                  bootstrap: {database: app, owner: keeper, extensions: [pgcrypto, hstore], locale: C}
                  parameters: {work_mem: 8MB, MAX_Connections: "42"}
                  resources: {requests: {cpu: 100m, memory: 256Mi}, limits: {memory: 512Mi}}
                  pod: {labels: {team: sales}, annotations: {example.com/note: from the user}}
                  service: {type: NodePort, annotations: {example.com/exposed: "yes"}}
                """);
        shop = NAMESPACE.database("shop").awaitReady();
        shop.login().execute("create table kept as select 'since the beginning'::text as what");
    }

    private void assertKept() throws SQLException {
        assertThat(shop.login().query("select what from kept")).isEqualTo("since the beginning");
    }

    // Made as asked for

    @Test
    void bootstrapAndSettingsAreAsAskedFor() throws SQLException {
        var login = shop.login();
        assertThat(login.query("show data_checksums")).isEqualTo("on");
        assertThat(login.query("show server_encoding")).isEqualTo("UTF8");
        assertThat(login.query("select datcollate from pg_database where datname = current_database()"))
                .isEqualTo("C");
        assertThat(login.query("select string_agg(extname, ', ' order by extname) from pg_extension"))
                .isEqualTo("hstore, pgcrypto, plpgsql");
        assertThat(login.query(
                        "select rolname from pg_database join pg_roles r on r.oid = datdba where datname = 'app'"))
                .isEqualTo("keeper");
        assertThat(login.query("show work_mem")).isEqualTo("8MB");
        assertThat(login.query("show max_connections")).isEqualTo("42");
        assertThat(login.query("show password_encryption")).isEqualTo("scram-sha-256");
        assertThat(login.query("show shared_buffers"))
                .as("a quarter of the memory limit")
                .isEqualTo("128MB");
    }

    @Test
    void podAndServiceSettingsArrive() {
        var pod = shop.pod().orElseThrow();
        assertThat(pod.getMetadata().getLabels()).containsEntry("team", "sales");
        assertThat(pod.getMetadata().getAnnotations()).containsEntry("example.com/note", "from the user");
        var service = NAMESPACE
                .client()
                .services()
                .inNamespace(NAMESPACE.name())
                .withName("shop")
                .get();
        assertThat(service.getSpec().getType()).isEqualTo("NodePort");
        assertThat(service.getMetadata().getAnnotations()).containsEntry("example.com/exposed", "yes");
    }

    @Test
    void theStatusSaysWhatItIs() {
        var status = shop.databaseStatus();
        assertThat(status.binding().name()).isEqualTo("shop-app");
        assertThat(status.primary()).isEqualTo("shop");
        assertThat(status.instance().image()).isEqualTo("postgres:17");
        assertThat(status.instance().serverVersion())
                .isEqualTo(shop.psql("show server_version").split(" ", 2)[0]);
        assertThat(status.instance().systemIdentifier())
                .isEqualTo(shop.psql("select system_identifier from pg_control_system()"));
        assertThat(status.instance().timeline()).isEqualTo(1);
        assertThat(status.instance().role()).isEqualTo("primary");
        assertThat(shop.condition("Forkable")).startsWith("True, ");
    }

    // Reachable

    @Test
    void theSecretHoldsEverythingThatAClientNeeds() throws SQLException {
        var secret = NAMESPACE.secret("shop-app").orElseThrow();
        assertThat(secret.getType()).isEqualTo("servicebinding.io/postgresql");
        assertThat(secret.getData())
                .containsOnlyKeys(
                        "type",
                        "provider",
                        "host",
                        "port",
                        "database",
                        "username",
                        "password",
                        "sslmode",
                        "ca.crt",
                        "uri",
                        "jdbc-url",
                        "ro-host",
                        "ro-uri");
        assertThat(Login.value(secret, "type")).isEqualTo("postgresql");
        assertThat(Login.value(secret, "sslmode")).isEqualTo("verify-full");
        assertThat(Login.value(secret, "uri"))
                .startsWith("postgresql://keeper:")
                .contains("@shop.");
        assertThat(Login.value(secret, "ro-host")).startsWith("shop-ro.");

        // What the URL says, and only how to get there from here besides.
        var properties = shop.login().properties();
        properties.remove("user");
        properties.remove("password");
        properties.remove("sslmode");
        try (var connection = DriverManager.getConnection(Login.value(secret, "jdbc-url"), properties)) {
            assertThat(Login.query(connection, "select current_user")).isEqualTo("keeper");
        }
    }

    @Test
    void theReadOnlyServiceLeadsToThePrimaryWhileThereIsNobodyElse() throws SQLException {
        var host = Login.value(NAMESPACE.secret("shop-app").orElseThrow(), "ro-host");
        assertThat(shop.login().at(host).query("select what from kept")).isEqualTo("since the beginning");
    }

    @Test
    void theSuperuserMayConnectBecauseItWasAskedFor() throws SQLException {
        assertThat(shop.login("shop-superuser").query("show is_superuser")).isEqualTo("on");
    }

    @Test
    void theOwnerIsNoSuperuser() {
        assertThat(shop.psql(
                        "select rolsuper or rolreplication or rolcreaterole from pg_roles where rolname = 'keeper'"))
                .isEqualTo("f");
    }

    // Back after every accident

    @Test
    void aKilledPostmasterComesBackInTheSameContainer() throws SQLException {
        var restarts = shop.restarts();
        shop.killPostmaster();
        shop.awaitServing();
        assertKept();
        assertThat(shop.restarts()).isEqualTo(restarts);
        shop.awaitReadyInTheEnd();
    }

    @Test
    void aKilledContainerComesBack() throws SQLException {
        shop.killContainer();
        shop.awaitServing();
        assertKept();
        shop.awaitReadyInTheEnd();
    }

    @Test
    void aDeletedPodComesBack() throws SQLException {
        shop.deletePod();
        shop.awaitServing();
        assertKept();
        shop.awaitReadyInTheEnd();
    }

    /** A stopped postmaster neither answers nor ends: nobody but the status can tell. */
    @Test
    void theStatusTellsWhenItDoesNotServe() throws SQLException {
        var postmaster = shop.postmaster();
        shop.shell().run("kill", "-STOP", postmaster);
        try {
            NAMESPACE.eventually("the status says that it does not serve", () -> {
                assertThat(shop.phase()).isEqualTo("Unavailable");
                assertThat(shop.condition("Ready")).startsWith("False, ").contains(shop.podName());
                assertThat(shop.condition("Forkable")).startsWith("False, NotReady");
            });
        } finally {
            shop.shell().run("kill", "-CONT", postmaster);
        }
        shop.awaitReadyInTheEnd();
        assertKept();
    }

    // Certificates

    @Test
    void aCertificateThatEndsSoonIsReplacedWithoutARestart() throws Exception {
        var started = shop.psql("select pg_postmaster_start_time()");
        try (var connection = shop.login().connect()) {
            var before = ServedCertificate.of(shop.login());
            NAMESPACE.replaceSecret(
                    "shop-tls",
                    ShortLivedCertificate.like(
                            before, NAMESPACE.secret("shop-ca").orElseThrow()));

            NAMESPACE.eventually(
                    "another certificate is served",
                    () -> assertThat(ServedCertificate.of(shop.login())).isNotEqualTo(before));

            assertThat(Login.query(connection, "select what from kept"))
                    .as("over a connection from before")
                    .isEqualTo("since the beginning");
        }
        assertKept();
        assertThat(shop.psql("select pg_postmaster_start_time()")).isEqualTo(started);
    }

    // What is left

    private static Resource<PersistentVolumeClaim> volumeOf(Instance instance) {
        return NAMESPACE
                .client()
                .persistentVolumeClaims()
                .inNamespace(NAMESPACE.name())
                .withName(instance.generationName());
    }

    private static Instance database(String name, String policy) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: %s}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: %s
                """.formatted(name, policy));
        return NAMESPACE.database(name);
    }

    @Test
    void noDatabaseIsMadeOverTheVolumeOfAnEarlierOne() throws SQLException {
        var first = database("precious", "Retain").awaitReady();
        first.login().execute("create table data ()");
        var volume = volumeOf(first).get();
        assertThat(first.shell().bash("ls /pgfork/volume")).contains("pgdata");
        first.delete();
        NAMESPACE.eventually(
                "only the volume is left",
                () -> assertThat(NAMESPACE.objectsOf("precious"))
                        .containsExactly("PersistentVolumeClaim/" + first.generationName()));

        var second = database("precious", "Delete");
        assertThat(second.awaitRefused("VolumeExists")).contains(first.generationName(), "Delete that claim");
        assertThat(NAMESPACE.objectsOf("precious")).containsExactly("PersistentVolumeClaim/" + first.generationName());
        assertThat(volumeOf(first).get().getMetadata().getUid())
                .isEqualTo(volume.getMetadata().getUid());

        volumeOf(first).delete();
        second.awaitReadyInTheEnd();
        assertThatThrownBy(() -> second.login().query("select * from data")).hasMessageContaining("does not exist");
        second.delete();
        second.awaitGone();
    }

    @Test
    void withoutSuperuserAccessTheSuperuserStaysOutside() {
        var database = database("plain", "Delete").awaitReady();
        assertThat(NAMESPACE.secret("plain-superuser")).isEmpty();
        database.shell().psql("postgres", "alter role postgres password 'guessed'");
        assertThatThrownBy(() -> database.login().as("postgres", "guessed").connect())
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28000"));
        database.delete();
        database.awaitGone();
        NAMESPACE.eventually(
                "its storage is free",
                () -> assertThat(volumeOf(database).get()).isNull());
    }
}
