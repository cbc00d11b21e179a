package dev.pgfork.operator.database;

import static dev.pgfork.api.v1alpha1.ChangeoverStep.Aborting;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.CatchingUp;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.Fencing;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.Following;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.Promoting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.FencedBy;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.kube.Looked;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The state table of {@link FailoverPlanner}: shop is down; shop-replica has received more than shop-other. */
class FailoverPlannerTest {
    private static final ChangeoverOrder FENCE = new ChangeoverOrder.Fence("shop", 8);
    private static final ChangeoverOrder UNFENCE = new ChangeoverOrder.Unfence("shop", 9);
    private static final ChangeoverOrder PROMOTE = new ChangeoverOrder.Promote("shop-replica", 8);
    private static final ChangeoverOrder SERVE = new ChangeoverOrder.ServeFrom("shop-replica");

    private final FailoverPlanner planner = new FailoverPlanner(new ChangeoverPlanner());
    private final FailoverWorld world = new FailoverWorld();

    @Test
    void asksTheScriptOfTheOldPrimaryToFenceIt() {
        expect(plan(Fencing), Fencing, "Fencing", FENCE);
        world.verb = Optional.of(new Progress.Running<>());
        expect(plan(Fencing), Fencing, "Fencing");
    }

    @Test
    void hasKubernetesStopThePodWhereTheScriptCannot() {
        world.verb = Optional.of(new Progress.Failed<>("the state file cannot be written"));
        var plan = plan(Fencing);
        expect(plan, Fencing, "StoppingPod");
        assertThat(plan.persistFirst()).isTrue();
        assertThat(Objects.requireNonNull(plan.status().failover()).stopPod()).isTrue();
    }

    @Test
    void writesTheProofDownBecauseAPodEndsOnlyOnce() {
        world.see("shop-replica", "0/1C000000", "0/1A000000");
        world.noReplicas = true;
        world.pod = "ENDED";
        var plan = plan(Fencing);
        expect(plan, CatchingUp, "Replaying");
        assertThat(plan.persistFirst()).isTrue();
        assertThat(Objects.requireNonNull(plan.status().failover()).fencedBy()).isEqualTo(FencedBy.PodEnded);
    }

    @Test
    void waitsAndSaysWhatIsMissing() {
        world.noReplicas = true;
        world.node = NodeState.NOT_READY;
        var before = FailoverWorld.failover(Fencing, false, false, false);
        var stopped =
                before.withFailover(Objects.requireNonNull(before.failover()).stopping());
        expect(plan(stopped, Duration.ofDays(1)), Fencing, "NodeNotReady");
    }

    @Test
    void losesNothingWhereTheOldPrimaryWasShutDownCleanly() {
        world.verb = Optional.of(new Progress.Done<>(ChangeoverWorld.clean()));
        world.changeover.see("standby past the end");
        var plan = plan(Fencing);
        expect(plan, Promoting, null, PROMOTE, SERVE);
        assertThat(plan.status().failover()).isNull();
        world.changeover.see("standby at the end");
        expect(plan(Fencing), CatchingUp, null);
        expect(planForced(Fencing), Promoting, null, PROMOTE, SERVE);
    }

    @Test
    void promotesTheOneThatHasMostOnceItHasReplayedIt() {
        world.verb = Optional.of(new Progress.Done<>(FailoverWorld.crashed()));
        var plan = plan(Fencing);
        expect(plan, Promoting, null, PROMOTE, SERVE);
        assertThat(plan.persistFirst()).isTrue();
        var failover = Objects.requireNonNull(plan.status().failover());
        assertThat(failover.fencedBy()).isEqualTo(FencedBy.Instance);
        assertThat(failover.promotedFrom()).isEqualTo("0/1C000000");
        assertThat(failover.promotedTimeline()).isEqualTo(7);
        assertThat(failover.complete()).isFalse();
    }

