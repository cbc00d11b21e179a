package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.NextGeneration;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.ResetStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A fork is made again of its source. The next generation goes through all the stages of a new fork, on a volume of its
 * own, beside the present one, which serves meanwhile if it did. What they share (name, Service, Secrets) is touched
 * only once the next one is ready.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>noted</th><th>seen</th><th>phase</th><th>reset</th><th>done</th></tr>
 * <tr><td></td><td>{@link ResetCommand} says nothing</td><td colspan="3">as the present generation is</td></tr>
 * <tr><td></td><td>it says handled</td><td>as it is</td><td>Done or Refused</td><td>noted</td></tr>
 * <tr><td></td><td>it says begin</td><td>Resetting</td><td>no outcome</td><td>noted, with the number of the next
 * generation</td></tr>
 * <tr><td>next</td><td>somebody has begun to follow the fork</td><td>as it is</td><td>Aborted</td><td>noted, with a
 * Warning</td></tr>
 * <tr><td>next</td><td>the next one serves</td><td>Ready</td><td>Done</td><td>all that was noted of the next one is
 * noted of the fork; then the Services lead to it</td></tr>
 * <tr><td>next</td><td>it cannot be made, or its source is not to be had for 5 minutes</td><td>as it is</td><td>Refused</td>
 * <td>noted, with a Warning</td></tr>
 * <tr><td>next</td><td>it needs somebody, or takes longer than an hour</td><td>as it is</td><td>Aborted</td><td>noted,
 * with a Warning</td></tr>
 * <tr><td>next</td><td>anything else</td><td>Resetting</td><td>no outcome</td><td>what a new fork needs</td></tr>
 * </table>
 *
 * <p>Volumes and the rest of a generation that is neither present nor next are deleted by {@link ForkPlanner}.
 */
final class ResetPlanner {
    private static final String RESETTING = "Resetting";

    /** As long as a promotion waits for its target. */
    private static final Duration PATIENCE_WITH_SOURCE = Duration.ofMinutes(5);

    /** Some storage takes long until a snapshot can be used. */
    private static final Duration PATIENCE = Duration.ofHours(1);

    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final InstanceActions instances;

    ResetPlanner(InstanceActions instances) {
        this.instances = instances;
    }

    /** Plans a generation alone. */
    interface Stages {
        Plan<PostgresForkStatus> plan(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft);
    }

    /**
     * @param present what is planned for the present generation
     * @param stages that a new fork goes through
     */
    Plan<PostgresForkStatus> plan(
            PostgresFork fork, ForkObservation seen, Plan<PostgresForkStatus> present, Instant now, Stages stages) {
        var next = present.status().next();
        if (next != null) {
            return seen.next()
                    .map(beside -> advance(fork, seen, beside, present, next, now, stages))
                    .orElse(present);
        }
        var situation = new ResetCommand.Situation(
                stage(fork, seen, present.status()), false, seen.followers(), following(seen, present.status()));
        return switch (ResetCommand.of(
                fork.getSpec().resetAt(), present.status().reset(), situation, now)) {
            case ResetCommand.Nothing nothing -> present;
            case ResetCommand.NotYet(Duration in) ->
                new Plan<>(present.status(), present.actions(), sooner(present, in));
            case ResetCommand.Handled(ResetStatus handled) -> end(fork, present, handled, now);
            case ResetCommand.Begin(ResetStatus begun) -> begin(fork, present, begun, now);
        };
    }

