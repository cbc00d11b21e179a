package dev.pgfork.operator.database;

import static dev.pgfork.api.v1alpha1.ChangeoverStep.Aborting;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.CatchingUp;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.Fencing;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.Following;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.Preparing;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.Promoting;
import static dev.pgfork.api.v1alpha1.ChangeoverStep.Waiting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.database.ChangeoverPlan.End;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.kube.Looked;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The state table of {@link ChangeoverPlanner}: shop hands over to shop-replica; shop-other follows. */
class ChangeoverPlannerTest {
    private static final Instant START = ChangeoverWorld.START;
    private static final ChangeoverOrder PREPARE = new ChangeoverOrder.Prepare("shop", "shop-replica");
    private static final ChangeoverOrder FENCE = new ChangeoverOrder.Fence("shop", 8);
    private static final ChangeoverOrder UNFENCE = new ChangeoverOrder.Unfence("shop", 9);
    private static final ChangeoverOrder PROMOTE = new ChangeoverOrder.Promote("shop-replica", 8);
    private static final ChangeoverOrder SERVE = new ChangeoverOrder.ServeFrom("shop-replica");
    private static final ChangeoverOrder OLD_FOLLOWS = new ChangeoverOrder.Follow("shop", 8, "shop-replica");
    private static final ChangeoverOrder OTHER_FOLLOWS = new ChangeoverOrder.Follow("shop-other", 8, "shop-replica");

    private final ChangeoverPlanner planner = new ChangeoverPlanner();
    private final ChangeoverWorld world = new ChangeoverWorld();

    @Test
    void preparesWhenTheTargetIsWell() {
        expect(plan(Waiting), Preparing, null, PREPARE);
    }

    @ParameterizedTest
    @CsvSource({
        "standby not there,     TargetNotReady",
        "standby unknown,       TargetNotReady",
        "standby not ready,     TargetNotReady",
        "standby not streaming, TargetNotStreaming",
        "standby on 6,          TargetNotStreaming",
        "standby behind,        TargetLags",
        "standby ahead,         TargetDiverged",
        "standby on another 7,  TargetDiverged",
        "standby without history, TargetNotReady",
        "primary unknown,       PrimaryNotReady",
        "primary in recovery,   PrimaryNotReady"
    })
    void waitsFiveMinutesForWhatMayPass(String seen, String reason) {
        world.see(seen);
        expect(plan(Waiting), Waiting, reason);
        var late = plan(Waiting, ChangeoverPlanner.WAIT_FOR_TARGET.plusSeconds(1));
        assertThat(late.end()).contains(End.REFUSED);
        assertThat(late.status().reason()).isEqualTo(reason);
        assertThat(late.orders()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "standby of another database, OtherDatabase",
        "standby of 16,               OtherMajorVersion",
        "standby promoted,            TargetNotAStandby"
    })
    void refusesAtOnceWhatDoesNotPass(String seen, String reason) {
        world.see(seen);
        var plan = plan(Waiting);
        assertThat(plan.end()).contains(End.REFUSED);
        assertThat(plan.status().reason()).isEqualTo(reason);
        assertThat(plan.orders()).isEmpty();
    }

    @Test
    void preparesAgainWhereNobodyDid() {
        expect(plan(Preparing), Preparing, null, PREPARE);
        world.preparation = Optional.of(new Progress.Running<>());
        expect(plan(Preparing), Preparing, null);
    }

    @Test
    void givesUpBeforeTheFenceWithoutATrace() {
        world.preparation = Optional.of(new Progress.Failed<>("no route"));
        var failed = plan(Preparing);
        assertThat(failed.end()).contains(End.ABORTED);
        assertThat(failed.orders()).isEmpty();
        assertThat(failed.status().reason()).isEqualTo("PreparationFailed");
        world.preparation = Optional.of(new Progress.Running<>());
        assertThat(plan(Preparing, ChangeoverPlanner.PREPARE.plusSeconds(1)).end())
                .contains(End.ABORTED);
    }

    @Test
    void fencesOnlyWhileTheTargetIsStillWell() {
        world.preparation = Optional.of(new Progress.Done<>(true));
        var plan = plan(Preparing);
        expect(plan, Fencing, null, FENCE);
        assertThat(plan.persistFirst()).isTrue();
        world.see("standby behind");
        expect(plan(Preparing), Waiting, "TargetLags");
    }

    @Test
    void fencesAgainWhereNobodyDid() {
        expect(plan(Fencing), Fencing, null, FENCE);
        world.fence = Optional.of(new Progress.Running<>());
        expect(plan(Fencing), Fencing, null);
    }

