package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.status.Conditions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The end of a fork, and what a failed action leaves. */
class ForkPlannerTest extends ForkPlanning {
    @Test
    void takesThePodThenTheVolumeThenTheSnapshot() {
        var world = afterCut(new ForkWorld()).volume("Bound").pod(true).snapshot(CUT, true);
        assertThat(ActionNames.of(deletion(world))).containsExactly("Delete StatefulSet pr-42-g1");
        world.statefulSet = Optional.empty();
        assertThat(ActionNames.of(deletion(world))).isEmpty();
        assertThat(deletion(world).wakeUp()).isPresent();
        world.pod = Optional.empty();
        assertThat(ActionNames.of(deletion(world))).containsExactly("Delete PersistentVolumeClaim pr-42-g1");
        world.volume = Optional.empty();
        assertThat(ActionNames.of(deletion(world))).containsExactly("Delete VolumeSnapshot pr-42-g1-cut1");
        world.snapshot = Optional.empty();
        assertThat(deletion(world).wakeUp()).isEmpty();
    }

    @Test
    void staysForThoseWhoFollowItUnlessTheyGoToo() {
        var world = afterCut(new ForkWorld()).volume("Bound").pod(true).snapshot(CUT, true);
        world.followers = List.of(ForkWorld.follower("pr-42-a", false), ForkWorld.follower("pr-42-b", true));
        var waits = deletion(world);
        assertThat(ActionNames.of(waits)).isEmpty();
        assertThat(waits.wakeUp()).isPresent();
        assertThat(waits.status().phase()).isEqualTo(ForkPhase.Deleting);
        assertThat(Conditions.find(waits.status().conditions(), Conditions.STALLED))
                .hasValueSatisfying(condition -> {
                    assertThat(condition.getReason()).isEqualTo("HasFollowers");
                    assertThat(condition.getMessage()).contains("PostgresFollower pr-42-a would", "PostgresFork pr-42");
                });
        world.followers = List.of(ForkWorld.follower("pr-42-a", true), ForkWorld.follower("pr-42-b", true));
        assertThat(ActionNames.of(deletion(world))).containsExactly("Delete StatefulSet pr-42-g1");
    }

    private Plan<PostgresForkStatus> deletion(ForkWorld world) {
        return planner.planDeletion(world.fork, world.seen(), START);
    }

    @Test
    void aFailedActionKeepsWhatIsNotedAndSaysWhatHappened() {
        var world = ForkWorld.withSource().claimed().noted(positionNoted());
        var plan = planner.planAfterFailure(world.fork, new IllegalStateException("boom"), START);
        assertThat(plan.status().source().lsnBefore()).isEqualTo("0/3000060");
        assertThat(plan.status().phase()).isEqualTo(ForkPhase.Cutting);
        assertThat(plan.actions()).hasSize(1);
    }
}
