package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.Failover;
import dev.pgfork.api.v1alpha1.OwnInstance;
import dev.pgfork.api.v1alpha1.OwnInstanceStatus;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.Synchronous;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of {@link OwnInstanceRemoval}. */
class OwnInstanceRemovalTest extends OwnInstancePlanning {

    @Test
    void isNotRemovedWhileItIsThePrimary() {
        noted(primary(world.resource.getStatus(), "shop", 3));
        world.primary = Optional.empty();
        var plan = removed();
        expect(plan, "False", "IsPrimary");
        assertThat(ActionNames.of(plan)).noneMatch(action -> action.startsWith("Delete"));
    }

    @Test
    void isRemovedPodFirstThenSlotThenVolume() {
        var begun = removed();
        expect(begun, "False", "Removing");
        assertThat(ActionNames.of(begun))
                .contains("PersistIntent")
                .noneMatch(action -> action.startsWith("Delete") || action.startsWith("Annotate"));
        noted(begun.status());
        assertThat(ActionNames.of(plan()))
                .contains("Delete StatefulSet shop-g1")
                .noneMatch(action -> action.startsWith("Detach") || action.startsWith("Delete Pers"));
        world.statefulSet = Optional.empty();
        assertThat(ActionNames.of(plan())).as("while the pod stops").noneMatch(action -> action.startsWith("Detach"));
        world.pod = Optional.empty();
        assertThat(ActionNames.of(plan()))
                .containsSubsequence(
                        "DetachMember " + DatabaseWorld.SLOT + " from shop-replica-g2-0",
                        "Delete PersistentVolumeClaim shop-g1",
                        "Delete Secret shop-tls")
                .noneMatch(action -> action.contains("Service") || action.contains("-ca") || action.contains("-app"));
        world.volume = Optional.empty();
        world.tls = Optional.empty();
        var done = plan();
        expect(done, "True", "Removed");
        assertThat(done.status().ownInstance())
                .isEqualTo(new OwnInstanceStatus(
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        done.status().ownInstance().removal()));
        assertThat(ActionNames.of(done)).containsExactly("Normal Removed on PostgresDatabase");
        assertThat(Conditions.isTrue(done.status().conditions(), Conditions.READY))
                .isTrue();
    }

    @Test
    void slotAndVolumeWaitForThePrimary() {
        noted(removed().status());
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.primary = Optional.empty();
        assertThat(ActionNames.of(plan()))
                .noneMatch(action -> action.startsWith("Detach") || action.startsWith("Delete"));
    }

    @Test
    void isNotRemovedWhileThePrimaryIsDown() {
        world.primary = Optional.empty();
        expect(removed(), "False", "PrimaryNotReady");
        assertThat(removed().status().ownInstance().removal()).isNull();
    }

    @Test
    void isNotRemovedWhileCommitsNeedIt() {
        world.ownInstance = OwnInstance.Removed;
        world.wants(null, new Synchronous(2, null));
        var needed = plan();
        expect(needed, "False", "NeededForSynchronous");
        assertThat(ActionNames.of(needed)).contains("Normal NeededForSynchronous on PostgresDatabase");
        noted(needed.status());
        assertThat(ActionNames.of(plan())).as("told once").noneMatch(action -> action.contains(" on "));
        world.wants(null, new Synchronous(1, null));
        expect(plan(), "False", "Removing");
    }

    @Test
    void keepsTheVolumeOfOneThatIsNotKnownToHoldNothingElse() {
        cutOff(900);
        noted(plan().status());
        expect(removed(), "False", "NotStreaming");
        assertThat(removed().status().ownInstance().removal()).isNull();
        var late =
                planner.plan(world.resource, world.seen(), START.plus(DEADLINE).plusSeconds(1));
        expect(late, "False", "Removing");
        assertThat(late.status().ownInstance().removal().keptVolume()).isEqualTo("shop-g1");
        assertThat(ActionNames.of(late))
                .containsSubsequence("PersistIntent", "AnnotateVolume PersistentVolumeClaim shop-g1 Removed");
        noted(late.status());
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        assertThat(ActionNames.of(plan()))
                .contains("AnnotateVolume PersistentVolumeClaim shop-g1 Removed")
                .doesNotContain("Delete PersistentVolumeClaim shop-g1");
    }

    /** Until its pod ended it may have acknowledged what the later primary never got. */
    @Test
    void keepsTheVolumeFromAPrimaryThatCameLater() {
        var begun = removed();
        assertThat(begun.status().ownInstance().removal().keptVolume()).isNull();
        noted(primary(begun.status(), "shop-replica", begun.status().epoch() + 1));
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        var later = plan();
        assertThat(later.status().ownInstance().removal().keptVolume()).isEqualTo("shop-g1");
        assertThat(ActionNames.of(later))
                .contains("AnnotateVolume PersistentVolumeClaim shop-g1 Removed")
                .doesNotContain("Delete PersistentVolumeClaim shop-g1");
    }

