package dev.pgfork.operator.follower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.status.Conditions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of {@link DeparturePlanner}. */
class DeparturePlannerTest extends FollowerPlanning {
    private static final Instant DELETED = CUT.plusSeconds(60);

    private FollowerWorld leaving() {
        return new FollowerWorld().noted(streamed()).streaming(1000).deleted(DELETED);
    }

    private FollowerWorld withoutPod() {
        var world = leaving();
        world.pod = Optional.empty();
        world.statefulSet = Optional.empty();
        return world;
    }

    private FollowerWorld withoutSlot() {
        var world = withoutPod();
        world.primary = new Looked.Found<>(FollowerWorld.primary(1, 1000, null));
        return world;
    }

    @Test
    void podAndSlotGoFirst() {
        var plan = planDeletion(leaving(), DELETED);
        assertThat(actions(plan))
                .containsExactly(
                        "Delete StatefulSet shop-replica-g1", "DetachMember " + FollowerWorld.SLOT + " from shop-g1-0");
        assertThat(plan.wakeUp()).isPresent();
    }

    @Test
    void theSlotIsDroppedWhereverThePrimaryIs() {
        var world = withoutPod();
        world.primaryName = "shop-other";
        assertThat(actions(planDeletion(world, DELETED)))
                .containsExactly("DetachMember " + FollowerWorld.SLOT + " from shop-other-g1-0");
    }

    @Test
    void theVolumeGoesLastUnlessItIsToStay() {
        assertThat(actions(planDeletion(withoutSlot(), DELETED)))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
        var kept = withoutSlot();
        kept.spec(null, null, DeletionPolicy.Retain);
        assertEnd(planDeletion(kept, DELETED));
    }

    @Test
    void aVolumeThatIsMarkedAsKeptStays() {
        var world = withoutSlot();
        world.olderVolumes.add(FollowerObjects.keptVolume("shop-replica-g0"));
        assertThat(actions(planDeletion(world, DELETED)))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
        world.volume = Optional.empty();
        assertEnd(planDeletion(world, DELETED));
    }

    @Test
    void aSnapshotGoesAfterTheVolume() {
        var world = withoutSlot().snapshot(CUT, true);
        assertThat(actions(planDeletion(world, DELETED)))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
        world.volume = Optional.empty();
        world.otherSnapshots.add(FollowerObjects.snapshot("shop-replica-g0-cut-1"));
        assertThat(actions(planDeletion(world, DELETED)))
                .containsExactly("Delete VolumeSnapshot shop-replica-g1-cut-1");
        world.snapshot = Optional.empty();
        assertThat(actions(planDeletion(world, DELETED)))
                .containsExactly("Delete VolumeSnapshot shop-replica-g0-cut-1");
        world.otherSnapshots.clear();
        assertEnd(planDeletion(world, DELETED));
    }

    @Test
    void waitsForAPrimaryThatDoesNotAnswerButNotForEver() {
        var world = withoutPod();
        world.primary = new Looked.Unknown<>("timeout");
        assertThat(planDeletion(world, DELETED.plusSeconds(59)).wakeUp()).isPresent();
        assertThat(actions(planDeletion(world, DELETED.plusSeconds(59)))).isEmpty();
        assertThat(actions(planDeletion(world, DELETED.plusSeconds(61))))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
        world.volume = Optional.empty();
        var end = planDeletion(world, DELETED.plusSeconds(61));
        assertThat(end.wakeUp()).isEmpty();
        assertThat(actions(end)).containsExactly("Warning SlotLeftBehind on PostgresFollower");
    }

    @Test
    void aSlotThatCannotBeDroppedDoesNotBlockForEver() {
        var world = withoutPod();
        assertThat(actions(planDeletion(world, DELETED.plusSeconds(599))))
                .containsExactly("DetachMember " + FollowerWorld.SLOT + " from shop-g1-0");
        world.volume = Optional.empty();
        var end = planDeletion(world, DELETED.plusSeconds(601));
        assertThat(end.wakeUp()).isEmpty();
        assertThat(actions(end)).containsExactly("Warning SlotLeftBehind on PostgresFollower");
    }

    @Test
    void theSlotOfALeaderThatGoesIsNobodysConcern() {
        var world = withoutPod();
        world.primary = new Looked.Unknown<>("timeout");
        world.leaderDeleting = true;
        assertThat(actions(planDeletion(world, DELETED)))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
        world.hasLeader = false;
        assertThat(actions(planDeletion(world, DELETED)))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
    }

