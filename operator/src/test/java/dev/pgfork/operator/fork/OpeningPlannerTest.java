package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceDiagnosis.Step;
import dev.pgfork.operator.instance.InstanceSight;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.SnapshotDrivers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The state table of a fork after the cut. */
class OpeningPlannerTest extends ForkPlanning {
    @Test
    void needsItsSourceNoMore() {
        var plan = plan(afterCut(new ForkWorld()).volume("Pending"));
        expect(plan, ForkPhase.Starting, Conditions.RECONCILING, "Starting");
    }

    @Test
    void makesNeitherServiceNorSecretDuringQuarantine() {
        var plan = plan(afterCut(new ForkWorld()).volume("Bound").pod(false).script(Phase.quarantine));
        expect(plan, ForkPhase.Quarantine, Conditions.RECONCILING, "Quarantine");
        assertThat(ActionNames.of(plan))
                .contains("AwaitOpening pr-42-g1-0")
                .doesNotContain("Create Service pr-42", "PublishBinding");
    }

    @Test
    void makesNeitherServiceNorSecretForAServerThatSomebodyElseOpened() {
        var world = afterCut(new ForkWorld()).volume("Bound").pod(true).script(Phase.running);
        var other = world.script.found().orElseThrow();
        world.script = new Looked.Found<>(new dev.pgfork.operator.instance.ScriptStatus(
                other.phase(),
                other.role(),
                1,
                "uid-of-shop/1",
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
                null,
                null,
                0,
                null,
                null,
                null,
                Map.of()));
        assertThat(ActionNames.of(plan(world))).doesNotContain("Create Service pr-42", "PublishBinding");
    }

    /** Nothing is noted of a server that never started. */
    @Test
    void bringsItSettingsWhereItDoesNotStartWithThoseThatItHas() {
        var world = afterCut(new ForkWorld()).volume("Bound").pod(false);
        world.script = InstanceSight.script(Phase.failed, "QuarantineFailed", "anotherone", Map.of());
        assertThat(ActionNames.of(plan(world))).contains("Reload");
    }

    @Test
    void letsClientsInOnceTheScriptHasOpened() {
        var plan = plan(afterCut(new ForkWorld()).volume("Bound").pod(false).script(Phase.running));
        assertThat(ActionNames.of(plan)).contains("Create Service pr-42", "PublishBinding");
        assertThat(plan.status().source().lsn()).isEqualTo("0/3000100");
        assertThat(plan.status().timings().recovered()).isEqualTo(3.0);
    }

