package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionFailedException;
import dev.pgfork.operator.action.Announcements;
import dev.pgfork.operator.action.FailureText;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.action.StayingFollowers;
import dev.pgfork.operator.action.VolumePlanner;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership.Stopping;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.kube.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides what becomes of a database.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>seen</th><th>phase</th><th>condition</th><th>done</th></tr>
 * <tr><td>clients wait for a changeover</td><td>ChangingOver</td><td>Reconciling ChangingOver</td><td>its next step, see
 * {@link ChangeoverStage}</td></tr>
 * <tr><td>parameters wrong, and none have been in force</td><td>Refused</td><td>Stalled InvalidParameters</td><td>nothing, but the
 * end of a changeover that cannot be undone or whose database is deleted</td></tr>
 * <tr><td>a name is somebody else's</td><td>Refused</td><td>Stalled NameTaken</td><td>the same, looked at again</td></tr>
 * <tr><td>new, and an earlier database's volume is there</td><td>Refused</td><td>Stalled VolumeExists</td><td>nothing</td></tr>
 * <tr><td>had data, status lost, and the instances do not tell who is the primary</td><td>Unavailable</td>
 * <td>Stalled PrimaryUnknown</td><td>nothing</td></tr>
 * <tr><td>had data, volume of the primary gone</td><td>Unavailable</td><td>Stalled VolumeLost</td>
 * <td>nothing: never initdb twice</td></tr>
 * <tr><td>the primary serves, whosever instance it is</td><td>Ready</td><td>Ready</td><td>certificate kept fresh</td></tr>
 * <tr><td>served before</td><td>Unavailable</td><td>Reconciling, after the deadline Stalled</td><td>what is missing is made</td></tr>
 * <tr><td>anything else</td><td>Starting</td><td>the same</td><td>the same</td></tr>
 * </table>
 *
 * In the last three, commands are taken up ({@link ChangeoverStage}) and what is half done is put right
 * ({@link MemberRepair}).
 */
