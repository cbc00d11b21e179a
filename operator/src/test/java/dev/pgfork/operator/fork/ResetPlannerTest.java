package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceDiagnosis.Step;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.status.Kstatus;
import dev.pgfork.operator.storage.SnapshotState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The state table of a reset: what becomes of the next generation, and of the present one meanwhile. */
class ResetPlannerTest extends ResetPlanning {
    /** A fork whose reset has been noted. */
    private ForkWorld begun() {
        var world = ready();
        return world.noted(plan(world, NOW).status());
    }

    /** What is seen of its next generation. */
    private ForkObservation beside(ForkWorld world, ForkWorld next) {
        var status = world.fork.getStatus();
        next.noted(ForkResources.beside(world.fork, status.next()).getStatus());
        return next.seen();
    }

    private Plan<PostgresForkStatus> plan(ForkWorld world, ForkWorld next, Instant now) {
        world.next = Optional.of(beside(world, next));
        return plan(world, now);
    }

    /** The next generation with its cut noted. */
    private ForkWorld cut() {
        var world = begun();
        world.noted(
                plan(world, ForkWorld.withSource().claimed().prepared(), NOW).status());
        return world.noted(plan(world, ForkWorld.withSource().claimed().snapshot(NOW, true), NOW)
                .status());
    }

    private static ForkWorld opened() {
        return new ForkWorld()
                .claimed()
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened()
                .generation(2);
    }

    @Test
    void notesTheNextGenerationFirst() {
        var plan = plan(ready(), NOW);
        expect(plan, ForkPhase.Resetting, Conditions.RECONCILING, "Resetting");
        assertThat(ActionNames.of(plan)).first().isEqualTo("PersistIntent");
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Create") || name.startsWith("Warning"));
        assertThat(plan.status().reset().at()).isEqualTo(AT);
        assertThat(plan.status().reset().outcome()).isNull();
        assertThat(plan.status().next().instance().generation()).isEqualTo(2);
        assertThat(plan.status().instance().generation()).as("the present one").isEqualTo(1);
    }

    @Test
    void makesTheNextGenerationBesideWithoutTouchingWhatTheyShare() {
        var world = begun();
        var preparing = plan(world, ForkWorld.withSource().claimed(), NOW);
        assertThat(ActionNames.of(preparing))
                .contains("PrepareCut 2.1 of uid-of-shop/1")
                .noneMatch(name -> name.startsWith("Delete"));
        world.noted(preparing.status());

        var cutting = plan(world, ForkWorld.withSource().claimed().prepared(), NOW);
        assertThat(ActionNames.of(cutting)).contains("Create VolumeSnapshot pr-42-g2-cut1");
        world.noted(cutting.status());

        var making = plan(world, ForkWorld.withSource().claimed().snapshot(NOW, true), NOW);
        assertThat(ActionNames.of(making))
                .contains("Create PersistentVolumeClaim pr-42-g2", "Create StatefulSet pr-42-g2")
                .noneMatch(name -> name.contains("Service") || name.contains("PublishBinding"));
        expect(making, ForkPhase.Resetting, Conditions.RECONCILING, "Resetting");
        assertThat(making.status().source().cutTime()).as("of what serves").isEqualTo(CUT.toString());
        assertThat(making.status().next().source().cutTime()).isEqualTo(NOW.toString());
        assertThat(Kstatus.of(
                        world.fork.getMetadata(),
                        making.status().observedGeneration(),
                        making.status().conditions()))
                .isEqualTo(Kstatus.InProgress);
    }

    @Test
    void theServiceStaysWhereItIsDuringQuarantineAndWhileTheServerIsNotReady() {
        var quarantine = new ForkWorld().claimed().volume("Bound").pod(false).script(Phase.quarantine);
        quarantine.opened();
        assertThat(ActionNames.of(plan(cut(), quarantine, NOW))).noneMatch(name -> name.contains("Service"));
        var opened = opened();
        opened.pod(false);
        assertThat(plan(cut(), opened, NOW).status().reset().outcome()).isNull();
    }

