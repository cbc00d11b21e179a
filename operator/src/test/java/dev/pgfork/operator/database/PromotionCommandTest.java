package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.Promote;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.operator.database.PromotionCommand.Progress;
import dev.pgfork.operator.database.PromotionCommand.Situation;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The table of {@link PromotionCommand}. */
class PromotionCommandTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final Situation SERVING = new Situation("shop", true, Progress.NONE, false, false, null);

    @Test
    void doesNothingWithoutACommand() {
        assertThat(PromotionCommand.of(null, null, SERVING, NOW)).isEqualTo(new PromotionCommand.Nothing());
    }

    @Test
    void beginsWhenTheTimeHasCome() {
        assertThat(of("shop-replica", "2026-11-21T10:00:00Z", null, SERVING))
                .isEqualTo(new PromotionCommand.Begin(
                        new PromotionStatus("2026-11-21T10:00:00Z", "shop-replica", null, null, null)));
    }

    @Test
    void waitsForItsTime() {
        assertThat(of("shop-replica", "2026-11-21T10:05:00Z", null, SERVING))
                .isEqualTo(new PromotionCommand.NotYet(Duration.ofMinutes(5)));
    }

    @Test
    void doesNothingForAnEqualOrOlderTimeWhateverTheTarget() {
        var last = last("2026-11-21T09:00:00Z");
        assertThat(of("shop-replica", "2026-11-21T09:00:00Z", last, SERVING)).isEqualTo(new PromotionCommand.Nothing());
        // The same instant, written in another way.
        assertThat(of("other", "2026-11-21T09:00:00.000Z", last, SERVING)).isEqualTo(new PromotionCommand.Nothing());
        assertThat(of("other", "2026-11-20T09:00:00Z", last, SERVING)).isEqualTo(new PromotionCommand.Nothing());
        assertThat(of("other", "2026-11-21T09:00:01Z", last, SERVING)).isInstanceOf(PromotionCommand.Begin.class);
    }

    @Test
    void doesNotActOnDataWhoseStatusWasLost() {
        expect(
                new Situation(null, true, Progress.NONE, false, false, null),
                "shop-replica",
                Outcome.Refused,
                "StatusLost");
        assertThat(of(
                        "shop-replica",
                        "2026-11-21T09:00:00Z",
                        null,
                        new Situation(null, false, Progress.NONE, false, false, null)))
                .isInstanceOf(PromotionCommand.Begin.class);
    }

    @Test
    void refusesWhileAChangeoverRuns() {
        expect(
                new Situation("shop", true, Progress.RUNS, false, false, null),
                "shop-replica",
                Outcome.Refused,
                "ChangeoverRunning");
    }

    @Test
    void refusesAFork() {
        expect(new Situation("shop", true, Progress.NONE, true, false, null), "pr-1", Outcome.Refused, "TargetIsFork");
    }

    @Test
    void refusesAnOwnInstanceThatIsRemoved() {
        expect(
                new Situation("shop-replica", true, Progress.NONE, false, true, null),
                "shop",
                Outcome.Refused,
                "OwnInstanceRemoved");
        expect(new Situation("shop", true, Progress.NONE, false, true, null), "shop", Outcome.Done, "AlreadyPrimary");
    }

    @Test
    void isDoneWhereTheTargetIsThePrimary() {
        expect(SERVING, "shop", Outcome.Done, "AlreadyPrimary");
    }

    @Test
    void goesOnWithAnotherTargetWhereAFailoverWaits() {
        var waits = new Situation("shop", true, Progress.WAITS, false, false, null);
        assertThat(of("shop-replica", "2026-11-21T09:30:00Z", last("2026-11-21T09:00:00Z"), waits))
                .isEqualTo(new PromotionCommand.Redirect(
                        new PromotionStatus("2026-11-21T09:30:00Z", "shop-replica", null, null, null)));
    }

    @Test
    void doesNothingForATimeBeforeTheLastFailover() {
        var failedOver =
                new Situation("shop", true, Progress.NONE, false, false, Instant.parse("2026-11-21T09:30:00Z"));
        expect(failedOver, "shop-replica", Outcome.Refused, "FailedOverSince");
        assertThat(of("shop-replica", "2026-11-21T09:30:01Z", last("2026-11-21T09:00:00Z"), failedOver))
                .isInstanceOf(PromotionCommand.Begin.class);
    }

    private static void expect(Situation situation, String to, Outcome outcome, String reason) {
        assertThat(of(to, "2026-11-21T09:30:00Z", last("2026-11-21T09:00:00Z"), situation))
                .isInstanceOfSatisfying(
                        PromotionCommand.Handled.class,
                        handled -> assertThat(handled.status())
                                .returns("2026-11-21T09:30:00Z", PromotionStatus::at)
                                .returns(outcome, PromotionStatus::outcome)
                                .returns(reason, PromotionStatus::reason));
    }

    private static PromotionCommand of(String to, String at, @Nullable PromotionStatus last, Situation situation) {
        return PromotionCommand.of(new Promote(to, at, null, null), last, situation, NOW);
    }

    private static PromotionStatus last(String at) {
        return new PromotionStatus(at, "shop-replica", Outcome.Done, null, null);
    }
}
