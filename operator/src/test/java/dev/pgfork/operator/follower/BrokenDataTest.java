package dev.pgfork.operator.follower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A follower whose server does not start with the data that it has. */
class BrokenDataTest extends FollowerPlanning {
    private static final Instant LATER = CUT.plusSeconds(10);

    private final FollowerWorld world =
            down(new FollowerWorld().noted(streamed()).streaming(1000));

    @Test
    void isRebuiltAfterSoManyStartsAndItsVolumeIsKept() {
        says(Phase.failed, "PostmasterCrashed", 6);
        expect(plan(), FollowerPhase.Unavailable, Conditions.RECONCILING, "Restarting");
        says(Phase.failed, "PostmasterCrashed", 7);
        var plan = plan();
        expect(plan, FollowerPhase.Rebuilding, Conditions.RECONCILING, "DataBroken");
        assertThat(actions(plan))
                .containsSubsequence(
                        "PersistIntent",
                        "AnnotateVolume PersistentVolumeClaim shop-replica-g1 DataBroken",
                        "Delete StatefulSet shop-replica-g1",
                        "Warning Rebuilding on PostgresFollower")
                .noneMatch(action -> action.startsWith("Delete Pers"));
        assertThat(plan.status().instance().generation()).isEqualTo(2);
        assertThat(plan.status().rebuild().keptVolume()).isEqualTo("shop-replica-g1");
    }

    @Test
    void isLeftAloneWhileItStillTriesOrFailsForAnotherReason() {
        says(Phase.starting, "PostmasterCrashed", 9);
        expect(plan(), FollowerPhase.Unavailable, Conditions.RECONCILING, "Restarting");
        says(Phase.failed, "NotADatabase", 9);
        assertThat(plan().status().phase()).isEqualTo(FollowerPhase.Unavailable);
        assertThat(actions(plan())).noneMatch(action -> action.startsWith("Delete"));
    }

    /** It may be the last copy. */
    @Test
    void isLeftAloneUnlessAPrimaryServes() {
        says(Phase.failed, "PostmasterCrashed", 50);
        var primary = world.primary;
        world.primary = new Looked.Unknown<>("no route");
        assertThat(plan().status().instance().generation()).isEqualTo(1);
        world.primary = primary;
        world.leaderServes = false;
        assertThat(plan().status().instance().generation()).isEqualTo(1);
        world.leaderServes = true;
        world.changing = true;
        assertThat(plan().status().instance().generation()).isEqualTo(1);
        world.changing = false;
        assertThat(plan().status().instance().generation()).isEqualTo(2);
    }

    @Test
    void keepsNoVolumeThatHasNeverReceivedAnything() {
        var fresh = down(new FollowerWorld().noted(cut()).streaming(1000));
        fresh.script = new Looked.Found<>(script(Phase.failed, "PostmasterCrashed", 7));
        var plan = plan(fresh, LATER);
        assertThat(plan.status().instance().generation()).isEqualTo(2);
        assertThat(plan.status().rebuild().keptVolume()).isNull();
        fresh.primary = new Looked.Found<>(FollowerWorld.primary(2, 1000, "reserved"));
        assertThat(plan(fresh, LATER).status().rebuild().keptVolume())
                .as("copied from another primary than there is now")
                .isEqualTo("shop-replica-g1");
    }

    @Test
    void isNotRebuiltAgainWhereThatDidNotHelp() {
        says(Phase.failed, "PostmasterCrashed", 7);
        var status = plan().status();
        var again = down(new FollowerWorld().noted(status).streaming(1000));
        again.script = world.script;
        assertThat(plan(again, LATER.plusSeconds(100_000)).status().instance().generation())
                .isEqualTo(2);
    }

    private static FollowerWorld down(FollowerWorld world) {
        world.pod(false, true);
        world.server = new Looked.Unknown<>("Connection refused");
        world.own = new Looked.Absent<>();
        return world;
    }

    private void says(Phase phase, String reason, int crashes) {
        world.script = new Looked.Found<>(script(phase, reason, crashes));
    }

    private static ScriptStatus script(Phase phase, @Nullable String reason, int crashes) {
        return new ScriptStatus(
                phase,
                "standby",
                1,
                "",
                null,
                null,
                null,
                null,
                reason,
                "the postmaster ended",
                null,
                null,
                null,
                null,
                null,
                null,
                crashes,
                null,
                null,
                null,
                Map.of());
    }

    private Plan<PostgresFollowerStatus> plan() {
        return plan(world, LATER);
    }
}
