package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.SynchronousStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The part of a database's plan that moves the primary role: has the command of {@code spec.promote} taken up
 * ({@link CommandStage}), has {@link ChangeoverPlanner} decide the next step, and writes down what came of it.
 *
 * <table>
 * <caption>What is written down, each time in one write</caption>
 * <tr><th>when</th><th>what</th></tr>
 * <tr><td>a command is taken up</td><td>promotion without outcome, changeover, with an epoch above all before</td></tr>
 * <tr><td>everybody is told to follow the new primary</td><td>changeover, primary, epoch</td></tr>
 * <tr><td>done</td><td>promotion Done, no changeover</td></tr>
 * <tr><td>refused</td><td>promotion Refused, no changeover</td></tr>
 * <tr><td>aborted</td><td>promotion Aborted, no changeover, the epoch that undid the fence</td></tr>
 * <tr><td>a later command meanwhile</td><td>promotion Refused; how the changeover ended is told by an event then</td></tr>
 * </table>
 */
final class ChangeoverStage {
    static final Duration AT_ONCE = Duration.ofMillis(1);

    /** Of what an event tells the end: it is looked at in between for its deadline only. */
    private static final Duration LOOK_AT_WORK = Duration.ofSeconds(1);

    private static final Duration LOOK_AT_TARGET = Duration.ofSeconds(2);
    private static final Duration LOOK_AT_REPLAY = Duration.ofMillis(50);

    private static final Duration LOOK_AT_POD = Duration.ofMillis(200);

    /** What a failover waits for that comes by itself; for anything else people are needed. */
    private static final Set<String> BY_ITSELF = Set.of("Fencing", "StoppingPod", "PodStopping", "Replaying");

    private final ChangeoverPlanner planner = new ChangeoverPlanner();
    private final FailoverPlanner failovers = new FailoverPlanner(planner);
    private final ChangeoverActions actions;

    ChangeoverStage(ChangeoverActions actions) {
        this.actions = actions;
    }

    /** @param wakeUp empty: nothing of this stage is waited for */
    record Move(List<Action> actions, Optional<Duration> wakeUp) {
        static final Move NONE = new Move(List.of(), Optional.empty());
    }

    /** @param draft what is written down is changed in it */
    Move plan(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            DatabaseObservation seen,
            InstanceTemplate template,
            Instant now) {
        var command = CommandStage.plan(resource, draft, seen.targetIsFork(), now);
        if (draft.changeover == null || seen.changeover().isEmpty()) {
            return command;
        }
        var move = proceed(resource, draft, draft.changeover, seen, template, now);
        return new Move(
                Stream.concat(command.actions().stream(), move.actions().stream())
                        .toList(),
                move.wakeUp());
    }

    private Move proceed(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            ChangeoverStatus changeover,
            DatabaseObservation seen,
            InstanceTemplate template,
            Instant now) {
        var plan = decide(resource, draft, changeover, seen, now);
        var todo = new ArrayList<Action>();
        var others = seen.members().all().stream()
                .filter(member -> !member.isDeleting())
                .map(Member::name)
                .filter(name -> !name.equals(changeover.to()))
                .toList();
        var commits = SynchronousCommit.ofNewPrimary(resource.getSpec().synchronous(), others);
        var node = seen.members().member(changeover.to()).flatMap(Member::node).orElse(null);
        write(draft, changeover, plan, todo, commits, node, Owner.of(resource), now);
        if (plan.persistFirst() && !plan.orders().isEmpty()) {
            todo.add(new Action.PersistIntent());
        }
        todo.addAll(actions.of(plan, template, seen.members()));
        if (begins(ChangeoverStep.Preparing, changeover, plan.status())) {
            todo.addAll(
                    warnings(Owner.of(resource), changeover, seen.changeover().get()));
        }
        return new Move(todo, Optional.of(plan.end().isPresent() ? AT_ONCE : wakeUp(plan.status())));
    }

    private ChangeoverPlan decide(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            ChangeoverStatus changeover,
            DatabaseObservation seen,
            Instant now) {
        if (resource.isMarkedForDeletion() && hasChangedNothing(changeover)) {
            return ChangeoverPlan.end(
                    changeover.because(
                            "DatabaseDeleted",
                            "%s stays the primary, because the database is being deleted".formatted(changeover.from())),
                    ChangeoverPlan.End.REFUSED);
        }
        return changeover.failover() != null && seen.failover().isPresent()
                ? failovers.plan(changeover, FailoverStage.sight(resource, draft, seen), now)
                : FailoverStage.turn(resource, draft, changeover, seen, now)
                        .orElseGet(
                                () -> planner.plan(changeover, seen.changeover().orElseThrow(), now));
    }

    private static boolean hasChangedNothing(ChangeoverStatus changeover) {
        return changeover.failover() == null
                && (changeover.step() == ChangeoverStep.Waiting || changeover.step() == ChangeoverStep.Preparing);
    }

