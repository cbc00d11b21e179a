package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.status.Conditions;
import java.time.Duration;
import java.time.Instant;

/** Says whether a database serves, and whether it can be forked and followed; if not, why. */
final class Availability {
    private Availability() {}

    static void serves(DatabaseStatusDraft draft, Looked<ForkSafety> safety) {
        draft.phase = DatabasePhase.Ready;
        draft.conditions.ready("The database accepts connections");
        forkable(draft, safety);
        followable(draft);
    }

    /** @param deadline how long the primary may be down until its trouble needs somebody */
    static void down(
            DatabaseStatusDraft draft, DatabaseObservation seen, String primary, Duration deadline, Instant now) {
        var trouble = seen.trouble();
        var gone = seen.members().member(primary).isEmpty();
        var message = gone
                ? "PostgresFollower " + primary + ", the primary, is not there any more. Bring it back"
                : trouble.map(finding -> finding.message()).orElse("The instance is being started");
        var reason =
                gone ? "PrimaryGone" : trouble.map(finding -> finding.reason()).orElse("Starting");
        var helpless =
                gone || trouble.filter(finding -> finding.needsSomebody()).isPresent();
        var overdue = trouble.isPresent() && draft.downSince(now).plus(deadline).isBefore(now);
        if (helpless || overdue) {
            draft.conditions.stalled(reason, message);
        } else {
            draft.conditions.reconciling(draft.hadData() ? "Restarting" : "Starting", message);
        }
        neither(draft, "NotReady", "The database does not serve: " + message);
        draft.phase = draft.hadData() ? DatabasePhase.Unavailable : DatabasePhase.Starting;
    }

    /** It waits for somebody. */
    static void stalled(DatabaseStatusDraft draft, DatabasePhase phase, String reason, String message) {
        draft.phase = phase;
        draft.conditions.stalled(reason, message);
        neither(draft, reason, message);
    }

    private static void neither(DatabaseStatusDraft draft, String reason, String message) {
        draft.conditions.set("Forkable", false, reason, message).set("Followable", false, reason, message);
    }

    private static void forkable(DatabaseStatusDraft draft, Looked<ForkSafety> safety) {
        var conditions = draft.conditions;
        switch (safety) {
            case Looked.Found<ForkSafety>(ForkSafety facts) ->
                facts.objection()
                        .ifPresentOrElse(
                                objection -> conditions.set("Forkable", false, objection.reason(), objection.remedy()),
                                () -> conditions.set("Forkable", true, "Available", "The database can be forked"));
            case Looked.Absent<ForkSafety> absent ->
                conditions.set("Forkable", false, "NotReady", "The database does not serve");
            case Looked.Unknown<ForkSafety>(String reason) ->
                conditions.set("Forkable", "Unknown", "NotAnswering", reason);
        }
    }

    /** What can be forked can be followed, but for the time in which nobody knows whom to follow. */
    private static void followable(DatabaseStatusDraft draft) {
        if (draft.changeover != null) {
            draft.conditions.set(
                    "Followable", false, "ChangingOver", "The primary is changing; followers are made after that");
            return;
        }
        var forkable = Conditions.find(draft.conditions.list(), "Forkable").orElseThrow();
        var message = "True".equals(forkable.getStatus()) ? "The database can be followed" : forkable.getMessage();
        draft.conditions.set("Followable", forkable.getStatus(), forkable.getReason(), message);
    }
}
