package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.ResetStatus;
import dev.pgfork.operator.fork.ResetCommand.Begin;
import dev.pgfork.operator.fork.ResetCommand.Handled;
import dev.pgfork.operator.fork.ResetCommand.NotYet;
import dev.pgfork.operator.fork.ResetCommand.Nothing;
import dev.pgfork.operator.fork.ResetCommand.Situation;
import dev.pgfork.operator.fork.ResetCommand.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of {@link ResetCommand}. */
class ResetCommandTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final Situation LIVED = new Situation(Stage.LIVED, false, List.of(), 2);

    private static ResetStatus handled(String at) {
        return new ResetStatus(at, Outcome.Done, "Reset", "", 2);
    }

    @Test
    void nothingIsDoneWithoutACommandOrBesideARunningReset() {
        assertThat(ResetCommand.of(null, null, LIVED, NOW)).isInstanceOf(Nothing.class);
        var running = new Situation(Stage.LIVED, true, List.of(), 3);
        assertThat(ResetCommand.of("2026-11-21T09:00:00Z", null, running, NOW)).isInstanceOf(Nothing.class);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-21T09:00:00Z, 2026-11-21T09:00:00Z",
        "2026-11-21T08:59:59Z, 2026-11-21T09:00:00Z",
        // The same instant, spelt otherwise.
        "2026-11-21T10:00:00+01:00, 2026-11-21T09:00:00Z",
        "2026-11-21T09:00:00.000Z, 2026-11-21T09:00:00Z",
    })
    void aTimeThatWasHandledOrAnEarlierOneDoesNothing(String command, String last) {
        assertThat(ResetCommand.of(command, handled(last), LIVED, NOW)).isInstanceOf(Nothing.class);
    }

    @Test
    void waitsForItsTime() {
        assertThat(ResetCommand.of("2026-11-21T10:00:05Z", null, LIVED, NOW))
                .isEqualTo(new NotYet(Duration.ofSeconds(5)));
    }

    @Test
    void beginsTheNextGenerationAtALaterTime() {
        assertThat(ResetCommand.of("2026-11-21T10:00:00Z", handled("2026-11-21T09:00:00Z"), LIVED, NOW))
                .isEqualTo(new Begin(new ResetStatus("2026-11-21T10:00:00Z", null, null, null, 2)));
    }

    @ParameterizedTest
    @EnumSource
    void onlyAForkThatHasLivedIsMadeAgain(Stage stage) {
        var command = ResetCommand.of("2026-11-21T09:00:00Z", null, new Situation(stage, false, List.of(), 2), NOW);
        switch (stage) {
            case LOST ->
                assertThat(((Handled) command).status()).satisfies(status -> {
                    assertThat(status.outcome()).isEqualTo(Outcome.Refused);
                    assertThat(status.reason()).isEqualTo("StatusLost");
                });
            case NOT_CUT -> assertThat(((Handled) command).status().outcome()).isEqualTo(Outcome.Done);
            case MADE -> assertThat(command).isInstanceOf(Nothing.class);
            case STUCK, LIVED -> assertThat(command).isInstanceOf(Begin.class);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOST", "NOT_CUT", "LIVED"})
    void rememberTheNumberOfAGenerationThatWasGivenUp(Stage stage) {
        var aborted = new ResetStatus("2026-11-21T08:00:00Z", Outcome.Aborted, "QuarantineFailed", "", 4);
        var command = ResetCommand.of(
                "2026-11-21T09:00:00Z", aborted, new Situation(stage, false, List.of("reader"), 5), NOW);
        assertThat(((Handled) command).status().generation()).isEqualTo(4);
    }

    @Test
    void isRefusedWhileItIsFollowed() {
        var command = ResetCommand.of(
                "2026-11-21T09:00:00Z", null, new Situation(Stage.LIVED, false, List.of("reader"), 2), NOW);
        assertThat(((Handled) command).status().reason()).isEqualTo("HasFollowers");
        assertThat(((Handled) command).status().message()).contains("reader");
    }
}
