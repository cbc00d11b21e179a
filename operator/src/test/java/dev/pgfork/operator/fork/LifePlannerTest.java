package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.status.Kstatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The state tables of a fork that has been ready: its time to live, and its rest. */
class LifePlannerTest extends ForkPlanning {
    private static final Instant READY = START.plusSeconds(4);

    /** A fork that has just become ready, by its status. */
    private ForkWorld ready() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened();
        return set(world.noted(plan(world, READY).status()), false);
    }

    // --- Time to live ---

    @Test
    void aForkWithoutATtlLivesOn() {
        var plan = plan(ready(), READY.plus(Duration.ofDays(10_000)));
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(plan.status().expiresAt()).isNull();
    }

    @Test
    void theTtlCountsFromReady() {
        var world = ready().life("1h30m", false);
        assertThat(plan(world, READY.plusSeconds(60)).status().expiresAt())
                .isEqualTo(READY.plus(Duration.ofMinutes(90)).toString());
    }

    @ParameterizedTest
    @CsvSource({"1h, PT54M", "72h0m0s, PT64H48M", "720h, PT696H", "10s, PT9S"})
    void warnsInTheLastTenthOrDay(String ttl, Duration quiet) {
        var world = ready().life(ttl, false);
        var before = plan(world, READY.plus(quiet).minusMillis(1));
        assertThat(condition(before, "ExpiringSoon")).isEmpty();
        assertThat(before.wakeUp()).get().isEqualTo(min(Duration.ofMillis(2), before));

        var plan = plan(world, READY.plus(quiet));
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        expect(plan, ForkPhase.Ready, "ExpiringSoon", "ExpiringSoon");
        assertThat(ActionNames.of(plan)).contains("Warning ExpiringSoon on PostgresFork");

        world.noted(plan.status());
        assertThat(ActionNames.of(plan(world, READY.plus(quiet).plusMillis(1))))
                .noneMatch(name -> name.startsWith("Warning"));
    }

    private static Duration min(Duration wanted, Plan<?> plan) {
        return plan.wakeUp().orElseThrow().compareTo(wanted) < 0 ? plan.wakeUp().orElseThrow() : wanted;
    }

    @Test
    void writesDownThatItHasExpiredBeforeItDeletesAnything() {
        var world = ready().life("1h", false);
        var plan = plan(world, READY.plus(Duration.ofHours(1)));
        assertThat(plan.status().phase()).isEqualTo(ForkPhase.Expired);
        assertThat(plan.status().expiredAt()).isNotNull();
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent", "Delete StatefulSet pr-42-g1");
        assertThat(kstatus(world, plan)).isEqualTo(Kstatus.InProgress);
    }

    /** @return a fork whose pod and volume are gone */
    private ForkWorld expired() {
        var world = ready().life("1h", false);
        world.noted(plan(world, READY.plus(Duration.ofHours(1))).status());
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.volume = Optional.empty();
        world.server = new Looked.Absent<>();
        world.script = new Looked.Absent<>();
        return world;
    }

    @Test
    void deletesPodThenVolumeAndKeepsServiceAndSecret() {
        var gone = expired();
        var world = ready().life("1h", false).noted(gone.fork.getStatus());
        var later = READY.plus(Duration.ofHours(2));
        assertThat(ActionNames.of(plan(world, later))).contains("Delete StatefulSet pr-42-g1");
        world.statefulSet = Optional.empty();
        assertThat(ActionNames.of(plan(world, later))).noneMatch(name -> name.startsWith("Delete"));
        world.pod = Optional.empty();
        assertThat(ActionNames.of(plan(world, later))).contains("Delete PersistentVolumeClaim pr-42-g1");
        assertThat(ActionNames.of(plan(gone, later))).noneMatch(name -> name.startsWith("Delete"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1h", "2000h"})
    void anExpiredForkIsCurrentAndStaysExpiredWhateverTheTtlAndTheClock(String ttl) {
        var world = expired().life(ttl, false);
        for (var now : List.of(READY, READY.plus(Duration.ofHours(1)), READY.plus(Duration.ofDays(9)))) {
            var plan = plan(world, now);
            assertThat(plan.status().phase()).isEqualTo(ForkPhase.Expired);
            assertThat(condition(plan, Conditions.READY)).isEmpty();
            assertThat(Conditions.summary(plan.status().conditions())).get().satisfies(available -> {
                assertThat(available.getType()).isEqualTo("Available");
                assertThat(available.getStatus()).isEqualTo("False");
                assertThat(available.getReason()).isEqualTo("Expired");
            });
            assertThat(kstatus(world, plan)).isEqualTo(Kstatus.Current);
            assertThat(plan.status().expiresAt())
                    .isEqualTo(READY.plus(Duration.ofHours(1)).toString());
            assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Create"));
        }
    }

    @Test
    void aLongerTtlRenewsBeforeTheEnd() {
        var world = ready().life("1h", false);
        world.noted(plan(world, READY.plus(Duration.ofMinutes(59))).status());
        world.life("2h", false);
        var plan = plan(world, READY.plus(Duration.ofMinutes(61)));
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(condition(plan, "ExpiringSoon")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"true, false, HasFollowers", "false, true, BeingForked"})
    void waitsWhileItIsFollowedOrCut(boolean followed, boolean cut, String reason) {
        var world = ready().life("1h", false);
        world.followers = followed ? List.of(ForkWorld.follower("reader", false)) : List.of();
        world.cutting = cut ? List.of("pr-43") : List.of();
        var later = READY.plus(Duration.ofHours(3));
        var plan = plan(world, later);
        expect(plan, ForkPhase.Ready, Conditions.READY, "Ready");
        expect(plan, ForkPhase.Ready, "ExpiringSoon", reason);
        assertThat(ActionNames.of(plan))
                .contains("Warning %s on PostgresFork".formatted(reason))
                .noneMatch(name -> name.startsWith("Delete"));

        world.followers = List.of();
        world.cutting = List.of();
        assertThat(plan(world, later).status().phase()).isEqualTo(ForkPhase.Expired);
    }

    @ParameterizedTest
    @CsvSource({"0/3000100, 0", "0/4000100, 16777216", "1/3000100, 4294967296"})
    void saysAboutHowFarItHasDiverged(String written, long bytes) {
        var world = ready();
        world.replication = new Looked.Found<>(primary(Lsn.parse(written).bytes()));
        assertThat(plan(world).status().divergedBytes()).isEqualTo(bytes);
        world.noted(plan(world).status());
        world.replication = new Looked.Found<>(primary(Lsn.parse(written).bytes() + (16L << 20) - 1));
        assertThat(plan(world).status().divergedBytes())
                .as("a little more is no news")
                .isEqualTo(bytes);
    }

    private static ReplicationReport primary(long written) {
        return new ReplicationReport.Primary(ForkWorld.UID, 2, 700, List.of(), new Lsn(0), new Lsn(written), List.of());
    }

    // --- Suspension ---

    @Test
    void asksTheServerForAPositionBeforeItIsStopped() {
        var world = ready().life(null, true);
        var plan = plan(world);
        expect(plan, ForkPhase.Ready, Conditions.RECONCILING, "Suspending");
        assertThat(ActionNames.of(plan)).containsOnlyOnce("PrepareCut suspension 3 of g1");
        assertThat(plan.status().suspended()).isNull();

        world.preparation = Optional.of(new Progress.Running<>());
        assertThat(ActionNames.of(plan(world))).noneMatch(name -> name.startsWith("Apply"));
    }

    @Test
    void writesDownThePositionBeforeItStopsTheServer() {
        var world = ready().life(null, true);
        world.preparation = Optional.of(
                new Progress.Done<>(new CutPreparation(ForkWorld.safety(2, true), Lsn.parse("0/4000000"), true, null)));
        var plan = plan(world);
        assertThat(plan.status().suspended())
                .isEqualTo(new PostgresForkStatus.Suspension(START.toString(), "0/4000000", 2));
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent").contains("Apply StatefulSet pr-42-g1");
        expect(plan, ForkPhase.Suspended, Conditions.RECONCILING, "Suspending");
    }

    @Test
    void stopsAServerThatDoesNotAnswerWithoutAPosition() {
        var world = ready().life(null, true);
        world.server = new Looked.Unknown<>("connection refused");
        assertThat(plan(world).status().suspended().lsn()).isNull();
        world.preparation = Optional.of(new Progress.Failed<>("connection refused"));
        assertThat(plan(world).status().suspended().lsn()).isNull();
    }

    private ForkWorld suspended(String ttl) {
        var world = ready().life(ttl, true);
        world.server = new Looked.Absent<>();
        world.noted(plan(world).status());
        world.pod = Optional.empty();
        world.script = new Looked.Absent<>();
        return set(world, true);
    }

    @Test
    void aSuspendedForkIsCurrentAndKeepsEverythingButItsPod() {
        var world = suspended(null);
        var plan = plan(world);
        assertThat(plan.status().phase()).isEqualTo(ForkPhase.Suspended);
        assertThat(condition(plan, Conditions.READY)).isEmpty();
        assertThat(Conditions.summary(plan.status().conditions()).orElseThrow().getReason())
                .isEqualTo("Suspended");
        assertThat(kstatus(world, plan)).isEqualTo(Kstatus.Current);
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Delete") || name.startsWith("Apply"));
    }

    @Test
    void takesTheNoteBackBeforeItWakes() {
        var world = suspended(null).life(null, false);
        var plan = plan(world);
        expect(plan, ForkPhase.Unavailable, Conditions.RECONCILING, "Restarting");
        assertThat(plan.status().suspended()).isNull();
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent").contains("Apply StatefulSet pr-42-g1");
    }

    @Test
    void theTtlRunsOnWhileItIsSuspended() {
        var world = suspended("1h");
        assertThat(plan(world, READY.plus(Duration.ofHours(1))).status().phase())
                .isEqualTo(ForkPhase.Expired);
        assertThat(plan(world, READY.plus(Duration.ofMinutes(59))).wakeUp())
                .get()
                .isEqualTo(Duration.ofSeconds(60).plusMillis(1));
    }

    @Test
    void aForkThatWasNeverReadyIsMadeFirst() {
        var world = afterCut(new ForkWorld()).volume("Bound").pod(false).script(Phase.quarantine);
        world.life("1s", true);
        expect(
                plan(world, READY.plus(Duration.ofSeconds(30))),
                ForkPhase.Quarantine,
                Conditions.RECONCILING,
                "Quarantine");
    }

    private static Optional<io.fabric8.kubernetes.api.model.Condition> condition(
            Plan<PostgresForkStatus> plan, String type) {
        return Conditions.find(plan.status().conditions(), type);
    }

    private static Kstatus kstatus(ForkWorld world, Plan<PostgresForkStatus> plan) {
        return Kstatus.of(
                world.fork.getMetadata(),
                plan.status().observedGeneration(),
                plan.status().conditions());
    }
}
