package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.NextGeneration;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionFailedException;
import dev.pgfork.operator.action.Announcements;
import dev.pgfork.operator.action.FailureText;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.StayingFollowers;
import dev.pgfork.operator.action.VolumePlanner;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.kube.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Decides what becomes of a fork. What has been noted in the status tells how far it is; what is seen tells what to do.
 *
 * <table>
 * <caption>Stages</caption>
 * <tr><th>noted</th><th>stage</th><th>phases</th></tr>
 * <tr><td>nothing</td><td>{@link PreparationPlanner}: may it be made, and the work on the source</td><td>Pending,
 * Cutting, Refused</td></tr>
 * <tr><td>{@code source.lsnBefore}</td><td>{@link CutPlanner}: snapshot, and the second look at the source</td><td>
 * Cutting</td></tr>
 * <tr><td>{@code source.cutTime}</td><td>{@link OpeningPlanner}: volume, pod, quarantine, opening, service</td><td>
 * Starting, Quarantine, Ready, Unavailable</td></tr>
 * <tr><td>{@code timings.ready}</td><td>{@link LifePlanner}: its time to live, suspension, and what the opening
 * keeps up</td><td>Ready, Unavailable, Suspended, Expired</td></tr>
 * </table>
 *
 * <p>{@link ResetPlanner} lets another generation go through these stages beside the present one. Where nothing is
 * noted although there is data, the volume that the Services lead to is the fork's; without them the latest.
 */
