package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.status.Conditions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A changeover of a database in which a person has to put something right. */
class HinderedChangeoverTest extends OwnInstancePlanning {
    private final ChangeoverWorld changeover = new ChangeoverWorld();

    @BeforeEach
    void begins() {
        changeover.following.clear();
        changeover.following.put("shop-replica", Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"InvalidParameters", "NameTaken"})
    void endsWhatCannotBeUndone(String obstacle) {
        at(ChangeoverStep.Following, obstacle);
        var follows = plan();
        assertThat(ActionNames.of(follows)).contains("Follow shop-replica 3");
        assertThat(follows.status().changeover()).isNotNull();
        expectRefused(follows.status(), obstacle);

        changeover.following.put("shop-replica", Optional.of(new Progress.Done<>(true)));
        at(ChangeoverStep.Following, obstacle);
        var done = plan();
        assertThat(done.status())
                .returns(null, PostgresDatabaseStatus::changeover)
                .returns("shop", s -> s.primary());
        expectRefused(done.status(), obstacle);
    }

    /** What it would do to Services and pods waits for that person. */
    @ParameterizedTest
    @ValueSource(strings = {"InvalidParameters", "NameTaken"})
    void goesNoFurtherUnlessItMust(String obstacle) {
        changeover.preparation = Optional.of(new Progress.Done<>(true));
        at(ChangeoverStep.Preparing, obstacle);
        assertThat(plan().status().changeover().step()).isEqualTo(ChangeoverStep.Preparing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"InvalidParameters", "NameTaken"})
    void endsThatOfADatabaseThatIsDeletedAndHeldBack(String obstacle) {
        at(ChangeoverStep.Preparing, obstacle);
        var ended = deletion();
        assertThat(ended.status())
                .returns(null, PostgresDatabaseStatus::changeover)
                .returns("shop-replica", PostgresDatabaseStatus::primary);
        noted(ended.status());
        world.changeover = Optional.empty();
        assertThat(deletion().status().phase()).isEqualTo(DatabasePhase.Deleting);
    }

    @ParameterizedTest
    @ValueSource(strings = {"InvalidParameters", "NameTaken"})
    void whatOneHasLeftHalfDoneIsRepaired(String obstacle) {
        world.replication = new Looked.Found<>(new ReplicationReport.Primary(
                "uid-of-shop-replica", 2, 1, List.of(), new Lsn(0), new Lsn(1), List.of()));
        world.scripts = Map.of("shop-other", new Looked.Found<>(DatabaseWorld.script(Phase.fenced, "fenced", 2, null)));
        hinder(obstacle);
        var plan = plan();
        assertThat(ActionNames.of(plan)).anyMatch(action -> action.startsWith("Follow shop-other"));
        expectRefused(plan.status(), obstacle);
    }

    private void at(ChangeoverStep step, String obstacle) {
        changingOver(step);
        world.changeover = Optional.of(changeover.seen());
        hinder(obstacle);
    }

    private void hinder(String obstacle) {
        if (obstacle.equals("NameTaken")) {
            world.nameTaken = Optional.of("Service shop is somebody else's");
        } else {
            world.parameters(Map.of("fsync", "off"));
        }
    }

    private static void expectRefused(PostgresDatabaseStatus status, String reason) {
        assertThat(status.phase()).isEqualTo(DatabasePhase.Refused);
        assertThat(Conditions.find(status.conditions(), Conditions.STALLED))
                .get()
                .returns(reason, condition -> condition.getReason());
    }
}
