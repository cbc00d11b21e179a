package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The state table of a fork between the noted position and the accepted cut. */
class CutPlannerTest extends ForkPlanning {
    @Test
    void takesTheSnapshotAgainAfterACrash() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted());
        assertThat(ActionNames.of(plan(world))).contains("Create VolumeSnapshot pr-42-g1-cut1");
    }

    @Test
    void waitsForTheCutAndNamesTheSnapshotWhenItTakesTooLong() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(null, false);
        expect(plan(world), ForkPhase.Cutting, Conditions.RECONCILING, "Cutting");
        var late = plan(world, START.plus(DEADLINE).plusSeconds(1));
        expect(late, ForkPhase.Cutting, Conditions.STALLED, "SnapshotNotReady");
        assertThat(message(late)).contains("VolumeSnapshot prod/pr-42-g1-cut1");
    }

    @Test
    void discardsACutOfASourceThatChangedItsTimeline() {
        var plan = plan(
                ForkWorld.withSource().safe(2).claimed().noted(positionNoted()).snapshot(CUT, true));
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent", "Delete VolumeSnapshot pr-42-g1-cut1");
        assertThat(plan.status().cutAttempt()).isEqualTo(2);
        assertThat(plan.status().source()).isNull();
        assertThat(plan.status().conditions())
                .extracting(Condition::getType)
                .doesNotContain("CopyOnWrite", "SnapshotAtomicity");
    }

    @Test
    void discardsACutOfAVolumeThatIsNotTheSourcesAnyMore() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(CUT, true);
        world.sourceVolume = Optional.of(new SourceVolume(
                "shop-g2", new Quantity("20Gi"), new Quantity("20Gi"), "fast", "btrfs", "volume-of-shop"));
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
        assertThat(message(plan)).contains("shop-g2").contains("shop-g1");
    }

    /** A fork that is reset has the same timeline, and its server the same identity. */
    @Test
    void takesNoSnapshotOfAnotherVolumeThanThePositionIsOf() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted());
        world.sourceVolume = Optional.of(new SourceVolume(
                "shop-g2", new Quantity("20Gi"), new Quantity("20Gi"), "fast", "btrfs", "volume-of-shop"));
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.contains("VolumeSnapshot"));
        assertThat(plan.status().source()).isNull();
        assertThat(plan.status().cutAttempt()).isEqualTo(2);
    }

    @Test
    void discardsACutOfASourceThatWasStoppedAndCannotSayWhereItWas() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(CUT, true);
        var was = world.source.orElseThrow();
        world.source = Optional.of(new SourceInstance(
                was.template(), was.instance(), was.names(), Optional.empty(), false, "SourceSuspended", "it rests"));
        world.safety = new Looked.Absent<>();
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent", "Delete VolumeSnapshot pr-42-g1-cut1");
    }

    @Test
    void holdsUpTheEndOfItsSourceUntilItStalls() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(null, false);
        assertThat(OtherForks.holdsUp(plan(world).status())).isTrue();
        assertThat(OtherForks.holdsUp(
                        plan(world, START.plus(DEADLINE).plusSeconds(1)).status()))
                .isFalse();
    }

    @Test
    void discardsACutOfASourceThatBecameUnsafe() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(CUT, true);
        world.safety = new Looked.Found<>(ForkWorld.safety(1, false));
        expect(plan(world), ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
    }

    @Test
    void waitsWhenTheSourceCannotBeCheckedAgain() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(CUT, true);
        world.safety = new Looked.Unknown<>("timeout");
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "Cutting");
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.contains("PersistentVolumeClaim"));
    }

    @Test
    void goesOnToVolumeAndPodInTheSamePlan() {
        var plan = plan(ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(CUT, true), CUT);
        expect(plan, ForkPhase.Starting, Conditions.RECONCILING, "Starting");
        assertThat(ActionNames.of(plan))
                .startsWith("PersistIntent", "Create PersistentVolumeClaim pr-42-g1", "Create StatefulSet pr-42-g1");
        assertThat(plan.status().source().cutTime()).isEqualTo(CUT.toString());
        assertThat(plan.status().timings().cut()).isEqualTo(1.5);
    }

    @Test
    void makesNoVolumeOfASnapshotThatIsNotReady() {
        var plan = plan(ForkWorld.withSource().claimed().noted(positionNoted()).snapshot(CUT, false), CUT);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "Cutting");
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.contains("PersistentVolumeClaim"));
    }
}