public final class ForkPlanner
        implements InstanceReconciler.Planner<PostgresFork, PostgresForkStatus, ForkObservation> {
    private static final Duration AT_ONCE = Duration.ofMillis(1);
    private static final Duration LOOK_WHILE_DELETING = Duration.ofSeconds(2);
    private static final Duration LOOK_WHILE_FOLLOWED = Duration.ofSeconds(30);

    private final PreparationPlanner preparation;
    private final CutPlanner cut;
    private final LifePlanner life;
    private final ResetPlanner reset;

    /** @param deadline how long a step may take before its delay becomes the reason */
    public ForkPlanner(InstanceActions instances, Duration deadline) {
        this.preparation = new PreparationPlanner(instances, deadline);
        var opening = new OpeningPlanner(instances, deadline);
        this.life = new LifePlanner(
                opening, new ExpiryPlanner(instances, deadline), new SuspensionPlanner(instances, deadline));
        this.cut = new CutPlanner(opening, deadline);
        this.reset = new ResetPlanner(instances);
    }

    @Override
    public Plan<PostgresForkStatus> plan(PostgresFork fork, ForkObservation seen, Instant now) {
        var draft = new ForkStatusDraft(fork, now);
        var volume = ForkResources.recorded(fork, draft.build())
                .map(template -> VolumePlanner.plan(template, seen.instance(), draft.conditions))
                .orElse(List.of());
        var present = isLost(Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY), seen)
                ? found(fork, seen, draft)
                : stage(fork, seen, draft);
        var plan = reset.plan(fork, seen, present, now, this::stage);
        var actions = new ArrayList<>(plan.actions());
        actions.addAll(strays(fork, seen));
        actions.addAll(announcements(fork, plan.status()));
        actions.addAll(volume);
        return new Plan<>(plan.status(), actions.stream().distinct().toList(), plan.wakeUp());
    }

    private Plan<PostgresForkStatus> stage(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        if (draft.expiredAt != null) {
            return life.plan(fork, seen, draft);
        }
        if (draft.source.lsnBefore() == null) {
            return preparation.plan(fork, seen, draft);
        }
        return draft.source.cutTime() == null
                ? cut.plan(fork, seen, draft)
                : cut.takenBack(fork, seen, draft).orElseGet(() -> life.plan(fork, seen, draft));
    }

    /** Whether nothing is noted of a fork that has data, or let clients in once. */
    static boolean isLost(PostgresForkStatus status, ForkObservation seen) {
        return status.instance() == null
                && status.source() == null
                && status.expiredAt() == null
                && (!seen.belongings().volumes().isEmpty()
                        || seen.instance().app().isPresent());
    }

    /** Data that is there stays in use; a fork that had some and has none has expired, and is not made again. */
    private static Plan<PostgresForkStatus> found(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        var generation = serving(seen).orElseGet(() -> seen.belongings().latestVolume());
        if (generation == 0) {
            draft.phase = ForkPhase.Expired;
            draft.expiredAt = draft.now();
            draft.conditions.unavailable(
                    "Expired",
                    "Its status was lost, and its data is gone. Only a reset, in spec.resetAt, makes it again");
            return new Plan<>(draft.build(), List.of(new Action.PersistIntent()), Optional.of(AT_ONCE));
        }
        draft.instance = ForkStatusDraft.ofGeneration(generation);
        seen.instance()
                .service()
                .flatMap(InstanceResources::generation)
                .filter(opened -> opened.equals(generation))
                .flatMap(opened -> LostRecord.of(fork, seen.belongings(), opened))
                .ifPresent(record -> record.restore(draft));
        draft.conditions.reconciling("Restarting", "Its status was lost; it goes on with the volume that it has");
        return new Plan<>(draft.build(), List.of(new Action.PersistIntent()), Optional.of(AT_ONCE));
    }

    /**
     * The one that clients are led to, for the latest may be one that a reset had not finished. The Services follow a
     * generation only once it is the fork.
     */
    private static Optional<Integer> serving(ForkObservation seen) {
        return Stream.of(seen.instance().service(), seen.instance().claim())
                .flatMap(Optional::stream)
                .flatMap(service -> InstanceResources.generation(service).stream())
                .filter(generation -> seen.belongings().volume(generation).isPresent())
                .findFirst();
    }

    /**
     * What is left of generations that the fork is done with: before a reset, or of one that failed. Until it has been
     * ready only a reset proves that the number of the present one is right.
     */
    private static List<Action> strays(PostgresFork fork, ForkObservation seen) {
        var status = fork.getStatus();
        if (status == null || isLost(status, seen)) {
            return List.of();
        }
        var ready = status.timings() != null && status.timings().ready() != null;
        var reset = status.reset() != null && status.reset().generation() != null;
        if (!ready && !reset) {
            return List.of();
        }
        var next = Optional.ofNullable(status.next())
                .map(NextGeneration::instance)
                .map(InstanceStatus::generation)
                .map(Set::of)
                .orElseGet(Set::of);
        var needed = new HashSet<>(next);
        needed.add(ForkResources.generation(status));
        return seen.belongings()
                .but(Owner.of(fork), needed, ready ? next : needed)
                .clearing(Owner.of(fork));
    }

    private static List<Action> announcements(PostgresFork fork, PostgresForkStatus status) {
        var before = fork.getStatus() == null ? null : fork.getStatus().conditions();
        var decided = Objects.requireNonNull(status.conditions(), "every plan decides them");
        var all = new ArrayList<>(ExpiryPlanner.warnings(fork, decided));
        all.addAll(Announcements.of(Owner.of(fork), before, decided));
        return all;
    }

    @Override
    public Optional<Plan<PostgresForkStatus>> planAfterRefusal(
            PostgresFork fork, ActionFailedException refusal, Instant now) {
        var draft = new ForkStatusDraft(fork, now);
        draft.phase = Optional.ofNullable(fork.getStatus())
                .map(PostgresForkStatus::phase)
                .orElse(ForkPhase.Pending);
        draft.conditions.keepAll();
        if (VolumePlanner.refused(draft.conditions, refusal)) {
            var status = draft.build();
            return Optional.of(new Plan<>(status, announcements(fork, status), Optional.empty()));
        }
        return ParameterChange.rejected(refusal, draft.configuration).map(rejected -> {
            draft.configuration = rejected;
            return new Plan<>(draft.build(), List.of(), Optional.of(ParameterChange.AT_ONCE));
        });
    }

    /** An action failed: everything noted stays, the conditions say what happened, and the framework tries again. */
    @Override
    public Plan<PostgresForkStatus> planAfterFailure(PostgresFork fork, Exception failure, Instant now) {
        var draft = new ForkStatusDraft(fork, now);
        draft.phase = Optional.ofNullable(fork.getStatus())
                .map(PostgresForkStatus::phase)
                .orElse(ForkPhase.Pending);
        FailureText.note(failure, draft.conditions);
        return new Plan<>(
                draft.build(),
                Announcements.of(
                        Owner.of(fork),
                        fork.getStatus() == null ? null : fork.getStatus().conditions(),
                        draft.conditions.list()),
                Optional.empty());
    }

    /**
     * What is left to do before a deleted fork may vanish, once nobody follows it: pod, then volume, then snapshot. A
     * snapshot cannot go while a claim waits for it, and a volume must not go under a running server.
     *
     * @return no actions and no wake-up once nothing is left
     */
    @Override
    public Plan<PostgresForkStatus> planDeletion(PostgresFork fork, ForkObservation seen, Instant now) {
        var draft = new ForkStatusDraft(fork, now);
        draft.phase = ForkPhase.Deleting;
        if (StayingFollowers.holdBack(Owner.of(fork), seen.members(), draft.conditions)) {
            return new Plan<>(draft.build(), List.of(), Optional.of(LOOK_WHILE_FOLLOWED));
        }
        draft.conditions.reconciling(
                "Deleting",
                "The fork is being deleted"
                        + seen.belongings()
                                .waitingFor()
                                .map(left -> "; first go " + left)
                                .orElse(""));
        return new Plan<>(
                draft.build(),
                seen.belongings().removal(Owner.of(fork)),
                seen.belongings().remain() ? Optional.of(LOOK_WHILE_DELETING) : Optional.empty());
    }

    /** Removes everything, so that a refused fork leaves nothing behind. */
    static List<Action> removeEverything(InstanceActions instances, Owner owner, ForkObservation seen) {
        var actions = new ArrayList<>(seen.belongings().removal(owner));
        actions.addAll(instances.remove(owner, seen.instance()));
        return actions.stream().distinct().toList();
    }
}