    @Test
    void writesDownThatItIsTheForkBeforeTheServicesLeadToIt() {
        var world = cut();
        var plan = plan(world, opened(), NOW.plusSeconds(5));
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(ActionNames.of(plan))
                .startsWith("PersistIntent", "Apply Service pr-42", "Apply Service pr-42-instance")
                .contains("Normal Reset on PostgresFork")
                .doesNotContain("PublishBinding")
                .noneMatch(name -> name.startsWith("Delete"));
        var status = plan.status();
        assertThat(status.reset().outcome()).isEqualTo(Outcome.Done);
        assertThat(status.next()).isNull();
        assertThat(status.instance().generation()).isEqualTo(2);
        assertThat(status.source().cutTime()).isEqualTo(NOW.toString());
        assertThat(status.expiresAt())
                .as("the time to live begins anew")
                .isEqualTo(NOW.plusSeconds(5).plus(Duration.ofHours(8)).toString());
    }

    @Test
    void deletesTheOldGenerationOnceAnotherIsTheFork() {
        var world = cut();
        var old = world.seen().belongings();
        world.noted(plan(world, opened(), NOW).status());
        var now = opened();
        now.noted(world.fork.getStatus()).life("8h", false, AT);
        now.belongings = old;
        assertThat(ActionNames.of(plan(now, NOW))).contains("Delete StatefulSet pr-42-g1");
        now.belongings = new Belongings(List.of(), List.of(), old.volumes(), List.of(), List.of());
        assertThat(ActionNames.of(plan(now, NOW))).contains("Delete PersistentVolumeClaim pr-42-g1");
    }

    @Test
    void aNextGenerationThatFailsLeavesTheForkAsItWas() {
        var failed = new ForkWorld().claimed().volume("Bound").pod(false).script(Phase.failed);
        failed.trouble = Optional.of(new Finding(
                Step.PRIVATE_PHASE, "Pod prod/pr-42-g2-0", "QuarantineFailed", "step hygiene failed", true));
        var world = cut();
        var plan = plan(world, failed, NOW);
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(plan.status().next()).isNull();
        assertThat(plan.status().reset().outcome()).isEqualTo(Outcome.Aborted);
        assertThat(plan.status().reset().reason()).isEqualTo("QuarantineFailed");
        assertThat(plan.status().instance().generation()).isEqualTo(1);
        assertThat(plan.status().source().cutTime()).isEqualTo(CUT.toString());
        assertThat(ActionNames.of(plan))
                .startsWith("PersistIntent")
                .contains("Warning ResetAborted on PostgresFork")
                .noneMatch(name -> name.startsWith("Delete"));

        world.noted(plan.status()).next = Optional.empty();
        assertThat(plan(world, NOW.plusSeconds(1)).status().next())
                .as("a command is carried out once")
                .isNull();
        world.life("8h", false, "2026-11-21T10:59:30Z");
        assertThat(plan(world, NOW).status().next().instance().generation())
                .as("a number that was not used before")
                .isEqualTo(3);
    }

    @Test
    void isGivenUpOnceSomebodyFollowsTheFork() {
        var world = cut();
        world.followers = List.of(ForkWorld.follower("reader", false));
        var plan = plan(world, opened(), NOW);
        assertThat(plan.status().reset().outcome()).isEqualTo(Outcome.Aborted);
        assertThat(plan.status().reset().reason()).isEqualTo("HasFollowers");
        assertThat(plan.status().reset().message()).contains("reader");
        assertThat(plan.status().instance().generation()).isEqualTo(1);
        assertThat(ActionNames.of(plan)).doesNotContain("Apply Service pr-42");
    }

    @Test
    void makesAForkAgainThatDoesNotGetReady() {
        var world = stuck();
        var plan = plan(world, NOW);
        expect(plan, ForkPhase.Resetting, Conditions.RECONCILING, "Resetting");
        assertThat(plan.status().next().instance().generation()).isEqualTo(2);

        world.noted(plan.status());
        assertThat(plan(world, ForkWorld.withSource().claimed().prepared(), NOW)
                        .status()
                        .next()
                        .source()
                        .lsnBefore())
                .isNotNull();
    }

