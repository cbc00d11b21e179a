package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.ResetStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done about {@code spec.resetAt}.
 *
 * <table>
 * <caption>Decisions, first match wins</caption>
 * <tr><th>seen</th><th>decision</th></tr>
 * <tr><td>no command, or its time is not after the last one's</td><td>nothing: a manifest may be applied again, or go
 * back in Git</td></tr>
 * <tr><td>a reset runs</td><td>nothing until it has ended</td></tr>
 * <tr><td>its time has not come</td><td>wake up then</td></tr>
 * <tr><td>the status was lost, the data was not</td><td>handled without acting: nobody knows whether it was carried
 * out</td></tr>
 * <tr><td>the fork has not been cut yet</td><td>done: its data will be later than that</td></tr>
 * <tr><td>the fork has been cut, was never ready, and nothing is wrong with it</td><td>nothing until it is</td></tr>
 * <tr><td>it is followed</td><td>refused: who follows would have another history</td></tr>
 * <tr><td>anything else, expired or not</td><td>begin</td></tr>
 * </table>
 */
sealed interface ResetCommand {

    record Nothing() implements ResetCommand {}

    record NotYet(Duration in) implements ResetCommand {}

    /** To be written down. */
    record Handled(ResetStatus status) implements ResetCommand {}

    /** To be written down with the new generation, in one write. */
    record Begin(ResetStatus status) implements ResetCommand {}

    /** How far the fork is that the command is for. */
    enum Stage {
        /** Nothing is noted, but it has a volume, or had one. */
        LOST,
        NOT_CUT,
        /** Its volume is made, and opens. */
        MADE,
        /** The same, and it does not get ready by waiting. */
        STUCK,
        /** It was ready once; by now it may have expired, or have lost its volume. */
        LIVED
    }

    /**
     * What is known when the command is judged.
     *
     * @param running whether a reset runs
     * @param generation that a reset would make
     */
    record Situation(Stage stage, boolean running, List<String> followers, int generation) {}

    static ResetCommand of(@Nullable String command, @Nullable ResetStatus last, Situation situation, Instant now) {
        if (command == null || situation.running()) {
            return new Nothing();
        }
        var at = Instant.parse(command);
        if (last != null && !at.isAfter(Instant.parse(last.at()))) {
            return new Nothing();
        }
        if (at.isAfter(now)) {
            return new NotYet(Duration.between(now, at));
        }
        var tried = last == null ? null : last.generation();
        return switch (situation.stage()) {
            case LOST ->
                new Handled(new ResetStatus(
                        command,
                        Outcome.Refused,
                        "StatusLost",
                        "Whether this was carried out before is not known. Set a new time to have it carried out now",
                        tried));
            case NOT_CUT ->
                new Handled(new ResetStatus(
                        command,
                        Outcome.Done,
                        "NotCutYet",
                        "The fork is being made, with data of later than that",
                        tried));
            case MADE -> new Nothing();
            case STUCK, LIVED ->
                situation.followers().isEmpty()
                        ? new Begin(new ResetStatus(command, null, null, null, situation.generation()))
                        : new Handled(new ResetStatus(
                                command, Outcome.Refused, "HasFollowers", followed(situation.followers()), tried));
        };
    }

    /** Why there is no reset. */
    static String followed(List<String> followers) {
        return "PostgresFollower %s would follow another history. Delete or unfollow them, and set a new time"
                .formatted(String.join(", ", followers));
    }
}
