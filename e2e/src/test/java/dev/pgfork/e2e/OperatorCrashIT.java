package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Operator;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import java.sql.SQLException;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator is killed while it makes a fork. Its successor ends the work, and there is nothing too much. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorCrashIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Operator operator;
    private AckedWriter writer;

    @BeforeAll
    void writeToASource() throws SQLException {
        operator = new Operator(NAMESPACE.client());
        operator.replace();
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 2Gi}
                  deletionPolicy: Delete
                """);
        writer = AckedWriter.start(NAMESPACE.database("shop").awaitReady().login());
    }

    @ParameterizedTest
    @EnumSource(names = {"Cutting", "Starting", "Quarantine"})
    void aForkIsEndedByTheOperatorsSuccessor(ForkPhase phase) throws SQLException {
        var storage = NAMESPACE.storage();
        NAMESPACE.eventually(
                "rows are written", () -> assertThat(writer.acknowledged()).isNotEmpty());
        var acknowledged = writer.acknowledged();
        var fork = fork(phase.name().toLowerCase(Locale.ROOT));
        NAMESPACE.awaitPhase(fork.name(), phase);

        operator.kill();

        fork.awaitReadyInTheEnd();
        AckedWriter.assertHasAll(fork.login(), acknowledged);
        NAMESPACE.eventually(
                "one volume and no snapshot are left",
                () -> assertThat(NAMESPACE.storage()).hasSize(storage.size() + 1));
        fork.delete();
        fork.awaitGone();
        NAMESPACE.eventually(
                "the storage is as it was",
                () -> assertThat(NAMESPACE.storage()).isEqualTo(storage));
        operator.awaitRolledOut();
    }

    private static Instance fork(String name) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec:
                  from: {name: shop}
                """.formatted(name));
        return NAMESPACE.fork(name);
    }

    @AfterAll
    void theSourceWasNotDisturbed() {
        writer.close();
        assertThat(writer.interruptions())
                .as(() -> String.valueOf(writer.lastFailure()))
                .isZero();
    }
}
