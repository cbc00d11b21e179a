package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Pgbench;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code parameters} of running instances change, of a leader and two followers under load and of a fork. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ParametersIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final int CLIENTS = 4;

    private final Map<String, String> pods = new HashMap<>();
    private WatchedDatabase database;

    @BeforeAll
    void writeToADatabaseWithTwoFollowers() throws SQLException {
        database = WatchedDatabase.with(NAMESPACE, "replica", "second");
        Pgbench.initialize(database.shop().shell(), 1);
        database.members().forEach(member -> pods.put(member.name(), member.uidOfPod()));
    }

    @Test
    @Order(1)
    void whatAReloadPutsInForceRestartsNobody() {
        var started = startOf(database.shop());
        change("{work_mem: 8MB}");
        database.members().forEach(member -> awaitInForce(member, "work_mem", "8MB"));
        assertThat(startOf(database.shop())).isEqualTo(started);
        assertThat(database.writer().interruptions()).isZero();
    }

    /** No follower ever has less than the primary: its replay would pause. */
    @Test
    @Order(2)
    void moreConnectionsAreThereOnTheFollowersFirst() throws SQLException {
        changeUnderLoad("{work_mem: 8MB, max_connections: '150'}", "150");
    }

    @Test
    @Order(3)
    void fewerConnectionsAreThereOnThePrimaryFirst() throws SQLException {
        changeUnderLoad("{work_mem: 8MB, max_connections: '60'}", "60");
    }

    @Test
    @Order(4)
    void whatPostgresDoesNotStartWithIsTakenBackAndNamed() throws SQLException {
        change("{work_mem: 8MB, max_connections: '60', shared_preload_libraries: no_such_library}");
        NAMESPACE.eventually(
                "the settings are rejected",
                () -> assertThat(database.shop().condition("ParametersInForce"))
                        .startsWith("False, ParametersRejected:")
                        .contains("no_such_library"));
        database.shop().awaitReady();
        assertThat(database.shop().psql("show max_connections")).isEqualTo("60");
        assertThat(eventReasons()).contains("Restarting", "ParametersRejected");

        database.shop().deletePod();
        database.shop().awaitReady();
        pods.put("shop", database.shop().uidOfPod());
        assertThat(database.shop().psql("show shared_preload_libraries"))
                .as("in a new pod")
                .isEmpty();
        change("{work_mem: 8MB, max_connections: '60'}");
        database.members().forEach(member -> awaitInForce(member, "max_connections", "60"));
        database.assertNothingLost();
    }

    @Test
    @Order(5)
    void whatPgforkCannotUseDisturbsNobody() {
        var started = startOf(database.shop());
        change("{work_mem: 8MB, max_connections: '60', fsync: 'off'}");
        NAMESPACE.eventually(
                "the settings are rejected",
                () -> assertThat(database.shop().condition("ParametersInForce"))
                        .startsWith("False, ParametersRejected:")
                        .contains("fsync"));
        database.shop().awaitReady();
        assertThat(startOf(database.shop())).isEqualTo(started);
        change("{work_mem: 8MB, max_connections: '60'}");
        awaitInForce(database.shop(), "work_mem", "8MB");
    }

    @Test
    @Order(6)
    void aForkKeepsWhatItInheritedAndHasItsOwnChanged() {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-7}
                spec: {from: {name: shop}, parameters: {work_mem: 6MB}}
                """);
        var fork = NAMESPACE.fork("pr-7").awaitReady();
        NAMESPACE
                .client()
                .resources(PostgresFork.class)
                .inNamespace(NAMESPACE.name())
                .withName("pr-7")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"parameters\":{\"work_mem\":null,\"max_worker_processes\":\"12\"}}}");
        awaitInForce(fork, "max_worker_processes", "12");
        assertThat(fork.psql("show work_mem")).isEqualTo("8MB");
        assertThat(fork.psql("show max_connections")).isEqualTo("60");
        fork.delete();
        fork.awaitGone();
    }

    @AfterAll
    void end() {
        if (database != null) {
            database.close();
        }
    }

    private void changeUnderLoad(String parameters, String connections) throws SQLException {
        try (var load = Pgbench.start(database.shop().shell(), CLIENTS)) {
            NAMESPACE.eventually(
                    "the primary is under load",
                    () -> assertThat(load.connections()).isEqualTo(CLIENTS));
            change(parameters);
            database.members().forEach(member -> awaitInForce(member, "max_connections", connections));
        }
        database.members().forEach(Instance::awaitReady);
        database.awaitWritesTo(database.shop());
        database.assertNothingLost();
        assertThat(database.members())
                .allSatisfy(member -> assertThat(member.uidOfPod()).isEqualTo(pods.get(member.name())))
                .allSatisfy(
                        member -> assertThat(NAMESPACE.log(member.podName())).doesNotContain("recovery has paused"));
    }

    private static void awaitInForce(Instance instance, String name, String value) {
        NAMESPACE.eventually(instance + " has " + name + " = " + value, () -> {
            assertThat(instance.psql("show " + name)).isEqualTo(value);
            assertThat(instance.condition("ParametersInForce")).startsWith("True, InForce:");
        });
    }

    private static String startOf(Instance instance) {
        return instance.psql("select pg_postmaster_start_time()");
    }

    private static List<String> eventReasons() {
        return NAMESPACE.client().v1().events().inNamespace(NAMESPACE.name()).list().getItems().stream()
                .map(event -> event.getReason())
                .toList();
    }

    private static void change(String parameters) {
        NAMESPACE.apply(WatchedDatabase.MANIFEST + "  parameters: " + parameters + "\n");
    }
}
