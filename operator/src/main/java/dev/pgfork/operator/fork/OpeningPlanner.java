package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.BindingStatus;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.OrphanSlots;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.status.Wait;
import dev.pgfork.operator.storage.Snapshots;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * After the cut: volume, pod, quarantine, opening, and then the fork's life. Service and Secret are made only once the
 * instance script says that quarantine has passed; the fork needs its source no more.
 */
final class OpeningPlanner {
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final InstanceActions instances;
    private final ParameterChange parameters;
    private final PodReplacement pods;
    private final Duration deadline;
    private final SanitizePlanner sanitizing = new SanitizePlanner();

    OpeningPlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.parameters = new ParameterChange(instances, deadline);
        this.pods = new PodReplacement(instances, deadline);
        this.deadline = deadline;
    }

    Plan<PostgresForkStatus> plan(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        var template = ForkResources.recorded(fork, draft.build()).orElseThrow();
        note(seen, draft, template);
        if (seen.instance().nameTaken().isPresent()) {
            return wait(
                    draft,
                    seen,
                    new Wait(
                            "NameTaken",
                            "NameTaken",
                            seen.instance().nameTaken().get(),
                            true),
                    List.of());
        }
        if (seen.instance().volume().isEmpty()) {
            return withoutVolume(fork, seen, draft, template);
        }
        var actions = new ArrayList<>(base(seen, draft, template));
        var steps = sanitizing.plan(fork, seen, draft);
        var opened = opened(seen, draft, template);
        actions.addAll(steps.actions());
        if (opened && !draft.beside) {
            actions.addAll(instances.service(template, seen.instance()));
            actions.addAll(instances.disruptionBudget(template, seen.instance()));
            actions.addAll(binding(seen, draft, template));
        } else if (!opened) {
            actions.addAll(awaitOpening(fork, seen));
        }
        var reachable = draft.beside
                || (seen.instance().service().isPresent()
                        && (seen.instance().app().isPresent() || draft.binding != null));
        var complete = opened && reachable && seen.instance().serves(template);
        var pod = replacement(seen, draft, template, opened);
        actions.addAll(pod.actions());
        var plan = complete
                ? ready(fork, seen, draft, template, actions)
                : bringUp(fork, seen, draft, template, opened, steps, actions);
        return plan.wakingIn(pod.wakeUp());
    }

    /** Sanitize steps are not broken off; whatever cannot even start has none that run. */
    private PodReplacement.Outcome replacement(
            ForkObservation seen, ForkStatusDraft draft, InstanceTemplate template, boolean opened) {
        var obstacle = draft.next != null
                ? Optional.of("the fork is being reset")
                : opened ? Optional.<String>empty() : privatePhase(seen);
        return pods.plan(
                template,
                seen.instance(),
                PodReplacement.Around.primary(template, seen.members()).hinderedBy(obstacle),
                draft.conditions,
                draft.now());
    }

    private static Optional<String> privatePhase(ForkObservation seen) {
        return seen.instance()
                .script()
                .found()
                .map(script -> "the fork is in its private phase, which is not broken off");
    }

    private List<Action> binding(ForkObservation seen, ForkStatusDraft draft, InstanceTemplate template) {
        if (draft.binding == null) {
            return instances.binding(template, seen.instance());
        }
        return seen.instance().serves(template)
                ? instances.keptBinding(
                        template, seen.instance(), template.names().pod())
                : List.of();
    }

    private Plan<PostgresForkStatus> ready(
            PostgresFork fork,
            ForkObservation seen,
            ForkStatusDraft draft,
            InstanceTemplate template,
            List<Action> actions) {
        var first = draft.timings.ready() == null;
        draft.ready();
        draft.phase = ForkPhase.Ready;
        draft.conditions.ready("The fork accepts connections");
        var change = parameters.plan(
                template.in(seen.instance().pod()),
                ForkResources.parameters(fork, Objects.requireNonNull(draft.effective, "recorded before the cut")),
                draft.configuration,
                seen.instance(),
                ParameterChange.Around.alone(template.owner().name()),
                fork.getStatus() == null ? null : fork.getStatus().conditions(),
                draft.conditions,
                draft.now());
        draft.configuration = change.noted();
        actions.addAll(HandOverPlanner.end(fork, seen));
        if (!draft.beside && seen.replication() instanceof Looked.Found<ReplicationReport>(ReplicationReport report)) {
            actions.addAll(OrphanSlots.drop(
                    report.slots(), seen.members(), seen.members().getFirst()));
            if (report instanceof ReplicationReport.Primary own) {
                draft.diverged(own.current());
            }
        }
        if (first && draft.source.uid() != null) {
            actions.add(new Action.Announce(madeOf(fork, draft)));
        }
        actions.addAll(change.actions());
        var ready = ForkPlans.ready(draft, actions).wakingIn(change.wakeUp());
        // What was handed over is taken back only once it is on record that nobody needs it any more.
        return first && ForkResources.crosses(fork)
                ? new Plan<>(ready.status(), ready.actions(), Optional.of(AT_ONCE))
                : ready;
    }

    private Plan<PostgresForkStatus> bringUp(
            PostgresFork fork,
            ForkObservation seen,
            ForkStatusDraft draft,
            InstanceTemplate template,
            boolean opened,
            SanitizePlanner.Outcome steps,
            List<Action> actions) {
        var before = draft.timings.ready() != null;
        var quarantine = seen.awaiting()
                || seen.instance()
                        .script()
                        .found()
                        .filter(script -> script.phase() == ScriptStatus.Phase.quarantine)
                        .isPresent();
        actions.addAll(parameters.bringUp(
                template,
                ForkResources.parameters(fork, Objects.requireNonNull(draft.effective, "recorded before the cut")),
                seen.instance()));
        draft.phase = before ? ForkPhase.Unavailable : quarantine ? ForkPhase.Quarantine : ForkPhase.Starting;
        var early = before ? "Restarting" : opened ? "Opening" : quarantine ? "Quarantine" : "Starting";
        if (steps.pending().isPresent()) {
            var since = steps.isAtWork() ? draft.now() : since(seen, draft);
            return ForkPlans.waiting(draft, steps.pending().get(), since, deadline, draft.now(), actions);
        }
        var wait = HandOverPlanner.lost(fork, seen, draft)
                .or(() -> seen.trouble()
                        .map(finding -> new Wait(early, finding.reason(), finding.message(), finding.needsSomebody())))
                .orElseGet(
                        () -> new Wait(early, "NotServing", "Waiting for the instance to accept connections", false));
        return wait(draft, seen, wait, actions);
    }

    /** A volume is made of the snapshot once; if it is lost later, so is what was written to the fork. */
    private Plan<PostgresForkStatus> withoutVolume(
            PostgresFork fork, ForkObservation seen, ForkStatusDraft draft, InstanceTemplate template) {
        var snapshot = seen.snapshot();
        var had = draft.timings.bound() != null;
        var lost = HandOverPlanner.lost(fork, seen, draft);
        if (lost.isPresent()) {
            draft.phase = ForkPhase.Unavailable;
            return wait(draft, seen, lost.get(), List.of());
        }
        if (had || snapshot.isEmpty()) {
            draft.phase = ForkPhase.Unavailable;
            return wait(
                    draft,
                    seen,
                    new Wait(
                            "VolumeLost",
                            "VolumeLost",
                            "PersistentVolumeClaim " + template.names().generationName()
                                    + " is gone and the fork's data with it. Reset the fork, in spec.resetAt: it is"
                                    + " made again of its source",
                            true),
                    List.of());
        }
        draft.phase = ForkPhase.Cutting;
        if (!snapshot.get().readyToUse()) {
            var message = Snapshots.describe(snapshot.get().object()) + " is taken but not ready to use"
                    + Optional.ofNullable(snapshot.get().error())
                            .map(error -> ": " + error)
                            .orElse("");
            return wait(draft, seen, new Wait("Cutting", "SnapshotNotReady", message, false), List.of());
        }
        var handOver = HandOverPlanner.wait(fork, seen, snapshot.get());
        if (handOver.isPresent()) {
            return wait(draft, seen, handOver.get(), HandOverPlanner.actions(fork, seen, draft, snapshot.get()));
        }
        draft.phase = ForkPhase.Starting;
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(draft.beside ? List.of() : instances.claim(template, seen.instance()));
        actions.addAll(instances.prepare(template, seen.instance()));
        actions.addAll(instances.volume(template.withAtLeast(snapshot.get().restoreSize()), seen.instance()));
        actions.addAll(instances.statefulSet(template, seen.instance()));
        return wait(
                draft, seen, new Wait("Starting", "VolumeNotBound", "Making the volume and the pod", false), actions);
    }

    private List<Action> base(ForkObservation seen, ForkStatusDraft draft, InstanceTemplate template) {
        var actions = new ArrayList<>(draft.beside ? List.of() : instances.claim(template, seen.instance()));
        actions.addAll(instances.prepare(template, seen.instance()));
        actions.addAll(instances.statefulSet(template, seen.instance()));
        return actions;
    }

    private static List<Action> awaitOpening(PostgresFork fork, ForkObservation seen) {
        if (seen.awaiting()) {
            return List.of();
        }
        return seen.instance()
                .pod()
                .filter(pod -> "Running".equals(pod.getStatus().getPhase()))
                .<List<Action>>map(pod -> List.of(new Action.AwaitOpening(
                        new Action.OpeningKey(Owner.of(fork), pod.getMetadata().getUid()),
                        pod.getMetadata().getName())))
                .orElse(List.of());
    }

    private static void note(ForkObservation seen, ForkStatusDraft draft, InstanceTemplate template) {
        seen.instance().volume().filter(OpeningPlanner::isBound).ifPresent(volume -> draft.bound());
        seen.instance().script().found().ifPresent(script -> {
            draft.started(script.started(), script.recovered());
            draft.leftHistoryAt(script.switchPoint());
        });
        seen.instance()
                .app()
                .ifPresent(secret ->
                        draft.binding = new BindingStatus(secret.getMetadata().getName()));
        seen.instance()
                .server()
                .found()
                .ifPresent(report -> draft.instance = new InstanceStatus(
                        seen.instance().image().orElse(template.image()),
                        report.version(),
                        report.systemIdentifier(),
                        report.timeline(),
                        report.inRecovery() ? "standby" : "primary",
                        Objects.requireNonNullElse(draft.instance.epoch(), ForkResources.FIRST_EPOCH),
                        template.generation()));
    }

    /** Once clients have been let in they stay in: a restart of the pod does not take Service and Secret away. */
    private static boolean opened(ForkObservation seen, ForkStatusDraft draft, InstanceTemplate template) {
        var opener = template.owner().uid() + "/" + template.generation();
        return draft.timings.ready() != null
                || (!draft.beside && seen.instance().app().isPresent())
                || seen.instance()
                        .script()
                        .found()
                        .filter(script -> script.phase() == ScriptStatus.Phase.running
                                && script.openedBy().equals(opener))
                        .filter(script -> draft.sanitizing.isPassed())
                        .isPresent();
    }

    private static boolean isBound(PersistentVolumeClaim volume) {
        return volume.getStatus() != null && "Bound".equals(volume.getStatus().getPhase());
    }

    private static Notice madeOf(PostgresFork fork, ForkStatusDraft draft) {
        var source = draft.source;
        var owner = new Owner(
                fork.getApiVersion(),
                Objects.requireNonNull(source.kind()),
                Objects.requireNonNull(source.namespace()),
                Objects.requireNonNull(source.name()),
                Objects.requireNonNull(source.uid()));
        return new Notice(
                owner,
                Notice.Type.Normal,
                "Forked",
                "PostgresFork " + fork.getMetadata().getNamespace() + "/"
                        + fork.getMetadata().getName() + " was made of it, as of " + source.cutTime() + ", in "
                        + draft.timings.ready() + " s");
    }

    private Plan<PostgresForkStatus> wait(
            ForkStatusDraft draft, ForkObservation seen, Wait wait, List<Action> actions) {
        return ForkPlans.waiting(draft, wait, since(seen, draft), deadline, draft.now(), actions);
    }

    /** The present step began with the youngest of the objects that it is about. */
    private static Instant since(ForkObservation seen, ForkStatusDraft draft) {
        var instance = seen.instance();
        return Stream.<Optional<? extends HasMetadata>>of(
                        seen.snapshot().map(state -> state.object()),
                        instance.volume(),
                        instance.statefulSet(),
                        instance.pod())
                .flatMap(Optional::stream)
                .map(object -> object.getMetadata().getCreationTimestamp())
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Instant::compareTo)
                .orElse(draft.requestedAt());
    }
}
