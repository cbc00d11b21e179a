package dev.pgfork.operator.follower;

import static dev.pgfork.operator.follower.FollowerWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The state table of a follower between the noted seed and the accepted cut. */
class CutPlannerTest extends FollowerPlanning {

    @Test
    void beginsAgainUnderAnotherNameIfTheSnapshotIsNotThere() {
        var plan = plan(new FollowerWorld().claimed().noted(seedNoted()));
        expect(plan, FollowerPhase.Cutting, Conditions.RECONCILING, "Cutting");
        assertThat(actions(plan)).startsWith("PersistIntent");
        assertThat(plan.status().seed().attempt()).isEqualTo(2);
        assertThat(plan.status().seed().timeline()).isNull();
    }

    @Test
    void waitsForTheCutAndNamesTheSnapshotWhenItTakesTooLong() {
        var world = new FollowerWorld().claimed().noted(seedNoted()).snapshot(null, false);
        expect(plan(world), FollowerPhase.Cutting, Conditions.RECONCILING, "Cutting");
        var late = plan(world, START.plus(DEADLINE).plusSeconds(1));
        expect(late, FollowerPhase.Cutting, Conditions.STALLED, "SnapshotNotReady");
        assertThat(message(late)).contains("VolumeSnapshot prod/shop-replica-g1-cut-1");
    }

    @Test
    void discardsACutOfAPrimaryThatChangedOrBecameUnsafe() {
        for (var facts : List.of(FollowerWorld.safety(2, true), FollowerWorld.safety(1, false))) {
            var world = new FollowerWorld().claimed().noted(seedNoted()).snapshot(CUT, true);
            world.safety = new Looked.Found<>(facts);
            var plan = plan(world);
            expect(plan, FollowerPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
            assertThat(actions(plan)).startsWith("PersistIntent", "Delete VolumeSnapshot shop-replica-g1-cut-1");
            assertThat(plan.status().seed().attempt()).isEqualTo(2);
            assertThat(plan.status().conditions())
                    .extracting(Condition::getType)
                    .doesNotContain("CopyOnWrite", "SnapshotAtomicity");
        }
    }

    @Test
    void waitsWhenThePrimaryCannotBeCheckedAgain() {
        var world = new FollowerWorld().claimed().noted(seedNoted()).snapshot(CUT, true);
        world.safety = new Looked.Unknown<>("timeout");
        var plan = plan(world);
        expect(plan, FollowerPhase.Cutting, Conditions.RECONCILING, "Cutting");
        assertThat(actions(plan)).noneMatch(name -> name.contains("PersistentVolumeClaim"));
    }

    @Test
    void goesOnToVolumePodAndServiceInTheSamePlan() {
        var plan = plan(new FollowerWorld().claimed().noted(seedNoted()).snapshot(CUT, true), CUT);
        expect(plan, FollowerPhase.Starting, Conditions.RECONCILING, "Starting");
        assertThat(actions(plan))
                .startsWith("PersistIntent")
                .containsSubsequence(
                        "Create PersistentVolumeClaim shop-replica-g1",
                        "Create StatefulSet shop-replica-g1",
                        "Create Service shop-replica");
        assertThat(plan.status().seed().cutTime()).isEqualTo(CUT.toString());
        assertThat(plan.status().timings().cut()).isEqualTo(1.5);
    }

    @Test
    void makesNoVolumeOfASnapshotThatIsNotReady() {
        var plan = plan(new FollowerWorld().claimed().noted(seedNoted()).snapshot(CUT, false), CUT);
        expect(plan, FollowerPhase.Cutting, Conditions.RECONCILING, "Cutting");
        assertThat(actions(plan)).noneMatch(name -> name.contains("PersistentVolumeClaim"));
    }
}
