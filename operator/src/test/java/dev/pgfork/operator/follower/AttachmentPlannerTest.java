package dev.pgfork.operator.follower;

import static dev.pgfork.operator.follower.FollowerWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of {@code AttachmentPlanner}. */
class AttachmentPlannerTest extends FollowerPlanning {

    @Test
    void refusesATakenName() {
        var world = new FollowerWorld();
        world.nameTaken = Optional.of("Service prod/shop-replica-instance belongs to PostgresFork shop-replica");
        expect(plan(world), FollowerPhase.Refused, Conditions.STALLED, "NameTaken");
    }

    @Test
    void waitsForALeaderThatIsNotThere() {
        var world = new FollowerWorld();
        world.hasLeader = false;
        var plan = plan(world);
        expect(plan, FollowerPhase.Pending, Conditions.RECONCILING, "LeaderNotFound");
        assertThat(message(plan)).contains("PostgresDatabase prod/shop");
        var late = plan(world.noted(plan.status()), START.plus(DEADLINE).plusSeconds(1));
        expect(late, FollowerPhase.Pending, Conditions.STALLED, "LeaderNotFound");
    }

    @Test
    void refusesAChain() {
        var world = new FollowerWorld();
        world.leaderFollows = true;
        expect(plan(world), FollowerPhase.Refused, Conditions.STALLED, "ChainedFollower");
    }

    @Test
    void waitsUntilTheLeaderServesAndNobodyChangesItsPrimary() {
        var world = new FollowerWorld();
        world.leaderServes = false;
        expect(plan(world), FollowerPhase.Pending, Conditions.RECONCILING, "LeaderNotReady");
        world.changing = true;
        expect(plan(world), FollowerPhase.Pending, Conditions.RECONCILING, "LeaderChanging");
        world.leaderDeleting = true;
        expect(plan(world), FollowerPhase.Pending, Conditions.RECONCILING, "LeaderNotFound");
    }

    @Test
    void refusesWhatCannotBeMade() {
        expect(
                plan(new FollowerWorld().spec(null, Map.of("shared_buffer", "1GB"), null)),
                FollowerPhase.Refused,
                Conditions.STALLED,
                "InvalidParameters");
        expect(
                plan(new FollowerWorld().spec(new StorageSpec("1Gi", null, null, null), null, null)),
                FollowerPhase.Refused,
                Conditions.STALLED,
                "StorageSmaller");
        var unsafe = new FollowerWorld();
        unsafe.safety = new Looked.Found<>(FollowerWorld.safety(1, false));
        expect(plan(unsafe), FollowerPhase.Refused, Conditions.STALLED, "FsyncOff");
        var ambiguous = new FollowerWorld();
        ambiguous.snapshotClass = Optional.of(new SnapshotClassChoice.Wrong("AmbiguousSnapshotClass", "two defaults"));
        expect(plan(ambiguous), FollowerPhase.Refused, Conditions.STALLED, "AmbiguousSnapshotClass");
    }

    @Test
    void leavesNothingBehindWhenItRefuses() {
        var world = new FollowerWorld().claimed().slot("reserved");
        world.safety = new Looked.Found<>(FollowerWorld.safety(1, false));
        assertThat(actions(plan(world)))
                .startsWith("DetachMember " + FollowerWorld.SLOT + " from shop-g1-0")
                .contains("Delete Service shop-replica-instance");
    }

    /** To try it would fail, and keep all that comes after it from being done. */
    @Test
    void leavesItsLeadersAuthorityAloneWhenItRefuses() {
        var world = new FollowerWorld().claimed();
        world.safety = new Looked.Found<>(FollowerWorld.safety(1, false));
        world.authority = Optional.of(new SecretBuilder()
                .withNewMetadata()
                .withName("shop-ca")
                .addNewOwnerReference()
                .withUid("uid-of-shop")
                .endOwnerReference()
                .endMetadata()
                .build());
        assertThat(actions(plan(world)))
                .contains("Delete Service shop-replica-instance")
                .doesNotContain("Delete Secret shop-ca");
    }

    @Test
    void waitsForAPrimaryThatDoesNotAnswer() {
        var world = new FollowerWorld();
        world.safety = new Looked.Unknown<>("timeout");
        var plan = plan(world);
        expect(plan, FollowerPhase.Pending, Conditions.RECONCILING, "LeaderNotAnswering");
        assertThat(message(plan)).contains("pod shop-g1-0").contains("timeout");
    }

