package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.Freshness;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The state table of a fork before anything is noted. */
class PreparationPlannerTest extends ForkPlanning {
    @Test
    void waitsForASourceThatIsNotThere() {
        var plan = plan(new ForkWorld());
        expect(plan, ForkPhase.Pending, Conditions.RECONCILING, "SourceNotFound");
        assertThat(ActionNames.of(plan)).containsExactly("Normal SourceNotFound on PostgresFork");
        assertThat(plan.status().requestedAt()).isEqualTo(START.toString());
    }

    @Test
    void saysThatItStallsOnceTheDeadlineHasPassed() {
        var world = new ForkWorld();
        world.noted(plan(world).status());
        expect(
                plan(world, START.plus(DEADLINE).plusSeconds(1)),
                ForkPhase.Pending,
                Conditions.STALLED,
                "SourceNotFound");
    }

    @Test
    void waitsForASourceThatIsNotReady() {
        var plan = plan(new ForkWorld().source(false));
        expect(plan, ForkPhase.Pending, Conditions.RECONCILING, "SourceNotReady");
        assertThat(message(plan)).contains("PostgresDatabase prod/shop").contains("it is being started");
    }

    @Test
    void waitsForASourceThatDoesNotAnswer() {
        var world = ForkWorld.withSource();
        world.safety = new Looked.Unknown<>("timeout");
        expect(plan(world), ForkPhase.Pending, Conditions.RECONCILING, "SourceNotAnswering");
    }

    @Test
    void waitsForASnapshotClass() {
        var world = ForkWorld.withSource();
        world.snapshotClass = Optional.of(new SnapshotClassChoice.Missing("NoSnapshotClass", "none"));
        expect(plan(world), ForkPhase.Pending, Conditions.RECONCILING, "NoSnapshotClass");
    }

    @Test
    void refusesAWrongSnapshotClass() {
        var world = ForkWorld.withSource();
        world.snapshotClass = Optional.of(new SnapshotClassChoice.Wrong("AmbiguousSnapshotClass", "two"));
        expect(plan(world), ForkPhase.Refused, Conditions.STALLED, "AmbiguousSnapshotClass");
    }

    @Test
    void refusesAnUnsafeSource() {
        var world = ForkWorld.withSource();
        world.safety = new Looked.Found<>(ForkWorld.safety(1, false));
        var plan = plan(world);
        expect(plan, ForkPhase.Refused, Conditions.STALLED, "FsyncOff");
        assertThat(ActionNames.of(plan)).containsExactly("Warning FsyncOff on PostgresFork");
    }

    @Test
    void refusesASourceThatTurnedOutUnsafeDuringThePreparationAndCleansUp() {
        var world = ForkWorld.withSource().claimed();
        world.preparation = Optional.of(
                new Progress.Done<>(new CutPreparation(ForkWorld.safety(1, false), Lsn.parse("0/1"), false, null)));
        var plan = plan(world);
        expect(plan, ForkPhase.Refused, Conditions.STALLED, "FsyncOff");
        assertThat(ActionNames.of(plan)).contains("Delete Service pr-42-instance", "Delete ConfigMap pr-42-g1-HASH");
    }

    @Test
    void refusesLessStorageThanTheSourceHas() {
        expect(
                plan(ForkWorld.withSource().spec("10Gi", null)),
                ForkPhase.Refused,
                Conditions.STALLED,
                "StorageSmaller");
    }

    @Test
    void refusesParametersThatPgforkOwnsAndArchiving() {
        for (var name : new String[] {"listen_addresses", "archive_mode", "no_such_setting"}) {
            var plan = plan(ForkWorld.withSource().spec(null, Map.of(name, "on")));
            expect(plan, ForkPhase.Refused, Conditions.STALLED, "InvalidParameters");
            assertThat(message(plan)).contains(name);
        }
    }

    @Test
    void refusesATakenName() {
        var world = ForkWorld.withSource();
        world.nameTaken = Optional.of("Service prod/pr-42 is somebody else's");
        expect(plan(world), ForkPhase.Refused, Conditions.STALLED, "NameTaken");
    }

