package dev.pgfork.operator.follower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.instance.Membership.Stopping;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of {@link PrimaryPlanner}. */
class PrimaryPlannerTest extends FollowerPlanning {
    private static final Instant LATER = CUT.plusSeconds(10);

    @Test
    void isReadyAsThePrimaryAndHasNoLag() {
        var plan = plan(new FollowerWorld().noted(streamed()).streaming(1000).becamePrimary(), LATER);
        assertThat(plan.status().phase()).isEqualTo(FollowerPhase.Ready);
        assertThat(plan.status().instance().role()).isEqualTo("primary");
        assertThat(plan.status().instance().epoch()).isEqualTo(2);
        assertThat(plan.status().lag()).isNull();
        assertThat(plan.status().streaming()).isNull();
        assertThat(plan.status().slot()).isEqualTo(FollowerWorld.SLOT);
    }

    @Test
    void servesReadsOnlyWhileNobodyElseDoes() {
        var alone = new FollowerWorld().noted(streamed()).streaming(1000).becamePrimary();
        assertThat(actions(plan(alone, LATER))).noneMatch(action -> action.startsWith("LabelPod"));
        alone.othersServeReads = true;
        assertThat(actions(plan(alone, LATER))).contains("LabelPod Pod shop-replica-g1-0 null");
    }

    @Test
    void isNeverRebuilt() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).becamePrimary();
        world.volume = Optional.empty();
        var plan = plan(world, LATER);
        expect(plan, FollowerPhase.Unavailable, Conditions.STALLED, "VolumeLost");
        assertThat(plan.status().instance().generation()).isEqualTo(1);
        assertThat(actions(plan)).containsExactly("Warning VolumeLost on PostgresFollower");
    }

    /** A failover waits until nothing wants a pod of it, and the claim may come back at any time. */
    @Test
    void isStoppedForAFailoverThoughItsVolumeIsLost() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).becamePrimary();
        world.volume = Optional.empty();
        world.statefulSet = Optional.empty();
        var plan = planner.plan(world.follower, stopping(world.seen()), LATER);
        expect(plan, FollowerPhase.Unavailable, Conditions.STALLED, "VolumeLost");
        assertThat(plan.actions())
                .filteredOn(Action.Create.class::isInstance)
                .singleElement()
                .satisfies(action -> assertThat(((StatefulSet) ((Action.Create) action).object())
                                .getSpec()
                                .getReplicas())
                        .isZero());
    }

    private static StandbyObservation stopping(StandbyObservation seen) {
        var leader = seen.leader().orElseThrow();
        return new StandbyObservation(
                Optional.of(new LeaderInstance(
                        leader.template(),
                        leader.primary(),
                        leader.epoch(),
                        leader.synchronous(),
                        leader.deletionPolicy(),
                        true,
                        Map.of("shop-replica", Stopping.UNPROVED),
                        false,
                        false,
                        false,
                        leader.trouble(),
                        leader.forks())),
                seen.members(),
                seen.following(),
                seen.replication(),
                seen.commits(),
                seen.source(),
                seen.snapshot(),
                seen.otherSnapshots(),
                seen.instance(),
                seen.olderSets(),
                seen.olderVolumes(),
                seen.held(),
                seen.trouble());
    }

    @Test
    void saysThatItIsOnItsWay() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).becamePrimary();
        world.server = new Looked.Unknown<>("it is being promoted");
        world.changing = true;
        expect(plan(world, LATER), FollowerPhase.Unavailable, Conditions.RECONCILING, "LeaderChanging");
        world.changing = false;
        expect(plan(world, LATER), FollowerPhase.Unavailable, Conditions.RECONCILING, "Restarting");
    }

    /** It was about to be unfollowed when it was promoted. */
    @Test
    void getsItsLeadersPasswordsBack() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000).becamePrimary();
        world.server = new Looked.Unknown<>("its password is another one");
        world.tls = Optional.of(passwordsOf("shop"));
        world.roles = Optional.of(passwordsOf("shop-replica"));
        assertThat(actions(plan(world, LATER))).contains("CreateCredentials");
        world.roles = Optional.of(passwordsOf("shop"));
        assertThat(actions(plan(world, LATER))).doesNotContain("CreateCredentials");
    }

    @Test
    void leavesItsObjectsAloneIfItsStatusIsLost() {
        var plan = plan(new FollowerWorld().streaming(1000).becamePrimary(), LATER);
        expect(plan, FollowerPhase.Unavailable, Conditions.STALLED, "StatusLost");
        assertThat(actions(plan)).containsExactly("Warning StatusLost on PostgresFollower");
    }
}