    @Test
    void promotesWhenTheTargetHasReplayedTheShutdownCheckpoint() {
        world.fence = Optional.of(new Progress.Done<>(ChangeoverWorld.clean()));
        world.see("standby past the end");
        var plan = plan(Fencing);
        expect(plan, Promoting, null, PROMOTE, SERVE);
        assertThat(plan.persistFirst()).isTrue();
        assertThat(plan.status().fencedLsn()).isEqualTo("0/1E000028");
    }

    @Test
    void doesNotPromoteAtTheBeginningOfTheShutdownCheckpoint() {
        world.fence = Optional.of(new Progress.Done<>(ChangeoverWorld.clean()));
        world.see("standby at the end");
        var plan = plan(Fencing);
        expect(plan, CatchingUp, null);
        assertThat(plan.persistFirst()).isTrue();
        world.see("standby unknown");
        expect(plan(Fencing), CatchingUp, null);
    }

    @Test
    void letsThePrimaryGoWhereTheTargetLacksItsLastWrites() {
        world.see("standby at the end");
        expect(plan(CatchingUp), CatchingUp, null);
        expect(plan(CatchingUp, ChangeoverPlanner.CATCH_UP.plusSeconds(1)), Aborting, "TargetLacksWrites", UNFENCE);
        world.see("standby unknown");
        expect(plan(CatchingUp, ChangeoverPlanner.CATCH_UP.plusSeconds(1)), Aborting, "TargetLacksWrites", UNFENCE);
    }

    @ParameterizedTest
    @CsvSource({"shut down in recovery", "in production", "shutting down", "in crash recovery"})
    void neverPromotesAfterAnUncleanShutdown(String state) {
        world.see("standby past the end");
        var clean = ChangeoverWorld.clean();
        world.fence = Optional.of(new Progress.Done<>(
                new FenceProof(state, clean.checkpoint(), clean.redo(), clean.timeline(), clean.systemIdentifier())));
        expect(plan(Fencing), Aborting, "NotShutDownCleanly", UNFENCE);
    }

    @ParameterizedTest
    @CsvSource({"standby on 6, TargetDiverged", "standby of another database, OtherDatabase"})
    void neverPromotesAnotherHistory(String seen, String reason) {
        world.fence = Optional.of(new Progress.Done<>(ChangeoverWorld.clean()));
        world.see("standby past the end");
        world.see(seen);
        expect(plan(Fencing), Aborting, reason, UNFENCE);
    }

    /** Two primaries are worse than none: who promoted it, and whether it has everything, is not known. */
    @ParameterizedTest
    @CsvSource({"standby promoted", "standby writing"})
    void keepsThePrimaryFencedWhileTheTargetAcceptsWrites(String seen) {
        world.see(seen);
        for (var fence : ChangeoverWorld.fences()) {
            world.fence = fence;
            for (var step : List.of(Fencing, CatchingUp, Aborting)) {
                expect(plan(step, Duration.ofDays(1)), step, "TargetAcceptsWrites");
            }
        }
        world.see("standby not there");
        expect(plan(CatchingUp, Duration.ofDays(1)), Aborting, "TargetLacksWrites", UNFENCE);
    }

    @Test
    void letsThePrimaryGoWhereTheFenceFails() {
        world.fence = Optional.of(new Progress.Failed<>("no answer"));
        var plan = plan(Fencing);
        expect(plan, Aborting, "FenceFailed", UNFENCE);
        assertThat(plan.persistFirst()).isTrue();
        world.fence = Optional.of(new Progress.Running<>());
        expect(plan(Fencing, ChangeoverPlanner.FENCE.plusSeconds(1)), Aborting, "FenceTooSlow", UNFENCE);
    }

    @Test
    void neverTakesAPromotionBack() {
        for (var after : List.of(Duration.ZERO, Duration.ofDays(1))) {
            expect(plan(Promoting, after), Promoting, null, PROMOTE, SERVE);
        }
        for (var after : List.of(Duration.ZERO, ChangeoverCompletion.PROMOTE)) {
            world.promotion = Optional.of(new Progress.Failed<>("pod is gone"));
            world.see("standby not there");
            world.see("primary unknown");
            expect(plan(Promoting, after), Promoting, "PromotionFailed", PROMOTE, SERVE);
            world.promotion = Optional.of(new Progress.Running<>());
            expect(plan(Promoting, after), Promoting, null);
        }
    }

    /** Its node may be lost. Whether it accepts writes is not known, so it is the primary, and the old one none. */
    @Test
    void takesATargetThatDoesNotAnswerForThePrimary() {
        for (var progress : List.of(new Progress.Failed<Integer>("pod is gone"), new Progress.Running<Integer>())) {
            world.promotion = Optional.of(progress);
            var plan = plan(Promoting, ChangeoverCompletion.PROMOTE.plusSeconds(1));
            expect(plan, Following, "TargetNotReached");
            assertThat(plan.persistFirst()).isTrue();
            assertThat(plan.status().message()).contains("shop-replica", "fencedExternally: true");
            assertThat(planner.plan(plan.status(), world.seen(), START).end())
                    .as("whoever replaces it need not wait until all follow it")
                    .contains(End.DONE);
        }
    }