    @Test
    void choosesAgainOnceNobodyCanReceiveMore() {
        world.see("shop-other", "0/1CFFFFFF", "0/1CFFFFFF");
        var plan = plan(CatchingUp);
        expect(
                plan,
                Promoting,
                null,
                new ChangeoverOrder.Promote("shop-other", 8),
                new ChangeoverOrder.ServeFrom("shop-other"));
        assertThat(plan.status().to()).isEqualTo("shop-other");
        // Whom a person has named is not replaced by another.
        var named = FailoverWorld.failover(CatchingUp, false, false, false);
        expect(plan(named, Duration.ofDays(1)), CatchingUp, "AnotherHasMore");
        expect(planForced(CatchingUp), Promoting, null, PROMOTE, SERVE);
    }

    @Test
    void letsItReplayAllThatItHas() {
        world.see("shop-replica", "0/1C000000", "0/1A000000");
        expect(plan(CatchingUp, Duration.ofHours(1)), CatchingUp, "Replaying");
        world.see("shop-replica", "0/1C000000", "0/1BFFFFF0");
        expect(plan(CatchingUp), CatchingUp, "Replaying");
        // A record that the primary did not live to finish: nothing more can be read.
        expect(plan(CatchingUp, FailoverPlanner.REPLAY), Promoting, null, PROMOTE, SERVE);
    }

    @Test
    void waitsForFollowersThatMayHaveMore() {
        world.followers.put("shop-other", new Looked.Unknown<>("no route"));
        expect(plan(CatchingUp), CatchingUp, "FollowersNotSeen");
        expect(plan(CatchingUp, FailoverPlanner.PATIENCE), Promoting, null, PROMOTE, SERVE);
        world.quorum = Optional.of(new Quorum(1, Set.of("shop-replica", "shop-other")));
        expect(plan(CatchingUp, Duration.ofDays(1)), CatchingUp, "FollowersNotSeen");
    }

    @Test
    void notesThatNothingAcknowledgedIsLost() {
        world.quorum = Optional.of(new Quorum(1, Set.of("shop-replica", "shop-other")));
        assertThat(Objects.requireNonNull(plan(CatchingUp).status().failover()).complete())
                .isTrue();
    }

    /** Even somebody who vouches for its end can be wrong. */
    @Test
    void letsThePrimaryGoOnIfItServesAfterAll() {
        world.health = new PrimaryHealth.Serves();
        expect(plan(Fencing), Aborting, "PrimaryServes", UNFENCE);
        expect(plan(CatchingUp), Aborting, "PrimaryServes", UNFENCE);
        world.noReplicas = true;
        expect(
                plan(FailoverWorld.failover(Fencing, false, false, true), Duration.ZERO),
                Aborting,
                "PrimaryServes",
                UNFENCE);
    }

    @Test
    void isAsPlannedFromThePromotionOn() {
        expect(plan(Promoting, Duration.ofDays(1)), Promoting, null, PROMOTE, SERVE);
        world.changeover.promotion = Optional.of(new Progress.Done<>(8));
        var plan = plan(Promoting);
        assertThat(plan.status().step()).isEqualTo(Following);
        assertThat(plan.status().failover()).isNotNull();
    }

    /** Design rule 4, over everything that can be seen: nobody is promoted without a proof on record. */
    @ParameterizedTest
    @EnumSource(names = {"Fencing", "CatchingUp"})
    void ordersAPromotionOnlyWithAProofOnRecord(ChangeoverStep step) {
        for (var verb : ChangeoverWorld.fences()) {
            for (var pod : List.of("none", "unknown", "RUNS", "RESTARTS", "UNPROVEN", "ENDED")) {
                for (var node : NodeState.values()) {
                    for (var health : List.of(world.health, new PrimaryHealth.Serves())) {
                        world.verb = verb;
                        world.pod = pod;
                        world.node = node;
                        world.noReplicas = pod.equals("ENDED") || node == NodeState.DELETED;
                        world.health = health;
                        var plan = plan(step, Duration.ofHours(1));
                        if (plan.orders().contains(PROMOTE)) {
                            var failover = plan.status().failover();
                            assertThat(failover == null ? plan.status().fencedLsn() : failover.fencedBy())
                                    .as("%s %s %s", verb, pod, node)
                                    .isNotNull();
                            assertThat(plan.persistFirst()).isTrue();
                        }
                    }
                }
            }
        }
    }

