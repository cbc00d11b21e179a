package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.OwnInstance;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.database.ChangeoverStage.Move;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.standby.StandbyLife;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides what becomes of a database's own instance while another one is the primary. What it says stands in condition
 * OwnInstance; whether the database serves does not depend on it.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>seen</th><th>condition OwnInstance</th><th>done</th></tr>
 * <tr><td>it is the primary, and is to be removed</td><td>False IsPrimary</td><td>nothing</td></tr>
 * <tr><td>it is the primary</td><td>none</td><td>nothing</td></tr>
 * <tr><td>its removal has begun, it is wanted again, and its volume is there</td><td colspan="2">as if it had not
 * begun</td></tr>
 * <tr><td>its removal has begun</td><td colspan="2">{@link OwnInstanceRemoval}</td></tr>
 * <tr><td>it is to be removed, and may not yet</td><td>False, with the obstacle of {@link OwnInstanceRemoval}</td><td>as
 * below</td></tr>
 * <tr><td>it is to be removed</td><td>False Removing</td><td>noted, its volume marked where it is kept</td></tr>
 * <tr><td>anything else</td><td>Ready of a standby</td><td>{@link StandbyLife}</td></tr>
 * </table>
 */
final class OwnInstancePlanner {
    private static final Duration LOOK_WHILE_REMOVING = Duration.ofSeconds(2);

    private final StandbyLife life;
    private final OwnInstanceRemoval removal;

    /** @param deadline how long a step may take before its delay becomes the reason */
    OwnInstancePlanner(InstanceActions instances, Duration deadline) {
        this.life = new StandbyLife(instances, deadline);
        this.removal = new OwnInstanceRemoval(deadline);
    }

    static boolean isToBeRemoved(PostgresDatabase resource) {
        return resource.getSpec().ownInstance() == OwnInstance.Removed;
    }

    /** @param draft of the database; what is to be noted of its own instance is changed in it */
    Move plan(PostgresDatabase resource, DatabaseStatusDraft draft, DatabaseObservation seen, Instant now) {
        var own = new OwnInstanceDraft(resource, now);
        var move = decide(resource, draft, seen, own);
        var actions = new ArrayList<>(move.actions());
        actions.addAll(announcements(resource, draft));
        return new Move(actions, move.wakeUp());
    }

    private Move decide(
            PostgresDatabase resource, DatabaseStatusDraft draft, DatabaseObservation seen, OwnInstanceDraft own) {
        if (seen.standby().isEmpty()) {
            own.rests();
            draft.own(own);
            if (isToBeRemoved(resource) && draft.isPrimary(own.owner().name())) {
                draft.conditions.set(
                        OwnInstanceDraft.CONDITION,
                        false,
                        "IsPrimary",
                        "spec.ownInstance is Removed, but the database's own instance is the primary, so it stays as it"
                                + " is. Promote a follower first, in spec.promote; it is removed then");
            }
            return Move.NONE;
        }
        return decide(resource, draft, seen, own, seen.standby().get());
    }

    private Move decide(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            OwnInstanceDraft own,
            StandbyObservation standby) {
        if (own.removal != null && removal.canBeTakenBack(resource, own.removal, standby)) {
            var unmarked = removal.takeBack(own, standby);
            var move = live(resource, draft, own, standby);
            return new Move(
                    Stream.concat(unmarked.stream(), move.actions().stream()).toList(), move.wakeUp());
        }
        if (own.removal != null) {
            draft.conditions.drop(ParameterChange.CONDITION, PodReplacement.CONDITION);
            var actions = removal.proceed(resource, draft, seen, own, standby);
            var isGone = Conditions.isTrue(draft.conditions.list(), OwnInstanceDraft.CONDITION);
            return new Move(actions, isGone ? Optional.empty() : Optional.of(LOOK_WHILE_REMOVING));
        }
        if (!isToBeRemoved(resource)) {
            return live(resource, draft, own, standby);
        }
        var obstacle = removal.obstacle(resource, draft, seen, own, standby);
        if (obstacle.isEmpty()) {
            return new Move(removal.begin(draft, own, standby), Optional.of(LOOK_WHILE_REMOVING));
        }
        var move = live(resource, draft, own, standby);
        draft.conditions.set(
                OwnInstanceDraft.CONDITION,
                false,
                obstacle.get().reason(),
                obstacle.get().message());
        return move;
    }

    private Move live(
            PostgresDatabase resource, DatabaseStatusDraft draft, OwnInstanceDraft own, StandbyObservation standby) {
        own.follows();
        var plan = life.plan(new OwnInstanceSpecification(resource), standby, own);
        draft.own(own);
        draft.configuration = own.configuration;
        for (var type : List.of(ParameterChange.CONDITION, PodReplacement.CONDITION)) {
            Conditions.find(own.conditions.list(), type)
                    .ifPresent(
                            is -> draft.conditions.set(is.getType(), is.getStatus(), is.getReason(), is.getMessage()));
        }
        var condition = own.condition();
        draft.conditions.set(
                OwnInstanceDraft.CONDITION, condition.getStatus(), condition.getReason(), condition.getMessage());
        return new Move(plan.actions(), plan.wakeUp());
    }

    /** Tells people whenever the reason changes; that it follows as it should is none, the first time. */
    private static List<Action> announcements(PostgresDatabase resource, DatabaseStatusDraft draft) {
        var before = resource.getStatus() == null ? null : resource.getStatus().conditions();
        var was = Conditions.find(before, OwnInstanceDraft.CONDITION);
        return Conditions.find(draft.conditions.list(), OwnInstanceDraft.CONDITION)
                .filter(now ->
                        was.isEmpty() ? !isTrue(now) : !was.get().getReason().equals(now.getReason()))
                .<Action>map(now -> new Action.Announce(new Notice(
                        Owner.of(resource),
                        was.filter(OwnInstancePlanner::isTrue).isPresent() && !isTrue(now)
                                ? Notice.Type.Warning
                                : Notice.Type.Normal,
                        now.getReason(),
                        "Own instance: " + now.getMessage())))
                .stream()
                .toList();
    }

    private static boolean isTrue(Condition condition) {
        return "True".equals(condition.getStatus());
    }
}
