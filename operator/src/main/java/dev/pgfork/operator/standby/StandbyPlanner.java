package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.action.ReadLabel;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.standby.Standing.Away;
import dev.pgfork.operator.standby.Standing.Behind;
import dev.pgfork.operator.standby.Standing.Beyond;
import dev.pgfork.operator.standby.Standing.Detached;
import dev.pgfork.operator.standby.Standing.InStep;
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
 * Once it is settled what the volume is made of: volume, pod, streaming, and then the follower's life.
 *
 * <table>
 * <caption>States, first match wins; what is missing of the objects is made in each</caption>
 * <tr><th>seen</th><th>phase</th><th>reason</th><th>done</th></tr>
 * <tr><td>no leader</td><td>Unavailable</td><td>LeaderNotFound</td><td>nothing: what it has may be all that is
 * left</td></tr>
 * <tr><td>a name is somebody else's</td><td>Unavailable</td><td>NameTaken</td><td></td></tr>
 * <tr><td>the volume is gone, or going</td><td colspan="3">{@link RebuildPlanner}: VolumeLost</td></tr>
 * <tr><td>no volume yet, snapshot gone</td><td>Cutting</td><td>Cutting</td><td>another attempt</td></tr>
 * <tr><td>no volume yet, snapshot not usable</td><td>Cutting</td><td>Cutting</td><td></td></tr>
 * <tr><td>no volume yet</td><td>Starting</td><td>Starting</td><td>volume, pod, Service</td></tr>
 * <tr><td>Beyond (WalGone, Diverged), or {@link BrokenData}, and nobody is changing the primary</td><td colspan="3">{@link
 * RebuildPlanner}</td></tr>
 * <tr><td>Detached</td><td>as Away</td><td>SlotMissing</td><td>role and slot</td></tr>
 * <tr><td>Away, or the pod does not serve</td><td>Starting; Unavailable once it has streamed</td><td>why</td>
 * <td>not for reading</td></tr>
 * <tr><td>Behind</td><td>CatchingUp; Unavailable once it has streamed</td><td>why</td><td>not for reading</td></tr>
 * <tr><td>InStep</td><td>Ready</td><td>Ready</td><td>for reading; snapshot and older volumes dropped</td></tr>
 * </table>
 */
final class StandbyPlanner {
    private final InstanceActions instances;
    private final RebuildPlanner rebuild;
    private final ParameterChange parameters;
    private final PodReplacement pods;
    private final Duration deadline;

    StandbyPlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.rebuild = new RebuildPlanner(deadline);
        this.parameters = new ParameterChange(instances, deadline);
        this.pods = new PodReplacement(instances, deadline);
        this.deadline = deadline;
    }

    <S> Plan<S> plan(StandbySpec spec, StandbyObservation seen, StandbyDraft<S> draft) {
        var template = spec.recorded(draft, seen.leader());
        if (template.isEmpty()) {
            draft.phase = FollowerPhase.Unavailable;
            draft.streaming = false;
            return waiting(
                    draft,
                    seen,
                    new Wait(
                            "LeaderNotFound",
                            "LeaderNotFound",
                            spec.leader()
                                    + " is gone; another one of that name is not followed. The instance serves what it"
                                    + " has received: unfollow it to go on with that, or delete it",
                            true),
                    List.of());
        }
        draft.follows(seen.leader().orElseThrow());
        draft.server(seen.instance(), template.get());
        seen.instance().volume().filter(StandbyPlanner::isBound).ifPresent(volume -> draft.bound());
        if (seen.instance().nameTaken().isPresent()) {
            draft.phase = FollowerPhase.Unavailable;
            return waiting(
                    draft,
                    seen,
                    new Wait(
                            "NameTaken",
                            "NameTaken",
                            seen.instance().nameTaken().get(),
                            true),
                    List.of());
        }
        var volume = seen.instance().volume();
        if (draft.hadVolume() && volume.filter(Deletions::remains).isEmpty()) {
            return rebuild.plan(
                    seen,
                    draft,
                    new Beyond(
                            "VolumeLost",
                            "PersistentVolumeClaim " + template.get().names().generationName()
                                    + " is gone. The instance gets a new volume",
                            false));
        }
        return volume.isEmpty()
                ? withoutVolume(seen, draft, template.get())
                : withVolume(spec, seen, draft, template.get());
    }

    private <S> Plan<S> withoutVolume(StandbyObservation seen, StandbyDraft<S> draft, InstanceTemplate template) {
        var sized = template;
        if (template.snapshotName().isPresent()) {
            if (seen.snapshot().isEmpty()) {
                draft.phase = FollowerPhase.Cutting;
                draft.discardCut();
                return waiting(
                        draft,
                        seen,
                        new Wait("Cutting", "SnapshotNotReady", "The snapshot is gone and is made again", false),
                        List.of(new Action.PersistIntent()));
            }
            var snapshot = seen.snapshot().get();
            if (!snapshot.readyToUse()) {
                draft.phase = FollowerPhase.Cutting;
                var message = Snapshots.describe(snapshot.object()) + " is taken but not ready to use"
                        + Optional.ofNullable(snapshot.error())
                                .map(error -> ": " + error)
                                .orElse("");
                return waiting(draft, seen, new Wait("Cutting", "SnapshotNotReady", message, false), List.of());
            }
            sized = template.withAtLeast(snapshot.restoreSize());
        }
        draft.phase = draft.rebuild == null ? FollowerPhase.Starting : FollowerPhase.Rebuilding;
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(instances.claim(template, seen.instance()));
        actions.addAll(instances.prepare(template, seen.instance()));
        actions.addAll(instances.volume(sized, seen.instance()));
        actions.addAll(instances.statefulSet(template, seen.instance()));
        actions.addAll(clients(template, seen));
        return waiting(
                draft, seen, new Wait("Starting", "NotServing", "Volume and pod are being made", false), actions);
    }

    private <S> Plan<S> withVolume(
            StandbySpec spec, StandbyObservation seen, StandbyDraft<S> draft, InstanceTemplate template) {
        var leader = seen.leader().orElseThrow();
        var standing = seen.standing(spec.maxLag());
        var beyond = standing instanceof Beyond past
                ? Optional.of(past)
                : standing instanceof Away ? BrokenData.of(seen, draft) : Optional.<Beyond>empty();
        if (beyond.isPresent() && !leader.changing()) {
            return rebuild.plan(seen, draft, beyond.get());
        }
        var actions = new ArrayList<>(objects(seen, template));
        var change = parameters.plan(
                template.in(seen.instance().pod()),
                spec.parameters(draft),
                draft.configuration,
                seen.instance(),
                new ParameterChange.Around(leader.primary(), true, Optional.empty(), leader.changing()),
                draft.before().conditions(),
                draft.conditions,
                draft.now());
        draft.configuration = change.noted();
        measure(seen, draft);
        if (standing instanceof Detached) {
            seen.primary()
                    .ifPresent(primary -> actions.add(
                            new Action.AttachMember(template, primary.names().pod())));
        }
        var serves = seen.instance().servesReads(template);
        var readable = serves && standing instanceof InStep;
        if (serves) {
            // A pod that is not ready gets no readers whatever its label, which should be there when it is.
            actions.addAll(ReadLabel.on(seen.instance().pod(), template, readable));
        }
        actions.addAll(change.actions());
        var pod = pods.plan(
                template,
                seen.instance(),
                new PodReplacement.Around(
                        PodReplacement.whileChanging(leader.changing()),
                        leader.template(),
                        leader.primary(),
                        seen.members()),
                draft.conditions,
                draft.now());
        actions.addAll(pod.actions());
        var plan = readable ? ready(seen, draft, standing, actions) : notReady(seen, draft, standing, serves, actions);
        return plan.wakingIn(change.wakeUp()).wakingIn(pod.wakeUp());
    }

    private <S> Plan<S> ready(StandbyObservation seen, StandbyDraft<S> draft, Standing standing, List<Action> actions) {
        actions.addAll(Leftovers.of(seen, draft));
        return StandbyPlans.ready(draft, standing.message(), actions);
    }

    private <S> Plan<S> notReady(
            StandbyObservation seen, StandbyDraft<S> draft, Standing standing, boolean serves, List<Action> actions) {
        var before = draft.before().phase();
        var had = before == FollowerPhase.Ready || before == FollowerPhase.Unavailable;
        draft.phase = had
                ? FollowerPhase.Unavailable
                : draft.rebuild != null && !draft.hadStreamed()
                        ? FollowerPhase.Rebuilding
                        : Boolean.TRUE.equals(draft.streaming) ? FollowerPhase.CatchingUp : FollowerPhase.Starting;
        var early = had ? "Restarting" : "Starting";
        var wait = seen.trouble()
                .filter(finding -> !serves)
                .map(finding -> new Wait(early, finding.reason(), finding.message(), finding.needsSomebody()))
                .orElseGet(() -> switch (standing) {
                    case InStep step ->
                        new Wait(early, "PodNotReady", "Waiting for Kubernetes to find the pod ready", false);
                    case Behind behind -> Wait.forReason(behind.reason(), behind.message());
                    case Away away -> new Wait(early, away.reason(), away.message(), false);
                    case Detached detached -> Wait.forReason(detached.reason(), detached.message());
                    case Beyond beyond -> Wait.forReason(beyond.reason(), beyond.message());
                });
        return waiting(draft, seen, wait, actions);
    }

    /** The Service that has a database's name leads to its primary, and is not its standby's. */
    private List<Action> clients(InstanceTemplate template, StandbyObservation seen) {
        return template.isDatabase() ? List.of() : instances.service(template, seen.instance());
    }

    /** In the order in which they are needed; a set of an older generation must not run beside this one's. */
    private List<Action> objects(StandbyObservation seen, InstanceTemplate template) {
        var actions = new ArrayList<Action>();
        actions.addAll(instances.claim(template, seen.instance()));
        actions.addAll(instances.prepare(template, seen.instance()));
        actions.addAll(instances.statefulSet(template, seen.instance()));
        actions.addAll(instances.disruptionBudget(template, seen.instance()));
        actions.addAll(clients(template, seen));
        actions.addAll(Deletions.of(template.owner(), seen.olderSets().stream()));
        return actions;
    }

    /** Whether it streams and, where both could be asked, how far behind it is. */
    private static void measure(StandbyObservation seen, StandbyDraft<?> draft) {
        if (seen.replication().own() instanceof Looked.Found<ReplicationReport>(Standby own) && own.streams()) {
            draft.streaming();
        } else {
            draft.streaming = false;
        }
        LagMeasurement.of(seen.replication(), seen.commits(), draft.now())
                .ifPresent(measured -> draft.lag = LagPublication.of(draft.lag, measured, draft.now()));
    }

    private <S> Plan<S> waiting(StandbyDraft<S> draft, StandbyObservation seen, Wait wait, List<Action> actions) {
        return StandbyPlans.waiting(draft, wait, since(seen, draft), deadline, actions);
    }

    /** The present step began with the youngest of the objects that it is about, or when it was last ready. */
    private static Instant since(StandbyObservation seen, StandbyDraft<?> draft) {
        var instance = seen.instance();
        var objects = Stream.<Optional<? extends HasMetadata>>of(
                        seen.snapshot().map(state -> state.object()),
                        instance.volume(),
                        instance.statefulSet(),
                        instance.pod())
                .flatMap(Optional::stream)
                .map(object -> object.getMetadata().getCreationTimestamp());
        return Stream.concat(objects, Stream.of(draft.notReadySince().orElse(null)))
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Instant::compareTo)
                .orElse(draft.begun());
    }

    private static boolean isBound(PersistentVolumeClaim volume) {
        return volume.getStatus() != null && "Bound".equals(volume.getStatus().getPhase());
    }
}