    private static void write(
            DatabaseStatusDraft draft,
            ChangeoverStatus changeover,
            ChangeoverPlan plan,
            List<Action> todo,
            @Nullable SynchronousStatus commits,
            @Nullable String node,
            Owner owner,
            Instant now) {
        draft.changeover = plan.status();
        switch (plan.status().step()) {
            case Waiting, Preparing -> {}
            case Fencing, CatchingUp, Promoting -> {
                draft.phase = DatabasePhase.ChangingOver;
                tell(draft, plan.status());
            }
            case Aborting -> {
                draft.phase = DatabasePhase.ChangingOver;
                draft.conditions.reconciling(
                        "ChangeoverAborted",
                        "%s is told to serve again: %s"
                                .formatted(changeover.from(), plan.status().message()));
            }
            case Following -> {
                draft.primary = changeover.to();
                draft.epoch = changeover.epoch();
                if (begins(ChangeoverStep.Following, changeover, plan.status())) {
                    // What the old primary had promised, the new one does not yet: with this it can, at once.
                    draft.synchronous = commits;
                    draft.outage = null;
                    draft.lastSeen = LastSeen.ofPromotion(plan.status(), draft.lastSeen, node, now);
                }
            }
        }
        plan.end().ifPresent(end -> {
            draft.changeover = null;
            if (end == ChangeoverPlan.End.ABORTED) {
                draft.epoch = changeover.epoch() + 1;
            }
            if (end == ChangeoverPlan.End.DONE && changeover.failover() != null) {
                draft.failover = FailoverReport.of(changeover, changeover.failover(), now);
                todo.add(new Action.Announce(
                        new Notice(owner, Notice.Type.Warning, "FailedOver", draft.failover.message())));
            }
            var ended = ended(draft, plan.status(), end);
            if (draft.promotion()
                    .filter(promotion -> promotion.outcome() == null)
                    .isPresent()) {
                draft.promotion = ended;
            }
            todo.add(PromotionNotice.of(owner, ended));
        });
    }

    private static void tell(DatabaseStatusDraft draft, ChangeoverStatus status) {
        if (status.failover() == null) {
            draft.conditions.reconciling(
                    "ChangingOver",
                    "%s hands over to %s; clients can write again in a moment".formatted(status.from(), status.to()));
            return;
        }
        var what = "%s is down, and %s takes its place".formatted(status.from(), status.to());
        var message = status.message() == null ? what : what + ". " + status.message();
        var reason = status.reason();
        draft.conditions.drop(Conditions.STALLED, Conditions.RECONCILING);
        if (reason == null || BY_ITSELF.contains(reason)) {
            draft.conditions.reconciling("FailingOver", message);
        } else {
            draft.conditions.stalled(reason, message);
        }
    }

    private static PromotionStatus ended(
            DatabaseStatusDraft draft, ChangeoverStatus changeover, ChangeoverPlan.End end) {
        var at = draft.promotion().map(PromotionStatus::at).orElse(changeover.startedAt());
        return switch (end) {
            case DONE ->
                ChangeoverCompletion.UNREACHED.equals(changeover.reason())
                        ? new PromotionStatus(
                                at, changeover.to(), Outcome.Done, changeover.reason(), changeover.message())
                        : new PromotionStatus(
                                at,
                                changeover.to(),
                                Outcome.Done,
                                "Promoted",
                                "%s is the primary in place of %s".formatted(changeover.to(), changeover.from()));
            case REFUSED ->
                new PromotionStatus(at, changeover.to(), Outcome.Refused, changeover.reason(), changeover.message());
            case ABORTED ->
                new PromotionStatus(at, changeover.to(), Outcome.Aborted, changeover.reason(), changeover.message());
        };
    }

    private static boolean begins(ChangeoverStep step, ChangeoverStatus before, ChangeoverStatus now) {
        return now.step() == step && before.step() != step;
    }

    /** Consumers of logical slots would miss what is written between now and the slot that they make anew. */
    private static List<Action> warnings(Owner owner, ChangeoverStatus changeover, ChangeoverObservation seen) {
        return seen.logicalSlots().isEmpty()
                ? List.of()
                : List.of(new Action.Announce(new Notice(
                        owner,
                        Notice.Type.Warning,
                        "LogicalSlotsStayBehind",
                        "Logical replication slots %s of %s will not exist on %s: their consumers must begin anew"
                                .formatted(
                                        String.join(", ", seen.logicalSlots()), changeover.from(), changeover.to()))));
    }

    private static Duration wakeUp(ChangeoverStatus changeover) {
        return switch (changeover.step()) {
            case Waiting -> LOOK_AT_TARGET;
            case CatchingUp -> changeover.failover() == null ? LOOK_AT_REPLAY : LOOK_AT_WORK;
            case Fencing ->
                changeover.failover() != null && changeover.failover().stopPod() ? LOOK_AT_POD : LOOK_AT_WORK;
            case Preparing, Promoting, Following, Aborting -> LOOK_AT_WORK;
        };
    }
}