public final class DatabasePlanner
        implements InstanceReconciler.Planner<PostgresDatabase, PostgresDatabaseStatus, DatabaseObservation> {
    private static final Duration LOOK_WHILE_READY = Duration.ofSeconds(30);
    static final Duration LOOK_WHILE_STARTING = Duration.ofSeconds(2);
    private static final Duration LOOK_WHILE_REFUSED = Duration.ofSeconds(30);

    private final InstanceActions instances;
    private final DatabaseObjects objects;
    private final ParameterChange parameters;
    private final PodReplacement pods;
    private final ChangeoverStage changeovers;
    private final OwnInstancePlanner own;
    private final Duration deadline;
    private final MaskedCopyPlanner maskedCopy;

    /**
     * @param deadline how long a step may take before its delay becomes the reason
     * @param acrossNamespaces whether there are forks in other namespaces at all
     */
    public DatabasePlanner(InstanceActions instances, Duration deadline, boolean acrossNamespaces) {
        this.maskedCopy = new MaskedCopyPlanner(acrossNamespaces);
        this.instances = instances;
        this.objects = new DatabaseObjects(instances);
        this.parameters = new ParameterChange(instances, deadline);
        this.pods = new PodReplacement(instances, deadline);
        this.changeovers = new ChangeoverStage(new ChangeoverActions(instances));
        this.own = new OwnInstancePlanner(instances, deadline);
        this.deadline = deadline;
    }

    @Override
    public Plan<PostgresDatabaseStatus> plan(PostgresDatabase resource, DatabaseObservation seen, Instant now) {
        var template = DatabaseResources.template(resource);
        return plan(resource, seen, template, now)
                .after(InstanceActions.release(
                        template.owner(), seen.held(), template.membership().stopping()));
    }

    private Plan<PostgresDatabaseStatus> plan(
            PostgresDatabase resource, DatabaseObservation seen, InstanceTemplate template, Instant now) {
        var draft = new DatabaseStatusDraft(resource, now);
        draft.see(template, seen);
        var volume = VolumePlanner.plan(template, seen.instance(), draft.conditions);
        return plan(resource, draft, seen, template, now).and(volume);
    }

    private Plan<PostgresDatabaseStatus> plan(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            InstanceTemplate template,
            Instant now) {
        if (draft.keepsClientsWaiting()) {
            return move(resource, draft, seen, template, now);
        }
        if (draft.primary != null) {
            FailoverStage.watch(resource, draft, seen, now);
        }
        return obstacle(resource, draft, seen, template, now)
                .orElseGet(() -> settled(resource, draft, seen, template, now));
    }

    @Override
    public Optional<Plan<PostgresDatabaseStatus>> planAfterRefusal(
            PostgresDatabase resource, ActionFailedException refusal, Instant now) {
        var draft = new DatabaseStatusDraft(resource, now);
        draft.conditions.keepAll();
        if (VolumePlanner.refused(draft.conditions, refusal)) {
            return Optional.of(new Plan<>(draft.build(), announcements(resource, draft), Optional.empty()));
        }
        return ParameterChange.rejected(refusal, draft.configuration).map(rejected -> {
            draft.configuration = rejected;
            return new Plan<>(draft.build(), List.of(), Optional.of(ParameterChange.AT_ONCE));
        });
    }

    /** An action failed: everything noted stays, the conditions say what happened, and the framework tries again. */
    @Override
    public Plan<PostgresDatabaseStatus> planAfterFailure(PostgresDatabase resource, Exception failure, Instant now) {
        var draft = new DatabaseStatusDraft(resource, now);
        draft.conditions.keep(OwnInstanceDraft.CONDITION, MaskedCopyPlanner.CONDITION);
        FailureText.note(failure, draft.conditions);
        return new Plan<>(draft.build(), announcements(resource, draft), Optional.empty());
    }

    /** @see DeparturePlanner */
    @Override
    public Plan<PostgresDatabaseStatus> planDeletion(PostgresDatabase resource, DatabaseObservation seen, Instant now) {
        if (isChangingOver(resource) && worksWhileDeleting(resource, seen)) {
            return plan(resource, seen, now);
        }
        return DeparturePlanner.plan(resource, seen, now)
                .after(InstanceActions.release(Owner.of(resource), seen.held(), Stopping.NO));
    }

    /**
     * A deleted database lives on while followers hold it back. A changeover is brought to its end, one way or the
     * other, or nobody could write for as long, and no follower be unfollowed; and what is half done is put right.
     */
    @Override
    public boolean worksWhileDeleting(PostgresDatabase resource, DatabaseObservation seen) {
        return StayingFollowers.isHeldBack(seen.members().all());
    }

    private static boolean isChangingOver(PostgresDatabase resource) {
        return resource.getStatus() != null && resource.getStatus().changeover() != null;
    }

    private Plan<PostgresDatabaseStatus> move(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            InstanceTemplate template,
            Instant now) {
        draft.keepConditions();
        var move = changeovers.plan(resource, draft, seen, template, now);
        var actions = new ArrayList<>(move.actions());
        // A primary that is to be stopped for a failover, or to come back after one. Where there is no StatefulSet, one
        // without a pod is made: a failover waits until it is sure that nothing wants a pod.
        var stopped = seen.instance()
                .statefulSet()
                .filter(set -> Objects.equals(set.getSpec().getReplicas(), 0))
                .isPresent();
        if (stopped || template.membership().stopped()) {
            actions.addAll(instances.statefulSet(template, seen.instance()));
        }
        // No announcement of what clients see for a moment: the end of the changeover is one.
        return new Plan<>(draft.build(), actions, move.wakeUp());
    }

    private Optional<Plan<PostgresDatabaseStatus>> obstacle(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            InstanceTemplate template,
            Instant now) {
        // Of one that has served, what was in force stays so: see ParameterChange.
        var wrong = ProvedParameters.areAny(draft.configuration)
                ? Optional.<String>empty()
                : instances.wrongParameters(template);
        if (wrong.isPresent()) {
            return Optional.of(hindered(resource, draft, seen, template, "InvalidParameters", wrong.get(), now));
        }
        var taken = seen.instance().nameTaken();
        if (taken.isPresent()) {
            return Optional.of(hindered(resource, draft, seen, template, "NameTaken", taken.get(), now));
        }
        var volume = seen.instance().volume();
        if (draft.isGenerationLost() && !seen.otherVolumes().isEmpty()) {
            return Optional.of(LostStatus.findGeneration(resource, draft, seen));
        }
        if (volume.isEmpty()
                && seen.standby().isEmpty()
                && !seen.retainedVolumes().isEmpty()) {
            return Optional.of(refused(
                    resource,
                    draft,
                    seen,
                    "VolumeExists",
                    "PersistentVolumeClaim " + String.join(", ", seen.retainedVolumes())
                            + " holds the data of an earlier database of this name, and pgfork makes no new one over"
                            + " it. Delete that claim if the data is not needed, or choose another name"));
        }
        if (draft.primary == null) {
            return LostStatus.findPrimary(resource, draft, seen, now);
        }
        var name = template.owner().name();
        return draft.isPrimary(name) && volume.isEmpty() && draft.hadData()
                ? Optional.of(volumeLost(resource, draft, seen, template, now))
                : Optional.empty();
    }

    /** A follower may take the place of a primary that has lost its data. */
    private Plan<PostgresDatabaseStatus> volumeLost(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            InstanceTemplate template,
            Instant now) {
        var move = changeovers.plan(resource, draft, seen, template, now);
        var look =
                FailoverStage.begin(resource, draft, seen, now).or(move::wakeUp).orElse(LOOK_WHILE_REFUSED);
        var plan = unavailable(
                resource,
                draft,
                "VolumeLost",
                "PersistentVolumeClaim " + template.names().generationName()
                        + " is gone and the data with it. Promote a follower, restore the claim under that name, or"
                        + " delete this database and make it again; pgfork does not put an empty database in its"
                        + " place");
        return new Plan<>(
                plan.status(),
                Stream.concat(move.actions().stream(), plan.actions().stream()).toList(),
                Optional.of(look.compareTo(LOOK_WHILE_REFUSED) < 0 ? look : LOOK_WHILE_REFUSED));
    }

    /**
     * Whatever a person has to put right, a changeover that cannot be undone, or is not wanted any more, ends, and what
     * it has left half done is repaired: that is a matter of the members' pods only.
     */
    private Plan<PostgresDatabaseStatus> hindered(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            InstanceTemplate template,
            String reason,
            String message,
            Instant now) {
        var ends = draft.changeover != null
                && (draft.changeover.step() == ChangeoverStep.Following || resource.isMarkedForDeletion());
        var move = ends ? changeovers.plan(resource, draft, seen, template, now) : ChangeoverStage.Move.NONE;
        var actions = new ArrayList<>(MemberRepair.plan(draft, seen, template));
        actions.addAll(move.actions());
        var plan = refused(resource, draft, seen, reason, message);
        actions.addAll(plan.actions());
        return new Plan<>(plan.status(), actions, move.wakeUp().or(plan::wakeUp));
    }

    private Plan<PostgresDatabaseStatus> refused(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            String reason,
            String message) {
        Availability.stalled(draft, DatabasePhase.Refused, reason, message);
        var leftovers = seen.instance().volume().isPresent() || draft.hadData()
                ? List.<Action>of()
                : instances.remove(Owner.of(resource), seen.instance());
        return finish(resource, draft, leftovers, LOOK_WHILE_REFUSED);
    }

    static Plan<PostgresDatabaseStatus> unavailable(
            PostgresDatabase resource, DatabaseStatusDraft draft, String reason, String message) {
        Availability.stalled(draft, DatabasePhase.Unavailable, reason, message);
        return finish(resource, draft, List.of(), LOOK_WHILE_REFUSED);
    }

    private Plan<PostgresDatabaseStatus> settled(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            InstanceTemplate recorded,
            Instant now) {
        var template = recorded.withMembership(
                recorded.membership().withReads(MemberRepair.servesReads(draft, seen.members())));
        var primary = Objects.requireNonNull(draft.primary, "settled before");
        var serves = seen.members().primaryServes(primary);
        if (serves) {
            Availability.serves(draft, seen.safety());
        } else {
            Availability.down(draft, seen, primary, deadline, now);
        }
        var actions = new ArrayList<>(objects.of(template, draft, seen, serves));
        var change = change(resource, draft, seen, template, serves, now);
        var owns = own.plan(resource, draft, seen, now);
        actions.addAll(owns.actions());
        var repairs = MemberRepair.plan(draft, seen, template);
        var move = changeovers.plan(resource, draft, seen, template, now);
        actions.addAll(repairs);
        actions.addAll(move.actions());
        var masked = maskedCopy.plan(resource, draft.conditions, seen.maskedCopy(), now);
        actions.addAll(masked.actions());
        // Not beside a changeover that begins now.
        if (draft.changeover == null) {
            actions.addAll(change.actions());
        }
        var pod = replacement(draft, seen, template, now);
        actions.addAll(pod.actions());
        var look = serves
                ? FailoverStage.nextLook(draft, seen).orElse(LOOK_WHILE_READY)
                : FailoverStage.begin(resource, draft, seen, now)
                        .filter(in -> in.compareTo(LOOK_WHILE_STARTING) < 0)
                        .orElse(LOOK_WHILE_STARTING);
        return finish(
                resource,
                draft,
                actions,
                Stream.of(move.wakeUp(), owns.wakeUp(), masked.wakeUp(), change.wakeUp(), pod.wakeUp())
                        .flatMap(Optional::stream)
                        .filter(in -> in.compareTo(look) < 0)
                        .min(Duration::compareTo)
                        .orElse(look));
    }

    /** Of the pod of an own instance that follows, its own planner decides. */
    private PodReplacement.Outcome replacement(
            DatabaseStatusDraft draft, DatabaseObservation seen, InstanceTemplate template, Instant now) {
        if (seen.standby().isPresent()) {
            return PodReplacement.NOTHING;
        }
        var around = PodReplacement.Around.primary(template, seen.members().all())
                .hinderedBy(PodReplacement.whileChanging(draft.changeover != null));
        return pods.plan(template, seen.instance(), around, draft.conditions, now);
    }

    /** Of an own instance that follows, its own planner decides. */
    private ParameterChange.Outcome change(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            InstanceTemplate template,
            boolean serves,
            Instant now) {
        if (seen.standby().isPresent()
                || !(serves || seen.instance().server().found().isEmpty())) {
            return new ParameterChange.Outcome(draft.configuration, List.of(), Optional.empty());
        }
        var name = template.owner().name();
        var outcome = parameters.plan(
                template.in(seen.instance().pod()),
                DatabaseResources.wantedParameters(resource),
                draft.configuration,
                seen.instance(),
                new ParameterChange.Around(
                        name, seen.members().all().size() > 1, seen.members().servers(), draft.changeover != null),
                resource.getStatus() == null ? null : resource.getStatus().conditions(),
                draft.conditions,
                now);
        draft.configuration = outcome.noted();
        return outcome;
    }

    static Plan<PostgresDatabaseStatus> finish(
            PostgresDatabase resource, DatabaseStatusDraft draft, List<Action> actions, Duration wakeUp) {
        var all = new ArrayList<>(actions);
        // What clients see for a moment is no news: the end of the changeover is.
        if (!draft.keepsClientsWaiting()) {
            all.addAll(announcements(resource, draft));
        }
        return new Plan<>(draft.build(), all, Optional.of(wakeUp));
    }

    private static List<Action> announcements(PostgresDatabase resource, DatabaseStatusDraft draft) {
        var before = resource.getStatus() == null ? null : resource.getStatus().conditions();
        return Announcements.of(Owner.of(resource), before, draft.conditions.list());
    }
}