    @Test
    void keepsTheVolumeOfOneThatHasDiverged() {
        cutOff(2000);
        assertThat(removed().status().ownInstance().removal().keptVolume()).isEqualTo("shop-g1");
    }

    @Test
    void comesBackAsTheNextGenerationOnceItIsGone() {
        noted(removed().status());
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.volume = Optional.empty();
        wantedAgain();
        expect(plan(), "False", "Removing");
        world.tls = Optional.empty();
        var back = plan();
        expect(back, "False", "OwnInstanceReturns");
        assertThat(back.status().instance().generation()).isEqualTo(2);
        assertThat(back.status().ownInstance().removal()).isNull();
        noted(back.status());
        source(null);
        assertThat(ActionNames.of(plan())).contains("PrepareCut 2.1", "AttachMember shop to shop-replica-g2-0");
    }

    /** The primary is lost while the instance is removed: nobody can drop its slot, and it may be the last one. */
    @Test
    void goesOnWithItsVolumeIfItIsWantedAgainBeforeThatIsDeleted() {
        noted(removed().status());
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.primary = Optional.empty();
        wantedAgain();
        var back = plan();
        assertThat(back.status().ownInstance().removal()).isNull();
        assertThat(back.status().instance().generation()).isEqualTo(1);
        assertThat(ActionNames.of(back))
                .contains("Create StatefulSet shop-g1")
                .noneMatch(action -> action.startsWith("Delete") || action.startsWith("Annotate"));
        noted(back.status());
        world.promote("shop", "2026-11-21T09:59:00Z");
        assertThat(plan().status().changeover()).as("it can take over").returns("shop", changeover -> changeover.to());
    }

    @Test
    void goesOnWithAVolumeThatIsKeptOnlyIfNobodyElseServes() {
        cutOff(2000);
        noted(removed().status());
        world.volume = world.volume.map(claim -> new PersistentVolumeClaimBuilder(claim)
                .editMetadata()
                .addToAnnotations(Labels.KEPT, "Removed")
                .endMetadata()
                .build());
        wantedAgain();
        assertThat(plan().status().ownInstance().removal())
                .as("its volume is its user's")
                .isNotNull();

        world.standbysPrimary = new Looked.Unknown<>("no route");
        var back = plan();
        assertThat(back.status().ownInstance().removal()).isNull();
        assertThat(ActionNames.of(back)).contains("AnnotateVolume PersistentVolumeClaim shop-g1 null");
    }

    @Test
    void doesNotGoOnWithAVolumeThatIsBeingDeletedOrIsNotWhatIsWanted() {
        noted(removed().status());
        wantedAgain();
        var fits = world.volume.orElseThrow();
        for (var other : List.of(
                new PersistentVolumeClaimBuilder(fits)
                        .editMetadata()
                        .withDeletionTimestamp("2026-11-21T10:00:00Z")
                        .endMetadata()
                        .build(),
                new PersistentVolumeClaimBuilder(fits)
                        .editSpec()
                        .withAccessModes("ReadWriteMany")
                        .endSpec()
                        .build(),
                new PersistentVolumeClaimBuilder(fits)
                        .editSpec()
                        .editResources()
                        .addToRequests("storage", new Quantity("1Mi"))
                        .endResources()
                        .endSpec()
                        .build())) {
            world.volume = Optional.of(other);
            expect(plan(), "False", "Removing");
        }
    }

    /** Its followers are others' instances: they do not wait for it. */
    @Test
    void anotherTakesOverWhileItIsBeingRemoved() {
        noted(removed().status());
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.primary = Optional.empty();
        world.wants(new Failover(Failover.Mode.Automatic, "0s"), null);
        var lastSeen =
                new PrimaryPosition("shop-replica", "0/1D000000", 2, "7439281", START.toString(), null, null, null);
        noted(lastSeen(world.resource.getStatus(), lastSeen));
        world.failover = Optional.of(new FailoverObservation(
                new PrimaryHealth.Down("ServerDown", "it is down"),
                ProofOfFenceTest.seen(Optional.empty(), false, "RUNS", NodeState.READY),
                "node-1",
                Map.of("shop-other", new Looked.Found<>(FollowerChoiceTest.standby(2, "0/1C000000", "0/1C000000")))));
        assertThat(plan().status().changeover()).isNotNull().returns("shop-other", changeover -> changeover.to());
    }

    private void wantedAgain() {
        world.ownInstance = OwnInstance.Running;
        world.wants(null, null);
    }

    @Test
    void isNotPromotedWhileItIsRemoved() {
        world.ownInstance = OwnInstance.Removed;
        world.promote("shop", "2026-11-21T09:59:00Z");
        assertThat(plan().status().promotion())
                .returns(Outcome.Refused, PromotionStatus::outcome)
                .returns("OwnInstanceRemoved", PromotionStatus::reason);
    }
}