    /** Nobody has asked the target since this operator came. */
    @Test
    void countsTheTimeOfAPromotionFromWhenItWasOrdered() {
        var plan = plan(Promoting, Duration.ofHours(1));
        expect(plan, Promoting, null, PROMOTE, SERVE);
        assertThat(plan.status().stepSince())
                .isEqualTo(START.plus(Duration.ofHours(1)).toString());
    }

    @Test
    void makesEverybodyFollow() {
        world.promotion = Optional.of(new Progress.Done<>(8));
        var plan = plan(Promoting);
        expect(plan, Following, null, OLD_FOLLOWS, OTHER_FOLLOWS);
        assertThat(plan.persistFirst()).isTrue();
        expect(plan(Following), Following, null, OLD_FOLLOWS, OTHER_FOLLOWS);
    }

    @Test
    void isDoneWhenAllHaveAnsweredOrTimeIsUp() {
        world.following.put("shop", Optional.of(new Progress.Running<>()));
        world.following.put("shop-other", Optional.of(new Progress.Done<>(true)));
        expect(plan(Following), Following, null);
        assertThat(plan(Following, ChangeoverCompletion.FOLLOW.plusSeconds(1)).end())
                .contains(End.DONE);
        world.following.put("shop", Optional.of(new Progress.Failed<>("gone")));
        assertThat(plan(Following).end()).contains(End.DONE);
    }

    @Test
    void isAbortedWhenTheOldPrimaryServesOrCannotBeLetGoInTime() {
        world.see("primary unknown");
        expect(plan(Aborting), Aborting, null, UNFENCE);
        world.unfence = Optional.of(new Progress.Running<>());
        expect(plan(Aborting), Aborting, null);
        world.unfence = Optional.of(new Progress.Failed<>("busy"));
        expect(plan(Aborting, ChangeoverPlanner.UNFENCE), Aborting, null, UNFENCE);
        assertThat(plan(Aborting, ChangeoverPlanner.UNFENCE.plusSeconds(1)).end())
                .contains(End.ABORTED);
        world.unfence = Optional.of(new Progress.Done<>(true));
        expect(plan(Aborting), Aborting, null);
        world.see("primary back");
        assertThat(plan(Aborting).end()).contains(End.ABORTED);
        world.unfence = Optional.empty();
        expect(plan(Aborting), Aborting, null, UNFENCE);
    }

    /** Design rule 4, over every step and sight: whoever is told to promote has a clean fence written down. */
    @ParameterizedTest
    @EnumSource
    void ordersAPromotionOnlyWithAProofOnRecord(ChangeoverStep step) {
        for (var seen : ChangeoverWorld.SIGHTS) {
            for (var fence : ChangeoverWorld.fences()) {
                var each = new ChangeoverWorld();
                each.see(seen);
                each.fence = fence;
                each.preparation = Optional.of(new Progress.Done<>(true));
                var before = changeover(step);
                var plan = planner.plan(before, each.seen(), START);
                if (plan.orders().contains(PROMOTE) && step != Promoting) {
                    assertThat(plan.status().fencedLsn())
                            .as("%s %s", seen, fence)
                            .isNotNull();
                    assertThat(plan.persistFirst()).isTrue();
                    assertThat(each.to)
                            .isInstanceOfSatisfying(
                                    Looked.Found.class,
                                    found -> assertThat(((MemberPosition) found.value()).replayed())
                                            .isGreaterThan(
                                                    ChangeoverWorld.clean().checkpoint()));
                }
                if (step == Promoting || step == Following) {
                    assertThat(plan.orders()).doesNotContain(UNFENCE);
                    assertThat(plan.end()).isNotEqualTo(Optional.of(End.ABORTED));
                }
            }
        }
    }

    private ChangeoverPlan plan(ChangeoverStep step) {
        return plan(step, Duration.ZERO);
    }

    private ChangeoverPlan plan(ChangeoverStep step, Duration later) {
        return planner.plan(changeover(step), world.seen(), START.plus(later));
    }

    private static ChangeoverStatus changeover(ChangeoverStep step) {
        var status = ChangeoverStatus.begin("shop", "shop-replica", 8, START.toString())
                .at(step, START.toString());
        return step == CatchingUp || step == Promoting || step == Following ? status.fenced("0/1E000028", 7) : status;
    }

    private static void expect(
            ChangeoverPlan plan, ChangeoverStep step, @Nullable String reason, ChangeoverOrder... orders) {
        assertThat(plan.status().step()).isEqualTo(step);
        assertThat(plan.status().reason()).isEqualTo(reason);
        assertThat(plan.orders()).containsExactly(orders);
        assertThat(plan.end()).isEmpty();
    }
}
