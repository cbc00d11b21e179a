package dev.pgfork.operator.follower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.ForkNamespaces.From;
import dev.pgfork.api.v1alpha1.InheritedForkRules;
import dev.pgfork.api.v1alpha1.InheritedForkRules.NamespaceRule;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceDiagnosis.Step;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The tables of standbys, as followers live them: streaming, and the next generation. */
class StandbyPlannerTest extends FollowerPlanning {
    private static final Instant LATER = CUT.plusSeconds(10);

    @Test
    void isReadyWhileItIsInStep() {
        var world = new FollowerWorld().noted(cut()).streaming(990).snapshot(CUT, true);
        world.olderVolumes.add(FollowerObjects.volume("shop-replica-g0", "Bound"));
        var plan = plan(world, LATER);
        assertThat(plan.status().phase()).isEqualTo(FollowerPhase.Ready);
        assertThat(Conditions.isTrue(plan.status().conditions(), Conditions.READY))
                .isTrue();
        assertThat(plan.status().streaming()).isTrue();
        assertThat(plan.status().lag().bytes()).isEqualTo(10);
        assertThat(plan.status().lag().commits()).isEqualTo(3);
        assertThat(plan.status().timings().streaming()).isEqualTo(11.5);
        assertThat(actions(plan))
                .contains(
                        "Delete VolumeSnapshot shop-replica-g1-cut-1",
                        "Delete PersistentVolumeClaim shop-replica-g0",
                        "Normal Ready on PostgresFollower");
    }

    @Test
    void isNotReadyBeforeKubernetesFindsThePodReady() {
        var world = new FollowerWorld().noted(cut()).streaming(1000).pod(false, true);
        expect(plan(world), FollowerPhase.CatchingUp, Conditions.RECONCILING, "Starting");
    }

    @Test
    void takesReadersAwayWhileItLagsAndLetsThemComeBack() {
        var lagging = new FollowerWorld().noted(streamed()).streaming(0);
        lagging.primary = new Looked.Found<>(FollowerWorld.primary(1, (64L << 20) + 1, "reserved"));
        var plan = plan(lagging, LATER);
        expect(plan, FollowerPhase.Unavailable, Conditions.RECONCILING, "Lagging");
        assertThat(actions(plan)).contains("LabelPod Pod shop-replica-g1-0 null");
        assertThat(plan.status().streaming()).isTrue();

        var back = new FollowerWorld().noted(plan.status()).streaming(1000).pod(true, false);
        assertThat(actions(plan(back, LATER))).contains("LabelPod Pod shop-replica-g1-0 shop");
        var settled = new FollowerWorld().noted(plan.status()).streaming(1000);
        assertThat(actions(plan(settled, LATER))).noneMatch(action -> action.startsWith("LabelPod"));
    }

    @Test
    void measuringAloneWritesNoStatus() {
        var status = streamed();
        var soon = new FollowerWorld().noted(status).streaming(500);
        assertThat(plan(soon, CUT.plusSeconds(7)).status()).isEqualTo(status);
        assertThat(plan(soon, CUT.plusSeconds(12)).status().lag().bytes()).isEqualTo(500);
    }

    @Test
    void whoLagsSaysTheSameWhileItLags() {
        var lagging = new FollowerWorld().noted(streamed()).streaming(0);
        lagging.primary = new Looked.Found<>(FollowerWorld.primary(1, (64L << 20) + 1, "reserved"));
        var first = plan(lagging, LATER);
        lagging.primary = new Looked.Found<>(FollowerWorld.primary(1, (70L << 20) + 1, "reserved"));
        assertThat(message(plan(lagging, LATER))).isEqualTo(message(first));
    }

    @Test
    void saysWhyThePodDoesNotServe() {
        var world = new FollowerWorld().noted(streamed()).volume("Bound").slot("reserved");
        world.trouble =
                Optional.of(new Finding(Step.POD, "Pod prod/shop-replica-g1-0", "PodNotCreated", "has no pod", false));
        var plan = plan(world, LATER);
        expect(plan, FollowerPhase.Unavailable, Conditions.RECONCILING, "Restarting");
        assertThat(message(plan)).isEqualTo("has no pod");
        assertThat(plan.status().streaming()).isFalse();
        expect(
                plan(world.noted(plan.status()), LATER.plus(DEADLINE).plusSeconds(5)),
                FollowerPhase.Unavailable,
                Conditions.STALLED,
                "PodNotCreated");
    }

