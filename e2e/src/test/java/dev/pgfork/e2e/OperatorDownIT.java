package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Operator;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Without an operator databases and forks serve, restart by themselves, and stay what they are. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorDownIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final String IDENTITY = "select system_identifier || ' ' || current_setting('pgfork.uid') || ' '"
            + " || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) from pg_control_system()";

    private Operator operator;

    @BeforeAll
    void stopTheOperator() {
        operator = new Operator(NAMESPACE.client());
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-42}
                spec:
                  from: {name: shop}
                """);
        instances().forEach(Instance::awaitReady);
        operator.stop();
    }

    static Stream<Instance> instances() {
        return Stream.of(NAMESPACE.database("shop"), NAMESPACE.fork("pr-42"));
    }

    @ParameterizedTest
    @MethodSource("instances")
    void aKilledPostmasterComesBack(Instance instance) throws SQLException {
        staysTheSame(instance, instance::killPostmaster);
    }

    @ParameterizedTest
    @MethodSource("instances")
    void aKilledContainerComesBack(Instance instance) throws SQLException {
        staysTheSame(instance, instance::killContainer);
    }

    @ParameterizedTest
    @MethodSource("instances")
    void aDeletedPodComesBack(Instance instance) throws SQLException {
        staysTheSame(instance, instance::deletePod);
    }

    private static void staysTheSame(Instance instance, Runnable disturbance) throws SQLException {
        var identity = instance.psql(IDENTITY);
        instance.login().execute("create table if not exists kept (what text)");
        instance.login().execute("insert into kept values ('row')");
        var rows = instance.login().query("select count(*) from kept");

        disturbance.run();

        // The kubelet may say only after the server is back that it was gone, and then the Service leads nowhere again.
        NAMESPACE.eventually(
                "it has the rows that it had",
                () -> assertThat(instance.login().query("select count(*) from kept"))
                        .isEqualTo(rows));
        assertThat(instance.psql(IDENTITY)).isEqualTo(identity);
    }

    @Test
    void bothServe() throws SQLException {
        for (var instance : List.copyOf(instances().toList())) {
            assertThat(instance.login().query("select 1")).isEqualTo("1");
        }
    }

    @AfterAll
    void theOperatorFindsEverythingAsItWas() {
        operator.start();
        instances().forEach(Instance::awaitReadyInTheEnd);
        instances()
                .forEach(instance -> assertThat(NAMESPACE.objectsOf(instance.name()))
                        .filteredOn(object -> object.startsWith("VolumeSnapshot/"))
                        .isEmpty());
    }
}
