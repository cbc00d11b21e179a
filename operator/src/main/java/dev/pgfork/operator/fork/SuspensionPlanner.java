package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.Suspension;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A fork that is to rest: no pod, and its data is kept. Before its server is stopped it is asked for a CHECKPOINT, so
 * that it stops quickly, and for a position that forks can be proved to be past which are made of the stopped volume. A
 * server that does not answer is stopped without.
 *
 * <table>
 * <caption>While {@code spec.suspend} is true; first match wins</caption>
 * <tr><th>noted</th><th>seen</th><th>phase</th><th>conditions</th><th>done</th></tr>
 * <tr><td></td><td>no volume</td><td colspan="3">{@link OpeningPlanner} says so</td></tr>
 * <tr><td></td><td>it serves, and was not asked</td><td>Ready</td><td>Reconciling, Suspending</td><td>asked</td></tr>
 * <tr><td></td><td>it is being asked</td><td>Ready</td><td>Reconciling, Suspending</td><td></td></tr>
 * <tr><td></td><td>anything else</td><td>Suspended</td><td>Reconciling, Suspending</td><td>noted; replicas 0</td></tr>
 * <tr><td>suspended</td><td>a pod</td><td>Suspended</td><td>Reconciling, Suspending</td><td>replicas 0</td></tr>
 * <tr><td>suspended</td><td>no pod</td><td>Suspended</td><td>Available=False, no Ready</td><td>certificates kept
 * valid</td></tr>
 * </table>
 */
final class SuspensionPlanner {
    private static final String SUSPENDING = "Suspending";

    private final InstanceActions instances;
    private final Duration deadline;

    SuspensionPlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.deadline = deadline;
    }

    /** @return empty: it is to run, or there is nothing to keep */
    Optional<Plan<PostgresForkStatus>> plan(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        if (!Boolean.TRUE.equals(fork.getSpec().suspend())
                || seen.instance().volume().isEmpty()) {
            return Optional.empty();
        }
        var template = ForkResources.recorded(fork, draft.build()).orElseThrow();
        if (draft.suspended != null) {
            return Optional.of(rest(seen, draft, template, List.of()));
        }
        var address = Credentials.address(
                        seen.instance().pod(),
                        seen.instance().tls(),
                        seen.instance().roles())
                .filter(server -> seen.instance().serves(template));
        if (address.isPresent() && seen.preparation().isEmpty()) {
            var ask = new Action.PrepareCut(key(fork, draft.build()), address.get(), CheckpointPolicy.Auto);
            return Optional.of(mark(draft, List.of(ask)));
        }
        return switch (seen.preparation().orElse(null)) {
            case Progress.Running<CutPreparation> running -> Optional.of(mark(draft, List.of()));
            case Progress.Done<CutPreparation>(CutPreparation done)
            when done.marker() != null ->
                Optional.of(stop(
                        seen,
                        draft,
                        template,
                        new Suspension(
                                draft.now().toString(),
                                done.marker().toString(),
                                done.safety().timeline())));
            case null, default ->
                Optional.of(
                        stop(seen, draft, template, new Suspension(draft.now().toString(), null, null)));
        };
    }

    /** Of one suspension: each is asked for by another change of the spec. */
    static Action.CutKey key(PostgresFork fork, PostgresForkStatus status) {
        return new Action.CutKey(
                Owner.of(fork),
                "suspension " + fork.getMetadata().getGeneration() + " of g" + ForkResources.generation(status));
    }

    private Plan<PostgresForkStatus> mark(ForkStatusDraft draft, List<Action> actions) {
        draft.phase = ForkPhase.Ready;
        return ForkPlans.waiting(
                draft,
                new Wait(SUSPENDING, SUSPENDING, "Writing all changes to the volume before the pod is stopped", false),
                draft.now(),
                deadline,
                draft.now(),
                actions);
    }

    private Plan<PostgresForkStatus> stop(
            ForkObservation seen, ForkStatusDraft draft, InstanceTemplate template, Suspension suspension) {
        draft.suspended = suspension;
        return rest(seen, draft, template, List.of(new Action.PersistIntent()));
    }

    private Plan<PostgresForkStatus> rest(
            ForkObservation seen, ForkStatusDraft draft, InstanceTemplate template, List<Action> before) {
        draft.phase = ForkPhase.Suspended;
        var since =
                Objects.requireNonNull(Objects.requireNonNull(draft.suspended).since());
        var stopped = template.withMembership(template.membership().withStopping(Membership.Stopping.PROVED));
        var actions = new ArrayList<>(before);
        actions.addAll(instances.claim(stopped, seen.instance()));
        actions.addAll(instances.prepare(stopped, seen.instance()));
        actions.addAll(instances.statefulSet(stopped, seen.instance()));
        actions.addAll(instances.disruptionBudget(stopped, seen.instance()));
        actions.addAll(instances.service(stopped, seen.instance()));
        actions.addAll(instances.binding(stopped, seen.instance()));
        if (seen.instance().pod().isPresent()) {
            return ForkPlans.waiting(
                    draft,
                    new Wait(SUSPENDING, "PodTerminating", "Waiting for the pod to stop", false),
                    Instant.parse(since),
                    deadline,
                    draft.now(),
                    actions);
        }
        draft.conditions.unavailable(
                "Suspended", "It has no pod since " + since + ", and keeps its data. spec.suspend: false wakes it");
        actions.addAll(instances.inForce(stopped, seen.instance(), draft.now()));
        return ForkPlans.resting(draft, actions);
    }
}
