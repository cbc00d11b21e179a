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
import java.util.function.Function;
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
        database = WatchedDatabase.with(NAMESPACE, "replica");
    }

    /**
     * What becomes of the old primary, or of the operator.
     *
     * @param prepare before the changeover
     */
    record Trouble(String what, Runnable prepare, Consumer<Instance> breaks) {

        Trouble(String what, Consumer<Instance> breaks) {
            this(what, () -> {}, breaks);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    /** Which trouble from which step on. */
    Stream<Arguments> troubles() {
        var operator = new Operator(NAMESPACE.client());
        var operatorKilled = new Trouble("operator killed", operator::replace, primary -> operator.kill());
        var podDeleted = new Trouble("old primary's pod deleted", Instance::deletePod);
        var containerKilled = new Trouble("old primary's container killed", Instance::killContainer);
        return Runs.of(1, 5)
                .boxed()
                .flatMap(run -> Stream.of(
                                at(run, kubeletRestarted(), ChangeoverStep.Fencing, ChangeoverStep.Promoting),
                                at(
                                        run,
                                        Stream.of(operatorKilled),
                                        ChangeoverStep.Preparing,
                                        ChangeoverStep.Fencing,
                                        ChangeoverStep.CatchingUp,
                                        ChangeoverStep.Promoting,
                                        ChangeoverStep.Following),
                                at(
                                        run,
                                        Stream.of(podDeleted, containerKilled),
                                        ChangeoverStep.Fencing,
                                        ChangeoverStep.Promoting))
                        .flatMap(Function.identity()));
    }

    private static Stream<Arguments> at(int run, Stream<Trouble> troubles, ChangeoverStep... steps) {
        return troubles.flatMap(trouble -> Stream.of(steps).map(step -> Arguments.of(run, trouble, step)));
    }

    /** On clusters of others that is not for us to do. */
    private static Stream<Trouble> kubeletRestarted() {
        return LocalCluster.underTest().stream()
                .map(cluster -> new Trouble("kubelet restarted", primary -> cluster.restartKubelet()));
    }

    @ParameterizedTest(name = "run {0}: {1} at {2}")
    @MethodSource("troubles")
    void nothingThatWasAcknowledgedIsLost(int run, Trouble trouble, ChangeoverStep step) throws SQLException {
        trouble.prepare().run();
        var from = database.primary();
        var to = database.standby();
        var before = database.lastWritten();

        var at = database.promote(to);
        database.awaitStep(at, step);
        trouble.breaks().accept(from);

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
