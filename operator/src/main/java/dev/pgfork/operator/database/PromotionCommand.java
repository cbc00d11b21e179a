package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.Promote;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done about {@code spec.promote}.
 *
 * <table>
 * <caption>Decisions, first match wins</caption>
 * <tr><th>seen</th><th>decision</th></tr>
 * <tr><td>no command, or its time is not after the last one's</td><td>nothing: a manifest may be applied again, or go
 * back in Git</td></tr>
 * <tr><td>its time has not come</td><td>wake up then</td></tr>
 * <tr><td>the status was lost, the data was not</td><td>handled without acting: nobody knows whether it was carried
 * out</td></tr>
 * <tr><td>there was a failover since its time</td><td>refused: it was meant for another primary</td></tr>
 * <tr><td>a changeover runs that does not wait for people</td><td>refused</td></tr>
 * <tr><td>the target is a fork</td><td>refused</td></tr>
 * <tr><td>the target is the database's own instance, which is removed or to be</td><td>refused</td></tr>
 * <tr><td>a failover waits, and has promoted nobody</td><td>it goes on with the new target</td></tr>
 * <tr><td>the target is the primary</td><td>done</td></tr>
 * <tr><td>anything else</td><td>begin; a target that is not there yet is waited for by the changeover</td></tr>
 * </table>
 */
sealed interface PromotionCommand {

    record Nothing() implements PromotionCommand {}

    record NotYet(Duration in) implements PromotionCommand {}

    /** To be written down. */
    record Handled(PromotionStatus status) implements PromotionCommand {}

    /** @param status to be written down with the changeover, in one write */
    record Begin(PromotionStatus status) implements PromotionCommand {}

    /** A failover goes on with this target. To be written down with it, in one write. */
    record Redirect(PromotionStatus status) implements PromotionCommand {}

    /** Whether the primary is on its way to another instance. */
    enum Progress {
        NONE,
        RUNS,
        /** A failover that has promoted nobody yet. */
        WAITS
    }

    /**
     * What is known when the command is judged.
     *
     * @param primary {@code null}: the database has never been ready, or its status was lost
     * @param hasData its volume was opened before
     * @param targetIsFork a fork has the name of the target
     * @param targetIsRemoved the target is the database's own instance, and that is not to be there
     * @param failedOver when the last failover ended; {@code null}: there was none
     */
    record Situation(
            @Nullable String primary,
            boolean hasData,
            Progress changeover,
            boolean targetIsFork,
            boolean targetIsRemoved,
            @Nullable Instant failedOver) {}

    static PromotionCommand of(
            @Nullable Promote command, @Nullable PromotionStatus last, Situation situation, Instant now) {
        if (command == null) {
            return new Nothing();
        }
        var at = Instant.parse(command.at());
        if (last != null && !at.isAfter(Instant.parse(last.at()))) {
            return new Nothing();
        }
        if (at.isAfter(now)) {
            return new NotYet(Duration.between(now, at));
        }
        return judge(command, situation).<PromotionCommand>map(Handled::new).orElseGet(() -> {
            var status = new PromotionStatus(command.at(), command.to(), null, null, null);
            return situation.changeover() == Progress.WAITS ? new Redirect(status) : new Begin(status);
        });
    }

    private static Optional<PromotionStatus> judge(Promote command, Situation situation) {
        if (situation.primary() == null && situation.hasData()) {
            return handled(
                    command,
                    Outcome.Refused,
                    "StatusLost",
                    "Whether this was carried out before is not known. Set a new time to have it carried out now");
        }
        if (situation.failedOver() != null && !Instant.parse(command.at()).isAfter(situation.failedOver())) {
            return handled(
                    command,
                    Outcome.Refused,
                    "FailedOverSince",
                    "There was a failover after that time. Set a new time if %s is to be the primary"
                            .formatted(command.to()));
        }
        if (situation.changeover() == Progress.RUNS) {
            return handled(
                    command,
                    Outcome.Refused,
                    "ChangeoverRunning",
                    "Another changeover was running. Set a new time once it has ended");
        }
        if (situation.targetIsFork()) {
            return handled(
                    command,
                    Outcome.Refused,
                    "TargetIsFork",
                    command.to()
                            + " is a fork, with other passwords and maybe masked data. Promote a PostgresFollower");
        }
        if (situation.targetIsRemoved() && !command.to().equals(situation.primary())) {
            return handled(
                    command,
                    Outcome.Refused,
                    "OwnInstanceRemoved",
                    "spec.ownInstance is Removed. Set it to Running, and set a new time once the instance is back");
        }
        return command.to().equals(situation.primary())
                ? handled(command, Outcome.Done, "AlreadyPrimary", command.to() + " is the primary")
                : Optional.empty();
    }

    private static Optional<PromotionStatus> handled(Promote command, Outcome outcome, String reason, String message) {
        return Optional.of(new PromotionStatus(command.at(), command.to(), outcome, reason, message));
    }
}