    @Test
    void notesTheSlotThenMakesItWhileThePrimaryWorks() {
        var plan = plan(new FollowerWorld());
        expect(plan, FollowerPhase.Cutting, Conditions.RECONCILING, "Preparing");
        assertThat(actions(plan))
                .startsWith(
                        "PersistIntent",
                        "Create Service shop-replica-instance",
                        "PrepareCut 1.1",
                        "CreateCredentials",
                        "Create ConfigMap shop-replica-g1-HASH",
                        "AttachMember shop-replica to shop-g1-0");
        assertThat(plan.status().slot()).isEqualTo(FollowerWorld.SLOT);
        assertThat(plan.status().leader().primary()).isEqualTo("shop");
    }

    @Test
    void triesAgainWhatFailed() {
        var world = new FollowerWorld().claimed();
        world.preparation = Optional.of(new Progress.Failed<>("timeout"));
        var plan = plan(world);
        assertThat(actions(plan)).contains("PrepareCut 1.1");
        assertThat(message(plan)).contains("timeout");
    }

    @Test
    void waitsForTheCheckpoint() {
        var world = new FollowerWorld().claimed();
        world.preparation = Optional.of(new Progress.Running<>());
        expect(plan(world), FollowerPhase.Cutting, Conditions.RECONCILING, "Checkpointing");
    }

    @Test
    void copiesNothingWithoutASlot() {
        for (var world : new FollowerWorld[] {
            new FollowerWorld().prepared(), new FollowerWorld().prepared().slot("lost")
        }) {
            var plan = plan(world);
            expect(plan, FollowerPhase.Cutting, Conditions.RECONCILING, "Attaching");
            assertThat(actions(plan)).startsWith("PersistIntent", "AttachMember shop-replica to shop-g1-0");
            assertThat(plan.status().seed()).isNull();
        }
    }

    @Test
    void notesTheSeedThenTakesTheSnapshot() {
        var plan = plan(new FollowerWorld().prepared().slot("reserved"));
        expect(plan, FollowerPhase.Cutting, Conditions.RECONCILING, "Cutting");
        assertThat(actions(plan)).startsWith("PersistIntent", "Create VolumeSnapshot shop-replica-g1-cut-1");
        var seed = plan.status().seed();
        assertThat(seed.method()).isEqualTo("snapshot");
        assertThat(seed.timeline()).isEqualTo(1);
        assertThat(seed.instance()).isEqualTo(FollowerWorld.SHOP.uid());
        assertThat(plan.status().instance().systemIdentifier()).isEqualTo(FollowerWorld.IDENTIFIER);
        assertThat(plan.status().effective().parameters()).containsEntry("archive_mode", "on");
        assertThat(plan.status().effective().pod().labels()).isNull();
        assertThat(plan.status().effective().pod().nodeSelector()).containsEntry("disk", "ssd");
    }

    @Test
    void streamsAFullCopyWhereTheStorageCannotSnapshot() {
        var without = new FollowerWorld().prepared().slot("reserved");
        without.snapshotClass = Optional.of(new SnapshotClassChoice.Missing("SnapshotsNotInstalled", "no CRDs"));
        var other = new FollowerWorld()
                .spec(new StorageSpec("1Gi", "local", null, null), null, null)
                .prepared()
                .slot("reserved");
        other.otherDriver = Optional.of("local.example.com");
        for (var world : new FollowerWorld[] {without, other}) {
            var plan = plan(world);
            expect(plan, FollowerPhase.Starting, Conditions.RECONCILING, "Starting");
            assertThat(plan.status().seed().method()).isEqualTo("basebackup");
            assertThat(actions(plan))
                    .startsWith("PersistIntent")
                    .contains("Create PersistentVolumeClaim shop-replica-g1", "Create StatefulSet shop-replica-g1")
                    .noneMatch(action -> action.contains("VolumeSnapshot"));
            assertThat(Conditions.find(plan.status().conditions(), "CopyOnWrite"))
                    .get()
                    .returns("False", condition -> condition.getStatus())
                    .returns("BaseBackup", condition -> condition.getReason());
        }
    }

    @Test
    void waitsForAClassThatWasNamed() {
        var world = new FollowerWorld().spec(new StorageSpec(null, null, "nightly", null), null, null);
        world.snapshotClass = Optional.of(new SnapshotClassChoice.Missing("NoSnapshotClass", "no class nightly"));
        expect(plan(world), FollowerPhase.Pending, Conditions.RECONCILING, "NoSnapshotClass");
    }

    @Test
    void whatIsMadeEarlyIsAStandbyOfThePrimary() {
        var attach = plan(new FollowerWorld()).actions().stream()
                .filter(Action.AttachMember.class::isInstance)
                .map(Action.AttachMember.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(attach.member().role()).isEqualTo(Role.STANDBY);
        assertThat(attach.member().membership().leader()).isEqualTo("shop");
        assertThat(attach.member().membership().authority()).isEqualTo(FollowerWorld.SHOP);
        assertThat(attach.member().superuserAccess()).as("as the leader's").isTrue();
    }
}