    @Test
    void isReadyWhenServiceAndSecretAreThereAndTheServerSaysSo() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened()
                .snapshot(CUT, true);
        var plan = plan(world, START.plusSeconds(4));
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(plan.status().timings().ready()).isEqualTo(4.0);
        assertThat(plan.status().binding().name()).isEqualTo("pr-42-app");
        assertThat(ActionNames.of(plan))
                .contains(
                        "Delete VolumeSnapshot pr-42-g1-cut1",
                        "Normal Forked on PostgresDatabase",
                        "Normal Ready on PostgresFork");
    }

    @Test
    void aDeletedSecretComesBackWithAnotherPassword() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened();
        world.noted(plan(world).status());
        world.app = Optional.empty();
        var plan = plan(world);
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(ActionNames.of(plan))
                .contains("ChangePassword OWNER in pr-42-g1-0")
                .doesNotContain("PublishBinding");
    }

    /** Whose pod was down when their followers were deleted, or the fork's own. */
    @Test
    void keepsNoWalForFollowersThatAreNoMore() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened();
        world.followers = List.of(ForkWorld.follower("pr-42-a", false));
        world.replication = new Looked.Found<>(new Primary(
                ForkWorld.UID,
                2,
                1,
                Stream.of("barman", "pgfork_pr_42_a_0b0b0b0b", "pgfork_pr_42_b_0b0b0b0b")
                        .map(name -> new Slot(name, true, false, new Lsn(1), "reserved"))
                        .toList(),
                new Lsn(0),
                new Lsn(1000),
                List.of()));
        assertThat(ActionNames.of(plan(world)))
                .contains("DetachMember pgfork_pr_42_b_0b0b0b0b from pr-42-g1-0")
                .filteredOn(name -> name.startsWith("DetachMember"))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "btrfs.csi.pgfork.dev, True,    Snapshot,       True",
        "ebs.csi.aws.com,      False,   SnapshotCopied, True",
        "disks.example,        Unknown, UnknownDriver,  Unknown",
    })
    void saysForGoodWhatItsSnapshotIsWorth(String driver, String shared, String reason, String atomic) {
        var world = ForkWorld.withSource().claimed().prepared();
        world.snapshotClass =
                Optional.of(new SnapshotClassChoice.Chosen("snap", new SnapshotDrivers(Map.of()).traits(driver)));
        var cut =
                plan(world.noted(plan(world).status()).snapshot(CUT, true), CUT).status();
        var later = plan(new ForkWorld().claimed().noted(cut).volume("Bound")).status();
        assertThat(Conditions.find(later.conditions(), "CopyOnWrite")).get().satisfies(condition -> {
            assertThat(condition.getStatus()).isEqualTo(shared);
            assertThat(condition.getReason()).isEqualTo(reason);
        });
        assertThat(Conditions.find(later.conditions(), "SnapshotAtomicity"))
                .get()
                .satisfies(condition -> {
                    assertThat(condition.getStatus()).isEqualTo(atomic);
                    assertThat(condition.getMessage()).contains(driver);
                });
    }

    @Test
    void isNotReadyBecauseThePodIsAlone() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .opened()
                .pod(true);
        world.server = new Looked.Unknown<>("connection refused");
        assertThat(Conditions.isTrue(plan(world).status().conditions(), Conditions.READY))
                .isFalse();
    }

    @Test
    void keepsServiceAndSecretOverARestartAndSaysThatItIsAway() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened();
        world.noted(plan(world).status());
        world.server = new Looked.Absent<>();
        world.pod = Optional.empty();
        world.service = Optional.empty();
        var plan = plan(world);
        expect(plan, ForkPhase.Unavailable, Conditions.RECONCILING, "Restarting");
        assertThat(ActionNames.of(plan)).contains("Create Service pr-42");
    }

    @Test
    void namesStepAndObjectAtOnceWhenSomebodyIsNeeded() {
        var world = afterCut(new ForkWorld()).volume("Bound").pod(false).script(Phase.failed);
        world.trouble = Optional.of(
                new Finding(Step.PRIVATE_PHASE, "Pod prod/pr-42-g1-0", "QuarantineFailed", "step roles failed", true));
        expect(plan(world), ForkPhase.Starting, Conditions.STALLED, "QuarantineFailed");
    }

    @Test
    void namesStepAndObjectAfterTheDeadlineOtherwise() {
        var world = afterCut(new ForkWorld()).volume("Pending");
        world.trouble = Optional.of(
                new Finding(Step.VOLUME, "PersistentVolumeClaim prod/pr-42-g1", "VolumeNotBound", "is Pending", false));
        expect(plan(world), ForkPhase.Starting, Conditions.RECONCILING, "Starting");
        expect(
                plan(world, START.plus(DEADLINE).plusSeconds(1)),
                ForkPhase.Starting,
                Conditions.STALLED,
                "VolumeNotBound");
    }

    @Test
    void neverMakesALostVolumeAgain() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened();
        world.noted(plan(world).status());
        world.volume = Optional.empty();
        world.snapshot(CUT, true);
        var plan = plan(world);
        expect(plan, ForkPhase.Unavailable, Conditions.STALLED, "VolumeLost");
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.contains("PersistentVolumeClaim"));
    }

    @Test
    void keepsTheSnapshotUntilItIsReady() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .pod(false)
                .script(Phase.quarantine)
                .snapshot(CUT, true);
        assertThat(ActionNames.of(plan(world))).noneMatch(name -> name.startsWith("Delete"));
    }
}