    @Test
    void aPrimaryStaysUntilAnotherOneIs() {
        var world = leaving().becamePrimary();
        var plan = planDeletion(world, DELETED);
        assertThat(ActionNames.of(plan)).isEmpty();
        assertThat(plan.wakeUp()).isPresent();
        assertThat(Conditions.find(plan.status().conditions(), Conditions.STALLED))
                .get()
                .returns("IsPrimary", condition -> condition.getReason());
    }

    @Test
    void nobodyGoesWhileThePrimaryChanges() {
        var world = leaving();
        world.changing = true;
        var plan = planDeletion(world, DELETED);
        assertThat(ActionNames.of(plan)).isEmpty();
        assertThat(plan.wakeUp()).isPresent();
        world.leaderDeleting = true;
        assertThat(ActionNames.of(planDeletion(world, DELETED)))
                .as("the leader is held back by another one, and ends what it does")
                .isEmpty();
        world.otherDeleting = true;
        assertThat(ActionNames.of(planDeletion(world, DELETED)))
                .as("everything goes")
                .isNotEmpty();
        world.leaderDeleting = false;
        world.changing = false;
        assertThat(ActionNames.of(planDeletion(world, DELETED))).isNotEmpty();
    }

    @Test
    void aPrimarysVolumeIsTheLeadersData() {
        var primary = plan(new FollowerWorld().noted(streamed()).streaming(1000).becamePrimary(), DELETED)
                .status();
        var world = withoutPod().becamePrimary().noted(primary);
        world.leaderDeleting = true;
        world.databasePolicy = DeletionPolicy.Delete;
        assertThat(ActionNames.of(planDeletion(world, DELETED)))
                .as("others hold the leader back, and it is its primary")
                .isEmpty();
        world.otherDeleting = true;
        assertThat(actions(planDeletion(world, DELETED)))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
        world.databasePolicy = DeletionPolicy.Retain;
        assertEnd(planDeletion(world, DELETED));
        world.databasePolicy = DeletionPolicy.Delete;
        world.hasLeader = false;
        assertEnd(planDeletion(world, DELETED));
    }

    /** The leader goes, and this follower was promoted after its status was written. */
    @Test
    void isAPrimaryWhoeverSaysSo() {
        var named = withoutPod();
        named.primaryName = "shop-replica";
        var byServer = withoutPod();
        byServer.server = new Looked.Found<>(new ServerReport(
                FollowerWorld.UID, 1, "rev", "17.6", FollowerWorld.IDENTIFIER, 2, false, CUT, "serial"));
        var byScript = withoutPod();
        byScript.server = new Looked.Unknown<>("timeout");
        byScript.script = new Looked.Found<>(script("primary"));
        for (var world : List.of(named, byServer, byScript)) {
            world.leaderDeleting = true;
            world.otherDeleting = true;
            assertEnd(planDeletion(world, DELETED));
            world.databasePolicy = DeletionPolicy.Delete;
            assertThat(actions(planDeletion(world, DELETED))).contains("Delete PersistentVolumeClaim shop-replica-g1");
        }
        var standby = withoutPod();
        standby.leaderDeleting = true;
        standby.script = new Looked.Found<>(script("standby"));
        assertThat(actions(planDeletion(standby, DELETED)))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
    }

    @Test
    void staysAPrimaryWhenNobodyIsLeftToSaySo() {
        var world = leaving();
        world.hasLeader = false;
        world.server = new Looked.Found<>(new ServerReport(
                FollowerWorld.UID, 1, "rev", "17.6", FollowerWorld.IDENTIFIER, 2, false, CUT, "serial"));
        var plan = planDeletion(world, DELETED);
        assertThat(actions(plan)).containsExactly("PersistIntent", "Delete StatefulSet shop-replica-g1");
        var gone = withoutPod().noted(plan.status());
        gone.hasLeader = false;
        gone.server = new Looked.Absent<>();
        assertEnd(planDeletion(gone, DELETED));
    }

    private static ScriptStatus script(String role) {
        return new ScriptStatus(
                ScriptStatus.Phase.running,
                role,
                2,
                "",
                FollowerWorld.IDENTIFIER,
                2,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                null,
                null,
                null,
                Map.of());
    }

    private static void assertEnd(Plan<?> plan) {
        assertThat(plan.wakeUp()).isEmpty();
        assertThat(plan.actions()).isEmpty();
    }
}
