package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.standby.KeptVolumes;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds out again what was on record, where the status of a database was lost: its generation, and who the primary is.
 */
final class LostStatus {
    private LostStatus() {}

    /** The latest: those before it were kept, or wait for being deleted. */
    static Plan<PostgresDatabaseStatus> findGeneration(
            PostgresDatabase resource, DatabaseStatusDraft draft, DatabaseObservation seen) {
        draft.generation(seen.otherVolumes().stream()
                .map(claim -> claim.getMetadata().getLabels().get(Labels.GENERATION))
                .mapToInt(Integer::parseInt)
                .max()
                .orElseThrow());
        draft.keepConditions();
        draft.conditions.reconciling("Restarting", "The status was lost, and is found out again");
        return DatabasePlanner.finish(
                resource, draft, List.of(new Action.PersistIntent()), DatabasePlanner.LOOK_WHILE_STARTING);
    }

    /** A new database is its own primary; where only the status is new, the instances know better. */
    static Optional<Plan<PostgresDatabaseStatus>> findPrimary(
            PostgresDatabase resource, DatabaseStatusDraft draft, DatabaseObservation seen, Instant now) {
        var name = resource.getMetadata().getName();
        // A follower has data of this database, even if its own volume is gone.
        var followed = seen.members().followers().stream()
                .anyMatch(member -> member.pod().isPresent());
        if (!draft.hasData() && !followed) {
            draft.primary = name;
            return Optional.empty();
        }
        // Written down together with what is found: later nobody could tell that the command may be an old one.
        var command = CommandStage.plan(resource, draft, seen.targetIsFork(), now);
        return switch (LostRecord.read(asked(name, seen))) {
            case LostRecord.Primary(var found, var highestEpoch) -> {
                draft.primary = found;
                draft.atLeastEpoch(highestEpoch);
                draft.keepConditions();
                draft.conditions.reconciling("Restarting", "The status was lost; the primary is " + found);
                // Whoever is the primary decides what the objects look like: they are made next time.
                yield found.equals(name)
                        ? Optional.empty()
                        : Optional.of(DatabasePlanner.finish(
                                resource, draft, command.actions(), DatabasePlanner.LOOK_WHILE_STARTING));
            }
            case LostRecord.Unclear(var reason) ->
                Optional.of(DatabasePlanner.unavailable(
                        resource,
                        draft,
                        "PrimaryUnknown",
                        "The status was lost, and with it who is the primary: " + reason
                                + ". Bring all instances up; pgfork goes on when they agree"));
        };
    }

    /** An own instance that was removed says nothing, and is not the primary: it has no server. */
    private static Map<String, Looked<ScriptStatus>> asked(String name, DatabaseObservation seen) {
        var scripts = new HashMap<>(seen.members().scripts());
        var isThere = seen.instance().statefulSet().isPresent()
                || seen.instance().pod().isPresent()
                || seen.instance()
                        .volume()
                        .filter(claim -> !KeptVolumes.isMarked(claim))
                        .isPresent();
        if (!isThere && scripts.size() > 1) {
            scripts.remove(name);
        }
        return scripts;
    }
}
