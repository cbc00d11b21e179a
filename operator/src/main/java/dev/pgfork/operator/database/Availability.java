package dev.pgfork.operator.database;

import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.status.Conditions;

/** Says whether a database that serves can be forked and followed, and if not, why. */
final class Availability {
    private Availability() {}

    static void forkable(DatabaseStatusDraft draft, Looked<ForkSafety> safety) {
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
    static void followable(DatabaseStatusDraft draft) {
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
