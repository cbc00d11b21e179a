package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.OwnInstance;
import dev.pgfork.api.v1alpha1.OwnInstanceStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.Synchronous;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.status.Conditions;
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
        world.ownInstance = OwnInstance.Running;
        world.wants(null, null);
        expect(plan(), "False", "Removing");
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.volume = Optional.empty();
        world.tls = Optional.empty();
        var back = plan();
        expect(back, "False", "OwnInstanceReturns");
        assertThat(back.status().instance().generation()).isEqualTo(2);
        assertThat(back.status().ownInstance().removal()).isNull();
        noted(back.status());
        source(null);
        assertThat(ActionNames.of(plan())).contains("PrepareCut 2.1", "AttachMember shop to shop-replica-g2-0");
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