    /** Its data is not what its snapshot promised. */
    private ForkWorld stuck() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .pod(false)
                .script(Phase.failed)
                .snapshot(CUT, true)
                .life(null, false, AT);
        world.trouble = Optional.of(
                new Finding(Step.PRIVATE_PHASE, "Pod prod/pr-42-g1-0", "NotPastTheCut", "the data ends", true));
        return world;
    }

    @Test
    void clearsWhatAResetLeftOfAForkThatWasNeverReady() {
        var world = stuck();
        world.noted(plan(world, NOW).status());
        var refused = plan(world, new ForkWorld().claimed(), NOW.plus(Duration.ofMinutes(6)));
        world.noted(refused.status()).next = Optional.empty();
        world.belongings = new Belongings(
                List.of(),
                List.of(),
                List.of(volume(1), volume(2)),
                world.snapshot.map(SnapshotState::object).stream().toList(),
                List.of());
        assertThat(ActionNames.of(plan(world, NOW)))
                .contains("Delete PersistentVolumeClaim pr-42-g2")
                .doesNotContain("Delete PersistentVolumeClaim pr-42-g1", "Delete VolumeSnapshot pr-42-g1-cut1");
    }

    @Test
    void takesNoNumberOfWhichSomethingIsLeft() {
        var world = ready();
        world.belongings = new Belongings(List.of(), List.of(), List.of(volume(1), volume(2)), List.of(), List.of());
        assertThat(plan(world, NOW).status().next().instance().generation()).isEqualTo(3);
    }

    @Test
    void deletesSnapshotsThatNobodyNeedsAnyMore() {
        var world = ready().life(null, false, null);
        var left = new ForkWorld().snapshot(CUT, true).snapshot.orElseThrow().object();
        world.belongings = new Belongings(List.of(), List.of(), List.of(volume(1)), List.of(left), List.of());
        world.server = new Looked.Absent<>();
        assertThat(ActionNames.of(plan(world, NOW))).contains("Delete VolumeSnapshot pr-42-g1-cut1");
    }

    @Test
    void whatIsRefusedLeavesEverythingAlone() {
        var unsafe = ForkWorld.withSource().claimed();
        unsafe.safety = new Looked.Found<>(ForkWorld.safety(1, false));
        var plan = plan(begun(), unsafe, NOW);
        assertThat(plan.status().reset().outcome()).isEqualTo(Outcome.Refused);
        assertThat(plan.status().reset().reason()).isEqualTo("FsyncOff");
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Delete"));
    }

    @Test
    void waitsForTheSourceForFiveMinutes() {
        var world = begun();
        var patient = plan(world, new ForkWorld().claimed(), NOW.plus(Duration.ofMinutes(5)));
        expect(patient, ForkPhase.Resetting, Conditions.RECONCILING, "Resetting");
        assertThat(message(patient)).contains("shop");
        var refused = plan(
                world,
                new ForkWorld().claimed(),
                NOW.plus(Duration.ofMinutes(5)).plusMillis(1));
        assertThat(refused.status().reset().outcome()).isEqualTo(Outcome.Refused);
        assertThat(refused.status().reset().reason()).isEqualTo("SourceNotFound");
    }

    @Test
    void takesAnHourAtMost() {
        var slow = new ForkWorld().claimed().volume("Pending");
        assertThat(plan(cut(), slow, NOW.plus(Duration.ofMinutes(60)))
                        .status()
                        .reset()
                        .outcome())
                .isNull();
        assertThat(plan(cut(), slow, NOW.plus(Duration.ofMinutes(61)))
                        .status()
                        .reset()
                        .outcome())
                .isEqualTo(Outcome.Aborted);
    }

    @Test
    void bringsAnExpiredForkBackAndDeletesNothingOfWhatIsMade() {
        var world = ready().life("1s", false, null);
        world.noted(plan(world, READY.plusSeconds(9)).status());
        assertThat(world.fork.getStatus().phase()).isEqualTo(ForkPhase.Expired);
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.volume = Optional.empty();
        world.life("8h", false, AT);
        world.noted(plan(world, NOW).status());
        expect(plan(world, new ForkWorld().claimed(), NOW), ForkPhase.Resetting, Conditions.RECONCILING, "Resetting");

        world.noted(
                plan(world, ForkWorld.withSource().claimed().prepared(), NOW).status());
        world.noted(plan(world, ForkWorld.withSource().claimed().snapshot(NOW, true), NOW)
                .status());
        var next = opened();
        world.belongings = next.seen().belongings();
        assertThat(ActionNames.of(plan(world, opened().pod(false), NOW))).noneMatch(name -> name.startsWith("Delete"));
        var plan = plan(world, next, NOW);
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(plan.status().expiredAt()).isNull();
    }

    @Test
    void theTimeToLiveDoesNotEndDuringAReset() {
        var plan = plan(begun(), ForkWorld.withSource().claimed(), READY.plus(Duration.ofHours(9)));
        assertThat(plan.status().expiredAt()).isNull();
    }
}
