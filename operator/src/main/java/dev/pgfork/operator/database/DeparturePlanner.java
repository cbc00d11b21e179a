package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.StayingFollowers;
import dev.pgfork.operator.kube.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides what is left to do before a deleted database may vanish. It waits for its followers, unless they are being
 * deleted, too, as when their namespace is. The pod goes first: a volume is not deleted under a running server.
 */
final class DeparturePlanner {
    private static final Duration LOOK_WHILE_STOPPING = Duration.ofSeconds(2);
    private static final Duration LOOK_WHILE_FOLLOWED = Duration.ofSeconds(30);

    private DeparturePlanner() {}

    /** @return no actions and no wake-up once nothing is left */
    static Plan<PostgresDatabaseStatus> plan(PostgresDatabase resource, DatabaseObservation seen, Instant now) {
        var owner = Owner.of(resource);
        var draft = new DatabaseStatusDraft(resource, now);
        var template = DatabaseResources.template(resource);
        draft.see(template, seen);
        draft.phase = DatabasePhase.Deleting;
        if (StayingFollowers.holdBack(owner, seen.members().all(), draft.conditions)) {
            // It serves them as before: what an aborted changeover left fenced is let go.
            var repairs = MemberRepair.plan(draft, seen, template);
            return new Plan<>(draft.build(), repairs, Optional.of(LOOK_WHILE_FOLLOWED));
        }
        draft.conditions.reconciling("Deleting", "The database is being deleted");
        var status = draft.build();
        var sets = Stream.concat(seen.instance().statefulSet().stream(), seen.otherSets().stream())
                .toList();
        if (!sets.isEmpty() || seen.instance().pod().isPresent()) {
            return new Plan<>(status, Deletions.of(owner, sets.stream()), Optional.of(LOOK_WHILE_STOPPING));
        }
        // What may hold commits that nobody else has stays, whatever the policy says.
        var own = new OwnInstanceDraft(resource, now);
        var volumes = Stream.concat(seen.instance().volume().stream(), seen.otherVolumes().stream())
                .filter(claim -> !OwnInstanceRemoval.isKept(claim, own))
                .toList();
        if (resource.getSpec().deletionPolicy() == DeletionPolicy.Delete && !volumes.isEmpty()) {
            return new Plan<>(status, Deletions.of(owner, volumes.stream()), Optional.of(LOOK_WHILE_STOPPING));
        }
        return new Plan<>(status, List.of(), Optional.empty());
    }
}
