package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.OwnInstanceStatus;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SnapshotState;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of {@link OwnInstancePlanner}, where nothing is removed. */
class OwnInstancePlannerTest extends OwnInstancePlanning {

    @Test
    void followsAndSaysSo() {
        var plan = plan();
        expect(plan, "True", "Streaming");
        assertThat(plan.status().ownInstance())
                .returns(FollowerPhase.Ready, OwnInstanceStatus::phase)
                .returns(DatabaseWorld.SLOT, OwnInstanceStatus::slot)
                .returns(true, OwnInstanceStatus::streaming);
        assertThat(ActionNames.of(plan)).noneMatch(action -> action.startsWith("Delete") || action.contains("Volume"));
    }

    @Test
    void tellsOfAnOwnInstanceThatDoesNotStreamWhileTheDatabaseServes() {
        noted(plan().status());
        world.standby = new Looked.Unknown<>("no route");
        var plan = plan();
        expect(plan, "False", "Restarting");
        assertThat(Conditions.isTrue(plan.status().conditions(), Conditions.READY))
                .isTrue();
        assertThat(ActionNames.of(plan)).noneMatch(action -> action.contains("Volume"));
    }

    @Test
    void hasNoConditionWhileItIsThePrimary() {
        noted(primary(world.resource.getStatus(), "shop", 3));
        world.primary = Optional.empty();
        assertThat(Conditions.find(plan().status().conditions(), OwnInstanceDraft.CONDITION))
                .isEmpty();
        assertThat(plan().status().ownInstance()).isNull();
    }

    @Test
    void isRebuiltWhereItHasDivergedAndItsVolumeIsKept() {
        cutOff(2000);
        var plan = plan();
        expect(plan, "False", "Diverged");
        assertThat(ActionNames.of(plan))
                .containsSubsequence(
                        "PersistIntent",
                        "AnnotateVolume PersistentVolumeClaim shop-g1 Diverged",
                        "Delete StatefulSet shop-g1",
                        "Warning Rebuilding on PostgresDatabase")
                .noneMatch(action -> action.startsWith("Delete P"));
        assertThat(plan.status().instance()).returns(2, InstanceStatus::generation);
        assertThat(plan.status().ownInstance().rebuild().keptVolume()).isEqualTo("shop-g1");
        assertThat(plan.status().ownInstance().seed()).isNull();
        assertThat(Conditions.isTrue(plan.status().conditions(), Conditions.READY))
                .isTrue();
    }

    @Test
    void isNotRebuiltWhileThePrimaryChanges() {
        world.promote("shop-other", "2026-11-21T09:59:00Z");
        noted(plan().status());
        assertThat(plan().status().changeover()).isNotNull();
        cutOff(2000);
        var plan = plan();
        expect(plan, "False", "Diverged");
        assertThat(plan.status().instance()).returns(1, InstanceStatus::generation);
        assertThat(ActionNames.of(plan)).noneMatch(action -> action.startsWith("Delete"));
    }

    @Test
    void isRebuiltWhereItsVolumeIsLost() {
        world.volume = Optional.empty();
        var plan = plan();
        expect(plan, "False", "VolumeLost");
        assertThat(plan.status().instance().generation()).isEqualTo(2);
        assertThat(ActionNames.of(plan)).doesNotContain("Create PersistentVolumeClaim shop-g1");
    }

    @Test
    void theNextGenerationIsMadeOfThePrimaryAndNeverOfNothing() {
        rebuilt();
        assertThat(DatabaseResources.template(world.resource).seed()).isInstanceOf(Seed.BaseBackup.class);
        source(null);
        var slot = plan();
        assertThat(ActionNames.of(slot))
                .containsSubsequence("PersistIntent", "PrepareCut 2.1", "AttachMember shop to shop-replica-g2-0")
                .noneMatch(action -> action.contains("Snapshot") || action.contains("Create Pers"));
        noted(slot.status());
        source(new Progress.Done<>(new CutPreparation(safety(), Lsn.parse("0/3000060"), true, null)));
        primaryHas("reserved");
        var cut = plan();
        assertThat(ActionNames.of(cut)).containsSubsequence("PersistIntent", "Create VolumeSnapshot shop-g2-cut-1");
        noted(cut.status());
        world.snapshot = Optional.of(new SnapshotState(
                new VolumeSnapshotBuilder()
                        .withNewMetadata()
                        .withName("shop-g2-cut-1")
                        .endMetadata()
                        .build(),
                START.plusSeconds(1),
                true,
                new Quantity("20Gi"),
                null,
                null));
        var made = plan();
        assertThat(ActionNames.of(made))
                .containsSubsequence(
                        "PersistIntent", "Create PersistentVolumeClaim shop-g2", "Create StatefulSet shop-g2")
                // That one leads to the primary.
                .doesNotContain("Create Service shop", "Apply Service shop");
        noted(made.status());
        assertThat(DatabaseResources.template(world.resource).seed()).isInstanceOf(Seed.StandbySnapshot.class);
        // As a primary it must not look as if it had been made of nothing.
        noted(primary(made.status(), "shop", 4));
        assertThat(DatabaseResources.template(world.resource).seed()).isInstanceOf(Seed.StandbySnapshot.class);
    }

    @Test
    void dropsTheOldVolumeOnceTheNewOneStreamsUnlessItIsKept() {
        var status = rebuilt();
        noted(streaming(status));
        world.otherVolumes = List.of(claim("shop-g1", false));
        assertThat(ActionNames.of(plan())).contains("Delete PersistentVolumeClaim shop-g1");
        world.otherVolumes = List.of(claim("shop-g1", true));
        assertThat(ActionNames.of(plan())).doesNotContain("Delete PersistentVolumeClaim shop-g1");
    }

    @Test
    void aLostStatusDoesNotForgetTheLaterVolume() {
        world.resource.setStatus(null);
        world.volume = Optional.empty();
        world.otherVolumes = List.of(claim("shop-g2", false), claim("shop-g1", true));
        var found = plan();
        assertThat(found.status().instance().generation()).isEqualTo(2);
        assertThat(found.status().primary()).isNull();
        assertThat(ActionNames.of(found)).contains("PersistIntent").noneMatch(action -> action.startsWith("Create"));
        noted(found.status());
        assertThat(DatabaseResources.template(world.resource).seed()).isInstanceOf(Seed.BaseBackup.class);
    }
}