    @Test
    void saysWhatMayBeLost() {
        var before = FailoverWorld.failover(Promoting, true, false, false);
        var failover = Objects.requireNonNull(before.failover());
        assertThat(FailoverReport.of(before, failover.promoting("0/1CFFFFF0", 7, false), ChangeoverWorld.START))
                .returns("0/1D000000", report -> report.lastSeenLsn())
                .returns("2026-11-21T09:59:50Z", report -> report.lastSeenAt())
                .returns("0/1CFFFFF0", report -> report.promotedFrom())
                .satisfies(report -> assertThat(report.message())
                        .contains(
                                "16 bytes of WAL that were seen there are missing", "Commits made later may be lost"));
        assertThat(FailoverReport.of(before, failover.promoting("0/1D000000", 7, false), ChangeoverWorld.START)
                        .message())
                .contains("all of that is there", "Commits made later may be lost");
        assertThat(FailoverReport.of(before, failover.promoting("0/1D000000", 7, true), ChangeoverWorld.START)
                        .message())
                .contains("Every acknowledged commit is there")
                .doesNotContain("lost");
        assertThat(LastSeen.ofPromotion(
                        before.withFailover(failover.promoting("0/1CFFFFF0", 7, false)),
                        failover.lastSeen(),
                        "node-2",
                        ChangeoverWorld.START))
                .isEqualTo(new PrimaryPosition(
                        "shop-replica", "0/1CFFFFF0", 7, "7439281", "2026-11-21T10:00:00Z", "node-2", null, true));
    }

    /** What was promoted goes on from a timeline of which it is known how it began. */
    @Test
    void remembersHowTheTimelineOfAPromotionBegan() {
        var before = FailoverWorld.failover(Promoting, true, false, false);
        var failover = Objects.requireNonNull(before.failover());
        var seen =
                new PrimaryPosition("shop", "0/1D000000", 7, "7439281", "2026-11-21T09:59:50Z", null, "6 0/6000", null);
        assertThat(LastSeen.ofPromotion(
                        before.withFailover(failover.promoting("0/1D000000", 7, false)),
                        seen,
                        null,
                        ChangeoverWorld.START))
                .returns("6 0/6000", PrimaryPosition::origin);
        assertThat(LastSeen.ofPromotion(
                        before.withFailover(failover.promoting("0/1D000000", 8, false)),
                        seen,
                        null,
                        ChangeoverWorld.START))
                .returns(null, PrimaryPosition::origin);
    }

    private ChangeoverPlan plan(ChangeoverStep step) {
        return plan(step, Duration.ZERO);
    }

    private ChangeoverPlan plan(ChangeoverStep step, Duration later) {
        return plan(FailoverWorld.failover(step, true, false, false), later);
    }

    private ChangeoverPlan planForced(ChangeoverStep step) {
        return plan(FailoverWorld.failover(step, false, true, false), Duration.ZERO);
    }

    private ChangeoverPlan plan(ChangeoverStatus status, Duration later) {
        return planner.plan(status, world.seen(), ChangeoverWorld.START.plus(later));
    }

    private static void expect(
            ChangeoverPlan plan, ChangeoverStep step, @Nullable String reason, ChangeoverOrder... orders) {
        assertThat(plan.status().step()).isEqualTo(step);
        assertThat(plan.status().reason()).isEqualTo(reason);
        assertThat(plan.orders()).containsExactly(orders);
        assertThat(plan.end()).isEmpty();
    }
}