    private static ResetCommand.Stage stage(PostgresFork fork, ForkObservation seen, PostgresForkStatus present) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        if (status.expiredAt() != null
                || (status.timings() != null && status.timings().ready() != null)) {
            return ResetCommand.Stage.LIVED;
        }
        if (ForkPlanner.isLost(status, seen)) {
            return ResetCommand.Stage.LOST;
        }
        var cut = status.source() != null && status.source().cutTime() != null;
        if (!cut) {
            // A volume without a cut is that of a fork whose status was lost: its data is of nobody knows when.
            return seen.instance().volume().isPresent() ? ResetCommand.Stage.STUCK : ResetCommand.Stage.NOT_CUT;
        }
        return Conditions.isTrue(present.conditions(), Conditions.STALLED)
                ? ResetCommand.Stage.STUCK
                : ResetCommand.Stage.MADE;
    }

    /** The number of no generation before: one that was given up may still be there. */
    private static int following(ForkObservation seen, PostgresForkStatus status) {
        var reset = status.reset();
        var tried = reset == null ? null : reset.generation();
        return IntStream.of(
                                ForkResources.generation(status),
                                Objects.requireNonNullElse(tried, 0),
                                seen.belongings().latest())
                        .max()
                        .orElseThrow()
                + 1;
    }

    private static Optional<Duration> sooner(Plan<PostgresForkStatus> plan, Duration in) {
        return Stream.concat(plan.wakeUp().stream(), Stream.of(in.plusMillis(1)))
                .min(Duration::compareTo);
    }

    private Plan<PostgresForkStatus> begin(
            PostgresFork fork, Plan<PostgresForkStatus> present, ResetStatus begun, Instant now) {
        var draft = ForkStatusDraft.upon(fork, present.status(), now);
        draft.reset = begun;
        draft.next = new NextGeneration(
                null,
                ForkStatusDraft.ofGeneration(Objects.requireNonNull(begun.generation(), "said by the command")),
                null,
                now.toString(),
                null,
                null,
                null,
                null,
                null,
                null);
        return resetting(draft, "The fork is made again of its source", List.of(new Action.PersistIntent()), AT_ONCE);
    }

    private Plan<PostgresForkStatus> advance(
            PostgresFork fork,
            ForkObservation seen,
            ForkObservation beside,
            Plan<PostgresForkStatus> present,
            NextGeneration next,
            Instant now,
            Stages stages) {
        if (!seen.followers().isEmpty()) {
            return giveUp(fork, present, Outcome.Aborted, "HasFollowers", ResetCommand.followed(seen.followers()), now);
        }
        var alone = ForkResources.beside(fork, next);
        var draft = new ForkStatusDraft(alone, now);
        draft.beside = true;
        var plan = stages.plan(alone, beside, draft);
        if (plan.status().phase() == ForkPhase.Ready) {
            return switchOver(fork, seen, present.status(), plan, now);
        }
        var outcome = outcome(plan.status(), draft, now);
        if (outcome.isPresent()) {
            var why = Conditions.summary(plan.status().conditions()).orElseThrow();
            return giveUp(fork, present, outcome.get(), why.getReason(), why.getMessage(), now);
        }
        var merged = ForkStatusDraft.upon(fork, present.status(), now);
        merged.next = noted(plan.status());
        var actions = Stream.concat(present.actions().stream(), plan.actions().stream())
                .toList();
        var message = Conditions.whyNotReady(plan.status().conditions());
        return resetting(merged, message, actions, plan.wakeUp().orElse(AT_ONCE));
    }

    private static Plan<PostgresForkStatus> giveUp(
            PostgresFork fork,
            Plan<PostgresForkStatus> present,
            Outcome outcome,
            String reason,
            String message,
            Instant now) {
        var running = Objects.requireNonNull(present.status().reset(), "noted with the next generation");
        return end(fork, present, new ResetStatus(running.at(), outcome, reason, message, running.generation()), now);
    }

    private static Optional<Outcome> outcome(PostgresForkStatus next, ForkStatusDraft draft, Instant now) {
        var since = Duration.between(draft.requestedAt(), now);
        if (next.phase() == ForkPhase.Refused
                || (next.phase() == ForkPhase.Pending && since.compareTo(PATIENCE_WITH_SOURCE) > 0)) {
            return Optional.of(Outcome.Refused);
        }
        // How long a sanitize step may take it says itself.
        var tooLong = since.compareTo(PATIENCE) > 0 && !SanitizePlanner.isAtWork(next.conditions());
        return draft.needsSomebody || tooLong ? Optional.of(Outcome.Aborted) : Optional.empty();
    }

    private static NextGeneration noted(PostgresForkStatus status) {
        return new NextGeneration(
                aboutTheCopy(status),
                status.instance(),
                status.source(),
                status.requestedAt(),
                status.cutAttempt(),
                status.timings(),
                status.effective(),
                status.sanitize(),
                status.sanitizedBy(),
                status.forks());
    }

    private static List<Condition> aboutTheCopy(PostgresForkStatus status) {
        var kept = new Conditions(null, 0, Instant.EPOCH);
        kept.adopt(status.conditions());
        return kept.list();
    }

    private static Plan<PostgresForkStatus> resetting(
            ForkStatusDraft draft, String message, List<Action> actions, Duration wakeUp) {
        draft.phase = ForkPhase.Resetting;
        draft.conditions.reconciling(RESETTING, message);
        return new Plan<>(draft.build(), actions, Optional.of(wakeUp));
    }

    /** Everything that the next generation is, the fork is from the moment that this is written down. */
    private Plan<PostgresForkStatus> switchOver(
            PostgresFork fork,
            ForkObservation seen,
            PostgresForkStatus present,
            Plan<PostgresForkStatus> plan,
            Instant now) {
        var next = plan.status();
        var begun = Objects.requireNonNull(present.reset(), "noted with the next generation");
        var message = "The fork was made again, of its source as of "
                + Objects.requireNonNull(next.source(), "noted with the cut").cutTime();
        var status = new PostgresForkStatus(
                ForkPhase.Ready,
                aboutTheCopy(next),
                present.observedGeneration(),
                next.instance(),
                present.binding(),
                next.source(),
                next.method(),
                next.requestedAt(),
                next.cutAttempt(),
                next.timings(),
                next.effective(),
                null,
                null,
                null,
                new ResetStatus(begun.at(), Outcome.Done, "Reset", message, begun.generation()),
                null,
                null,
                next.sanitize(),
                next.sanitizedBy(),
                next.forks(),
                null);
        var draft = ForkStatusDraft.upon(fork, status, now);
        draft.conditions.ready("The fork accepts connections");
        var template = ForkResources.recorded(fork, status).orElseThrow();
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(instances.service(template, seen.instance()));
        actions.addAll(instances.binding(template, seen.instance()));
        actions.addAll(instances.claim(template, seen.instance()));
        actions.addAll(plan.actions());
        actions.add(announcement(fork, Notice.Type.Normal, "Reset", message));
        return new Plan<>(draft.build(), actions, Optional.of(AT_ONCE));
    }

    private static Plan<PostgresForkStatus> end(
            PostgresFork fork, Plan<PostgresForkStatus> present, ResetStatus ended, Instant now) {
        var draft = ForkStatusDraft.upon(fork, present.status(), now);
        draft.conditions.adoptSummary(present.status().conditions());
        draft.reset = ended;
        draft.next = null;
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(present.actions());
        if (ended.outcome() != Outcome.Done) {
            actions.add(announcement(
                    fork,
                    Notice.Type.Warning,
                    "Reset" + ended.outcome(),
                    "The reset of " + ended.at() + " was not made, and the fork is as it was: " + ended.message()));
        }
        return new Plan<>(draft.build(), actions, Optional.of(AT_ONCE));
    }

    private static Action announcement(PostgresFork fork, Notice.Type type, String reason, String message) {
        return new Action.Announce(new Notice(Owner.of(fork), type, reason, message));
    }
}