    @Test
    void beginsByNotingTheIntentAndTakingTheName() {
        var plan = plan(ForkWorld.withSource());
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "Preparing");
        assertThat(ActionNames.of(plan))
                .startsWith(
                        "PersistIntent",
                        "Create Service pr-42-instance",
                        "PrepareCut 1.1 of uid-of-shop/1",
                        "CreateCredentials",
                        "Create ConfigMap pr-42-g1-HASH");
    }

    @Test
    void marksAPositionInEachGenerationOfItsSource() {
        var world = ForkWorld.withSource();
        var was = world.source.orElseThrow();
        world.source = Optional.of(new SourceInstance(
                was.template(),
                was.instance(),
                new dev.pgfork.operator.instance.InstanceNames("shop", 2),
                Optional.empty(),
                true,
                "",
                ""));
        assertThat(ActionNames.of(plan(world))).contains("PrepareCut 1.1 of uid-of-shop/2");
    }

    @Test
    void triesAFailedPreparationAgain() {
        var world = ForkWorld.withSource().claimed();
        world.preparation = Optional.of(new Progress.Failed<>("connection refused"));
        var plan = plan(world);
        assertThat(ActionNames.of(plan)).contains("PrepareCut 1.1 of uid-of-shop/1");
        assertThat(message(plan)).contains("connection refused");
    }

    @Test
    void waitsWhileThePreparationRuns() {
        var world = ForkWorld.withSource().claimed();
        world.preparation = Optional.of(new Progress.Running<>());
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "Checkpointing");
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Create"));
    }

    @Test
    void notesThePositionBeforeItCuts() {
        var plan = plan(ForkWorld.withSource().claimed().prepared());
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent", "Create VolumeSnapshot pr-42-g1-cut1");
        assertThat(plan.status().source().lsnBefore()).isEqualTo("0/3000060");
        assertThat(plan.status().source().timeline()).isEqualTo(1);
        assertThat(plan.status().instance().systemIdentifier()).isEqualTo(ForkWorld.IDENTIFIER);
    }

    @Test
    void notesWhatAFollowerHasReplayedAndHowOldThatIs() {
        var plan = plan(ForkWorld.withSource().follower().claimed().preparedStandby());
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent", "Create VolumeSnapshot pr-42-g1-cut1");
        var source = plan.status().source();
        assertThat(source.kind()).isEqualTo("PostgresFollower");
        assertThat(source.name()).isEqualTo("shop-replica");
        assertThat(source.lsnBefore()).isEqualTo("0/3000100");
        assertThat(source.freshness())
                .isEqualTo(new Freshness("shop", 0x100L, START.minusSeconds(5).toString()));
        assertThat(cutVolume(plan)).isEqualTo("shop-replica-g1");
    }

    @Test
    void saysNothingOfTheFreshnessOfAPrimary() {
        var plan = plan(ForkWorld.withSource().claimed().prepared());
        assertThat(plan.status().source().freshness()).isNull();
        assertThat(cutVolume(plan)).isEqualTo("shop-g1");
    }

    /** A suspended fork: all is on its volume. */
    @Test
    void cutsASourceThatIsStoppedAtOnceAndWithoutAskingAnybody() {
        var plan = plan(ForkWorld.withSource().stopped());
        assertThat(ActionNames.of(plan))
                .startsWith(
                        "PersistIntent",
                        "Create Service pr-42-instance",
                        "Create VolumeSnapshot pr-42-g1-cut1",
                        "CreateCredentials")
                .noneMatch(name -> name.startsWith("PrepareCut"));
        assertThat(plan.status().source().lsnBefore()).isEqualTo("0/4000000");
        assertThat(plan.status().source().timeline()).isEqualTo(2);
        assertThat(plan.status().instance().systemIdentifier()).isEqualTo(ForkWorld.IDENTIFIER);
    }

    @Test
    void waitsForAFollowerWithTheReasonWhyItCannotBeForked() {
        var world = ForkWorld.withSource().follower();
        world.source = Optional.of(new SourceInstance(
                Optional.empty(),
                Templates.SHOP_REPLICA,
                Templates.follower().names(),
                Optional.empty(),
                false,
                "SourceRebuilding",
                "its WAL is gone"));
        var plan = plan(world);
        expect(plan, ForkPhase.Pending, Conditions.RECONCILING, "SourceRebuilding");
        assertThat(message(plan)).contains("PostgresFollower prod/shop-replica").contains("its WAL is gone");
        world.noted(plan.status());
        expect(
                plan(world, START.plus(DEADLINE).plusSeconds(1)),
                ForkPhase.Pending,
                Conditions.STALLED,
                "SourceRebuilding");
    }

    @Test
    void waitsWhileTheSourceIsNotInTheRoleThatItShouldBeIn() {
        var primary = ForkWorld.withSource().safe(1);
        primary.safety = new Looked.Found<>(inRecovery(((Looked.Found<ForkSafety>) primary.safety).value()));
        var follower = ForkWorld.withSource().follower();
        follower.safety = ForkWorld.withSource().safety;
        for (var world : List.of(primary, follower)) {
            var plan = plan(world);
            expect(plan, ForkPhase.Pending, Conditions.RECONCILING, "SourceChanging");
            assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("PrepareCut"));
        }
    }

    private static ForkSafety inRecovery(ForkSafety facts) {
        return new ForkSafety(
                facts.uid(),
                facts.systemIdentifier(),
                facts.timeline(),
                true,
                facts.fsync(),
                facts.fullPageWrites(),
                facts.walLevel(),
                facts.separateWalVolume(),
                facts.tablespaces());
    }

    private static String cutVolume(Plan<PostgresForkStatus> plan) {
        return plan.actions().stream()
                .flatMap(action -> action instanceof Action.Create(var owner, VolumeSnapshot snapshot)
                        ? Stream.of(snapshot.getSpec().getSource().getPersistentVolumeClaimName())
                        : Stream.empty())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void inheritsWhatCannotHurtTheSource() {
        var effective = plan(ForkWorld.withSource()
                        .spec(null, Map.of("work_mem", "8MB"))
                        .claimed()
                        .prepared())
                .status()
                .effective();
        assertThat(effective.parameters())
                .as("its own are in its spec")
                .containsOnly(Map.entry("max_connections", "200"));
        assertThat(effective.image()).isEqualTo("postgres:17");
        assertThat(effective.storage().size()).isEqualTo("20Gi");
        assertThat(effective.pod().nodeSelector()).containsEntry("disk", "ssd");
        assertThat(effective.pod().labels()).isNull();
        assertThat(effective.pod().annotations()).isNull();
        assertThat(effective.service().type()).isNull();
        assertThat(effective.service().annotations()).isNull();
    }
}
