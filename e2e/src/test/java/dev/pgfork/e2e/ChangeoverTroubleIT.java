package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.LocalCluster;
import dev.pgfork.e2e.cluster.Operator;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.sql.SQLException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Something breaks in the middle of a changeover. It ends all the same, and nothing that was acknowledged is lost. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChangeoverTroubleIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private WatchedDatabase database;

    @BeforeAll
    void writeToADatabaseWithAFollower() throws SQLException {
        new Operator(NAMESPACE.client()).replace();
        database = WatchedDatabase.with(NAMESPACE, "replica");
    }

    /** What becomes of the old primary, or of the operator, and from which step on. */
    static Stream<Arguments> troubles() {
        Consumer<Instance> operatorKilled = primary -> new Operator(NAMESPACE.client()).kill();
        Consumer<Instance> podDeleted = Instance::deletePod;
        Consumer<Instance> containerKilled = Instance::killContainer;
        return Runs.of(1, 5)
                .boxed()
                .flatMap(run -> Stream.concat(
                        kubeletRestarted(run),
                        Stream.of(
                                Arguments.of(run, ChangeoverStep.Preparing, "operator killed", operatorKilled),
                                Arguments.of(run, ChangeoverStep.Fencing, "operator killed", operatorKilled),
                                Arguments.of(run, ChangeoverStep.Promoting, "operator killed", operatorKilled),
                                Arguments.of(run, ChangeoverStep.Following, "operator killed", operatorKilled),
                                Arguments.of(run, ChangeoverStep.Fencing, "old primary's pod deleted", podDeleted),
                                Arguments.of(run, ChangeoverStep.Promoting, "old primary's pod deleted", podDeleted),
                                Arguments.of(
                                        run, ChangeoverStep.Fencing, "old primary's container killed", containerKilled),
                                Arguments.of(
                                        run,
                                        ChangeoverStep.Promoting,
                                        "old primary's container killed",
                                        containerKilled))));
    }

    /** On clusters of others that is not for us to do. */
    private static Stream<Arguments> kubeletRestarted(int run) {
        return LocalCluster.underTest().stream()
                .<Consumer<Instance>>map(cluster -> primary -> cluster.restartKubelet())
                .flatMap(restarted -> Stream.of(
                        Arguments.of(run, ChangeoverStep.Fencing, "kubelet restarted", restarted),
                        Arguments.of(run, ChangeoverStep.Promoting, "kubelet restarted", restarted)));
    }

    @ParameterizedTest(name = "run {0}: {2} at {1}")
    @MethodSource("troubles")
    void nothingThatWasAcknowledgedIsLost(int run, ChangeoverStep step, String trouble, Consumer<Instance> breaks)
            throws SQLException {
        var from = database.primary();
        var to = database.standby();
        var before = database.lastWritten();

        var at = database.promote(to);
        database.awaitStep(at, step);
        breaks.accept(from);

        var outcome = database.awaitOutcome(at);
        var primary = outcome.outcome() == Outcome.Done ? to : from;
        assertThat(database.primary().name()).as(outcome.toString()).isEqualTo(primary.name());
        database.awaitWritesTo(primary);
        database.awaitAllFollow();
        database.assertNothingLost();
        database.members().forEach(Instance::awaitReadyInTheEnd);
        database.reportGap("%s at %s, %s".formatted(trouble, step, outcome.outcome()), before);
    }

    /** It seems to stream, and receives nothing: only the comparison with the fenced server's last record tells. */
    @Test
    void aFollowerThatDoesNotReceiveTheLastWritesIsNotPromoted() throws SQLException {
        var from = database.primary();
        var to = database.standby();
        var before = database.lastWritten();
        var receiver = to.psql("select pid from pg_stat_wal_receiver");
        to.shell().run("kill", "-STOP", receiver);
        try {
            var outcome = database.awaitOutcome(database.promote(to));

            assertThat(outcome.outcome()).as(outcome.toString()).isEqualTo(Outcome.Aborted);
            database.awaitWritesTo(from);
        } finally {
            to.shell().run("kill", "-CONT", receiver);
        }
        assertThat(database.primary().name()).isEqualTo(from.name());
        database.awaitAllFollow();
        database.assertNothingLost();
        database.reportGap("aborted changeover", before);

        var outcome = database.awaitOutcome(database.promote(to));
        assertThat(outcome.outcome()).as(outcome.toString()).isEqualTo(Outcome.Done);
        database.awaitWritesTo(to);
        database.awaitAllFollow();
        database.assertNothingLost();
    }

    @AfterAll
    void stopWriting() {
        if (database != null) {
            database.close();
        }
    }
}
