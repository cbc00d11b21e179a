package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Kstatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What tools that wait for a fork make of its states; of rest and end {@link LifePlannerTest} says it. */
class ForkKstatusTest extends ForkPlanning {
    private static final Instant READY = START.plusSeconds(4);

    private ForkWorld ready() {
        var world = afterCut(new ForkWorld())
                .volume("Bound")
                .script(Phase.running)
                .serving()
                .opened();
        return world.noted(plan(world, READY).status());
    }

    @Test
    void whoeverWaitsGoesOnOnceItServes() {
        var world = ready();
        is(Kstatus.Current, world, READY);
        is(Kstatus.Current, world.life("1h", false), READY.plus(Duration.ofMinutes(59)));
        world.followers = List.of(ForkWorld.follower("reader", false));
        is(Kstatus.Current, world, READY.plus(Duration.ofHours(2)));
    }

    @Test
    void whoeverWaitsGoesOnWaitingWhileItIsOnItsWay() {
        is(Kstatus.InProgress, new ForkWorld(), START);
        is(Kstatus.InProgress, ForkWorld.withSource(), START);
        is(Kstatus.InProgress, ForkWorld.withSource().claimed().prepared(), START);
        is(Kstatus.InProgress, afterCut(new ForkWorld()).volume("Pending"), START);
        is(
                Kstatus.InProgress,
                afterCut(new ForkWorld()).volume("Bound").pod(false).script(Phase.quarantine),
                START);
        is(Kstatus.InProgress, ready().life(null, false, "2026-11-21T09:00:00Z"), READY);
        var away = ready();
        away.server = new Looked.Absent<>();
        away.pod = Optional.empty();
        is(Kstatus.InProgress, away, READY);
    }

    @Test
    void whoeverWaitsGivesUpWhereSomebodyIsNeeded() {
        is(Kstatus.Failed, ForkWorld.withSource().spec(null, Map.of("no_such_setting", "on")), START);
        var unsafe = ForkWorld.withSource();
        unsafe.safety = new Looked.Found<>(ForkWorld.safety(1, false));
        is(Kstatus.Failed, unsafe, START);
        var lost = ready();
        lost.volume = Optional.empty();
        is(Kstatus.Failed, lost, READY);
        var without = new ForkWorld();
        without.noted(plan(without).status());
        is(Kstatus.Failed, without, START.plus(DEADLINE).plusSeconds(1));
    }

    @Test
    void aStatusOfAnEarlierSpecSaysNothing() {
        var world = ready();
        var plan = plan(world, READY);
        world.fork.getMetadata().setGeneration(4L);
        assertThat(kstatus(world, plan)).isEqualTo(Kstatus.InProgress);
        world.fork.getMetadata().setDeletionTimestamp(READY.toString());
        assertThat(kstatus(world, plan)).isEqualTo(Kstatus.Terminating);
    }

    private void is(Kstatus expected, ForkWorld world, Instant now) {
        var plan = plan(world, now);
        assertThat(kstatus(world, plan)).as("%s", plan.status().conditions()).isEqualTo(expected);
    }

    private static Kstatus kstatus(ForkWorld world, Plan<PostgresForkStatus> plan) {
        return Kstatus.of(
                world.fork.getMetadata(),
                plan.status().observedGeneration(),
                plan.status().conditions());
    }
}