    @Test
    void makesASlotThatIsGone() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).own(1000, "waiting");
        world.primary = new Looked.Found<>(FollowerWorld.primary(1, 1000, null));
        var plan = plan(world, LATER);
        expect(plan, FollowerPhase.Unavailable, Conditions.RECONCILING, "SlotMissing");
        assertThat(actions(plan))
                .contains("AttachMember shop-replica to shop-g1-0", "LabelPod Pod shop-replica-g1-0 null");
    }

    @Test
    void waitsWhileItIsCutOff() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).own(1000, "waiting");
        expect(plan(world, LATER), FollowerPhase.Unavailable, Conditions.RECONCILING, "Restarting");
    }

    @Test
    void leavesEverythingWithoutALeader() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000);
        world.hasLeader = false;
        var plan = plan(world, LATER);
        expect(plan, FollowerPhase.Unavailable, Conditions.STALLED, "LeaderNotFound");
        assertThat(plan.actions()).allMatch(Action.Announce.class::isInstance);
    }

    @Test
    void followsTheRoleThatTheLeaderGivesIt() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000);
        world.statefulSet = Optional.empty();
        world.primaryName = "shop-other";
        world.epoch = 7;
        var template = plan(world, LATER).actions().stream()
                .filter(Action.Create.class::isInstance)
                .map(action -> ((Action.Create) action).object().toString())
                .filter(object -> object.contains("PGFORK_LEADER"))
                .findFirst()
                .orElseThrow();
        assertThat(template).contains("shop-other-instance.prod.svc").contains("value=7");
        assertThat(plan(world, LATER).status().leader().primary()).isEqualTo("shop-other");
    }

    // Rebuilding

    @Test
    void isRebuiltWhenItsWalIsGone() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).own(1000, "waiting");
        world.slot("lost");
        var plan = plan(world, LATER);
        expect(plan, FollowerPhase.Rebuilding, Conditions.RECONCILING, "WalGone");
        assertThat(actions(plan))
                .startsWith(
                        "PersistIntent",
                        "Delete StatefulSet shop-replica-g1",
                        "Warning Rebuilding on PostgresFollower");
        assertThat(plan.status().instance().generation()).isEqualTo(2);
        assertThat(plan.status().seed()).isNull();
        assertThat(plan.status().rebuild().reason()).isEqualTo("WalGone");
        assertThat(plan.status().rebuild().keptVolume()).isNull();
        assertThat(plan.status().slot()).isEqualTo(FollowerWorld.SLOT);
    }

    @Test
    void keepsTheVolumeOfOneThatHasDiverged() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).own(2000, "waiting");
        var plan = plan(world, LATER);
        expect(plan, FollowerPhase.Rebuilding, Conditions.RECONCILING, "Diverged");
        assertThat(plan.status().rebuild().keptVolume()).isEqualTo("shop-replica-g1");
        assertThat(actions(plan))
                .containsSubsequence(
                        "PersistIntent",
                        "AnnotateVolume PersistentVolumeClaim shop-replica-g1 Diverged",
                        "Delete StatefulSet shop-replica-g1");

        var next = new FollowerWorld().noted(plan.status()).prepared().slot("reserved");
        var again =
                new FollowerWorld().noted(plan(next, LATER).status()).claimed().snapshot(CUT, true);
        var rebuilt = new FollowerWorld().noted(plan(again, LATER).status()).streaming(1000);
        rebuilt.olderVolumes.add(FollowerObjects.volume("shop-replica-g1", "Bound"));
        rebuilt.olderVolumes.add(FollowerObjects.volume("shop-replica-g0", "Bound"));
        assertThat(actions(plan(rebuilt, LATER)))
                .contains("Delete PersistentVolumeClaim shop-replica-g0")
                .doesNotContain("Delete PersistentVolumeClaim shop-replica-g1");
    }

    /** The status names one volume only. */
    @Test
    void keepsTheVolumesOfAllThatHaveDiverged() {
        var status = streamed();
        var world = new FollowerWorld().noted(status).streaming(1000).own(2000, "waiting");
        var first = plan(world, LATER).status();
        var cutAgain = plan(
                        new FollowerWorld()
                                .noted(plan(
                                                new FollowerWorld()
                                                        .noted(first)
                                                        .prepared()
                                                        .slot("reserved"),
                                                LATER)
                                        .status())
                                .claimed()
                                .snapshot(CUT, true),
                        LATER)
                .status();
        var again = new FollowerWorld().noted(cutAgain).streaming(1000).own(2000, "waiting");
        again.volume = Optional.of(FollowerObjects.volume("shop-replica-g2", "Bound"));
        again.olderVolumes.add(FollowerObjects.volume("shop-replica-g1", "Bound"));
        var second = plan(again, LATER.plusSeconds(120));
        assertThat(second.status().rebuild().keptVolume()).isEqualTo("shop-replica-g2");
        assertThat(actions(second))
                .as("the first one is marked before the status forgets it")
                .containsSubsequence(
                        "AnnotateVolume PersistentVolumeClaim shop-replica-g1 Diverged",
                        "PersistIntent",
                        "AnnotateVolume PersistentVolumeClaim shop-replica-g2 Diverged");

        var ready = new FollowerWorld().noted(status).streaming(1000);
        ready.olderVolumes.add(FollowerObjects.keptVolume("shop-replica-g0"));
        assertThat(actions(plan(ready, LATER))).noneMatch(action -> action.contains("PersistentVolumeClaim"));
        again.olderVolumes.set(0, FollowerObjects.keptVolume("shop-replica-g1"));
        assertThat(actions(plan(again, LATER.plusSeconds(120))))
                .doesNotContain("AnnotateVolume PersistentVolumeClaim shop-replica-g1 Diverged");
    }

    /** Else each attempt of many would leave one. */
    @Test
    void leavesNoCopyThatNeverStreamedAndNoSnapshot() {
        var deletions = List.of(
                "Delete PersistentVolumeClaim shop-replica-g1",
                "Delete VolumeSnapshot shop-replica-g1-cut-1",
                "Delete VolumeSnapshot shop-replica-g1-cut-0");
        var fresh = walGone(cut());
        assertThat(actions(plan(fresh, LATER)))
                .containsSubsequence("PersistIntent", "Delete StatefulSet shop-replica-g1")
                .containsSubsequence(deletions);
        assertThat(actions(plan(walGone(streamed()), LATER)))
                .as("it may be needed if the primary is lost now")
                .doesNotContain("Delete PersistentVolumeClaim shop-replica-g1")
                .contains("Delete VolumeSnapshot shop-replica-g1-cut-1");
        fresh.slot("reserved").own(2000, "waiting");
        assertThat(actions(plan(fresh, LATER)))
                .as("it has diverged")
                .contains("AnnotateVolume PersistentVolumeClaim shop-replica-g1 Diverged")
                .doesNotContain("Delete PersistentVolumeClaim shop-replica-g1");
        fresh.own(1000, "waiting").slot("lost").volume = Optional.of(FollowerObjects.keptVolume("shop-replica-g1"));
        assertThat(actions(plan(fresh, LATER))).doesNotContain("Delete PersistentVolumeClaim shop-replica-g1");

        var ready = new FollowerWorld().noted(streamed()).streaming(1000);
        ready.otherSnapshots.add(FollowerObjects.snapshot("shop-replica-g0-cut-2"));
        assertThat(actions(plan(ready, LATER))).contains("Delete VolumeSnapshot shop-replica-g0-cut-2");
    }

    /** A copy that was cut and never streamed may be the last one, and the next one cannot be made now. */
    @Test
    void keepsTheSnapshotOfALostVolumeWhileNoPrimaryServes() {
        var world = new FollowerWorld().noted(streamed());
        world.otherSnapshots.add(FollowerObjects.snapshot("shop-replica-g1-cut-1"));
        world.volume = Optional.empty();
        assertThat(actions(plan(world, LATER)))
                .as("a primary serves")
                .contains("Delete VolumeSnapshot shop-replica-g1-cut-1");
        world.leaderServes = false;
        assertThat(actions(plan(world, LATER)))
                .contains("PersistIntent")
                .noneMatch(name -> name.startsWith("Delete V"));
    }

    private static FollowerWorld walGone(PostgresFollowerStatus status) {
        var world = new FollowerWorld()
                .noted(status)
                .streaming(1000)
                .own(1000, "waiting")
                .slot("lost")
                .snapshot(CUT, true);
        world.otherSnapshots.add(FollowerObjects.snapshot("shop-replica-g1-cut-0"));
        return world;
    }

    @Test
    void isNotRebuiltWhileAnotherInstanceBecomesThePrimary() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).own(2000, "waiting");
        world.changing = true;
        assertThat(plan(world, LATER).status().instance().generation()).isEqualTo(1);
    }

    @Test
    void isRebuiltWhenItsVolumeGoes() {
        var gone = new FollowerWorld().noted(streamed()).streaming(1000);
        gone.volume = Optional.empty();
        expect(plan(gone, LATER), FollowerPhase.Rebuilding, Conditions.RECONCILING, "VolumeLost");
        var going = new FollowerWorld().noted(streamed()).streaming(1000);
        going.volume = going.volume.map(claim -> new PersistentVolumeClaimBuilder(claim)
                .editMetadata()
                .withDeletionTimestamp(LATER.toString())
                .endMetadata()
                .build());
        expect(plan(going, LATER), FollowerPhase.Rebuilding, Conditions.RECONCILING, "VolumeLost");
    }

    @Test
    void waitsBetweenRebuilds() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).own(1000, "waiting");
        world.slot("lost");
        var first = plan(world, LATER);
        var again = new FollowerWorld().noted(first.status());
        again.slot("reserved").prepared();
        var seed = plan(again, LATER.plusSeconds(1)).status();
        var cutAgain = plan(
                        new FollowerWorld()
                                .noted(seed)
                                .claimed()
                                .slot("reserved")
                                .snapshot(CUT, true),
                        LATER.plusSeconds(2))
                .status();
        var lost = new FollowerWorld().noted(cutAgain).streaming(1000).own(1000, "waiting");
        lost.slot("lost");
        var plan = plan(lost, LATER.plusSeconds(3));
        expect(plan, FollowerPhase.Rebuilding, Conditions.RECONCILING, "WalGone");
        assertThat(plan.status().instance().generation()).isEqualTo(2);
        assertThat(message(plan)).contains("not before");
        assertThat(plan(lost, LATER.plusSeconds(120)).status().instance().generation())
                .isEqualTo(3);
    }

    @Test
    void aSetOfAnOlderGenerationMustNotRunBesideIt() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000);
        world.olderSets.add(new StatefulSetBuilder()
                .withMetadata(FollowerObjects.meta("shop-replica-g0"))
                .build());
        assertThat(actions(plan(world, LATER))).contains("Delete StatefulSet shop-replica-g0");
    }

    @Test
    void aStandbyIsNeverAPrimary() {
        var template = FollowerResources.recorded(
                        new FollowerWorld().noted(streamed()).follower,
                        new FollowerStatusDraft(new FollowerWorld().noted(streamed()).follower, LATER),
                        new FollowerWorld().seen().leader())
                .orElseThrow();
        assertThat(template.role()).isEqualTo(Role.STANDBY);
        assertThat(template.membership().synchronous()).isEmpty();
    }

    @Test
    void notesWhatItsLeaderDemandsOfForksAndKeepsIt() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000);
        world.forks = new InheritedForkRules(List.of(new NamespaceRule("prod", From.Same, null)), 2);
        var status = plan(world).status();
        assertThat(status.forks()).isEqualTo(world.forks);
        var alone = new FollowerWorld().noted(status).streaming(1000);
        alone.forks = null;
        assertThat(plan(alone).status().forks()).isEqualTo(world.forks);
    }
}
