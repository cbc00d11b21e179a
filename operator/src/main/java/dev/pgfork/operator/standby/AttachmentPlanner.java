package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.cut.CopyConditions;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.status.Wait;
import dev.pgfork.operator.storage.Snapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Before a generation has a seed: whether it may be made at all, its slot on the primary, and the work on the primary
 * that comes before the copy. The slot is there before anything is copied: no WAL that the copy needs can be lost.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>seen</th><th>phase</th><th>reason</th><th>done</th></tr>
 * <tr><td>a name is somebody else's</td><td>Refused</td><td>NameTaken</td><td>what was made is removed</td></tr>
 * <tr><td>no leader</td><td>Pending</td><td>LeaderNotFound</td><td></td></tr>
 * <tr><td>the leader follows somebody itself</td><td>Refused</td><td>ChainedFollower</td><td>removed</td></tr>
 * <tr><td>the leader does not serve, or its primary is changing</td><td>Pending</td><td>LeaderNotReady,
 * LeaderChanging</td><td></td></tr>
 * <tr><td>settings, storage or leader will not do</td><td>Refused</td><td>InvalidParameters, StorageSmaller, …</td>
 * <td>removed</td></tr>
 * <tr><td>primary unknown</td><td>Pending</td><td>LeaderNotAnswering</td><td></td></tr>
 * <tr><td>nothing begun, or it failed</td><td>Cutting</td><td>Preparing</td><td>slot noted; claim, role, slot,
 * CHECKPOINT</td></tr>
 * <tr><td>CHECKPOINT runs</td><td>Cutting</td><td>Checkpointing</td><td></td></tr>
 * <tr><td>done, but no slot</td><td>Cutting</td><td>Attaching</td><td>role, slot</td></tr>
 * <tr><td>done, storage can snapshot</td><td>Cutting</td><td>Cutting</td><td>seed noted; VolumeSnapshot</td></tr>
 * <tr><td>done, storage cannot</td><td colspan="3">seed noted; on with {@link StandbyPlanner}</td></tr>
 * </table>
 */
final class AttachmentPlanner {
    private final InstanceActions instances;
    private final StandbyPlanner standby;
    private final Duration deadline;

    AttachmentPlanner(InstanceActions instances, StandbyPlanner standby, Duration deadline) {
        this.instances = instances;
        this.standby = standby;
        this.deadline = deadline;
    }

    <S> Plan<S> plan(StandbySpec spec, StandbyObservation seen, StandbyDraft<S> draft) {
        if (seen.instance().nameTaken().isPresent()) {
            return refuse(draft, seen, "NameTaken", seen.instance().nameTaken().get());
        }
        if (seen.leader().isEmpty()) {
            return wait(
                    draft,
                    Wait.forReason(
                            "LeaderNotFound",
                            "There is no " + spec.leader() + " to follow; the instance is made as soon as there is"));
        }
        var leader = seen.leader().get();
        if (leader.isStandby()) {
            return refuse(
                    draft,
                    seen,
                    "ChainedFollower",
                    leader.describe() + " follows somebody itself, and followers are not chained. Follow its leader, or"
                            + " unfollow it first");
        }
        return notYet(leader, seen)
                .map(wait -> wait(draft, wait))
                .orElseGet(
                        () -> planOf(spec, seen, draft, leader, seen.primary().orElseThrow()));
    }

    private static Optional<Wait> notYet(LeaderInstance leader, StandbyObservation seen) {
        if (leader.isDeleting()) {
            return Optional.of(Wait.forReason("LeaderNotFound", leader.describe() + " is being deleted"));
        }
        if (leader.changing()) {
            return Optional.of(Wait.forReason(
                    "LeaderChanging",
                    "Another instance is becoming the primary of " + leader.describe()
                            + "; the instance is made then"));
        }
        return leader.serves() && seen.primary().isPresent()
                ? Optional.empty()
                : Optional.of(
                        Wait.forReason("LeaderNotReady", leader.describe() + " is not ready: " + leader.trouble()));
    }

    private <S> Plan<S> planOf(
            StandbySpec spec, StandbyObservation seen, StandbyDraft<S> draft, LeaderInstance leader, Member primary) {
        var method = CopyMethod.of(spec, leader, seen.source());
        var copy = new Copy(
                spec,
                leader,
                primary,
                method,
                spec.effective(
                        leader,
                        method instanceof CopyMethod.Snapshot ? seen.source().volume() : Optional.empty()),
                draft.generation());
        var wrong = instances.wrongParameters(copy.early());
        if (wrong.isPresent()) {
            return refuse(draft, seen, "InvalidParameters", wrong.get());
        }
        if (method instanceof CopyMethod.Refused(String reason, String message)) {
            return refuse(draft, seen, reason, message);
        }
        var objection = seen.source().safety().found().flatMap(ForkSafety::objection);
        if (objection.isPresent()) {
            return refuse(
                    draft,
                    seen,
                    objection.get().reason(),
                    leader.describe() + " cannot be copied safely: "
                            + objection.get().remedy());
        }
        if (method instanceof CopyMethod.NotYet(Wait missing)) {
            return wait(draft, missing);
        }
        var known = known(seen, leader, primary);
        if (known.isPresent()) {
            return wait(draft, known.get());
        }
        draft.phase = FollowerPhase.Cutting;
        return seen.source()
                .preparation()
                .map(progress -> prepared(copy, seen, draft, progress))
                .orElseGet(() -> begin(copy, seen, draft, Optional.empty()));
    }

    private static Optional<Wait> known(StandbyObservation seen, LeaderInstance leader, Member primary) {
        var unknown = switch (seen.source().safety()) {
            case Looked.Found<ForkSafety> found -> Optional.<String>empty();
            case Looked.Absent<ForkSafety> absent -> Optional.of("it has no running server");
            case Looked.Unknown<ForkSafety>(String reason) -> Optional.of(reason);
        };
        return unknown.map(reason -> Wait.forReason(
                "LeaderNotAnswering",
                "The primary of " + leader.describe() + ", pod "
                        + primary.names().pod() + ", does not answer: " + reason));
    }

    private <S> Plan<S> prepared(
            Copy copy, StandbyObservation seen, StandbyDraft<S> draft, Progress<CutPreparation> progress) {
        return switch (progress) {
            case Progress.Running<CutPreparation> running ->
                waiting(
                        draft,
                        new Wait(
                                "Checkpointing",
                                "LeaderNotAnswering",
                                "Waiting for the CHECKPOINT of " + copy.leader().describe(),
                                false),
                        List.of());
            case Progress.Failed<CutPreparation>(String message) -> begin(copy, seen, draft, Optional.of(message));
            case Progress.Done<CutPreparation>(CutPreparation done) ->
                hasSlot(seen) ? copy(copy, seen, draft, done) : attach(copy, draft);
        };
    }

    /** Takes the name, and lets the primary work while the follower's own objects are made. */
    private <S> Plan<S> begin(Copy copy, StandbyObservation seen, StandbyDraft<S> draft, Optional<String> failure) {
        var leader = copy.leader();
        var early = copy.early();
        draft.attaching(leader);
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(instances.claim(early, seen.instance()));
        actions.add(new Action.PrepareCut(
                draft.copyKey(),
                copy.primary().address().orElseThrow(),
                copy.method() instanceof CopyMethod.Snapshot ? CheckpointPolicy.Auto : CheckpointPolicy.Never));
        actions.addAll(instances.prepare(early, seen.instance()));
        actions.add(new Action.AttachMember(early, copy.primary().names().pod()));
        var message = failure.map(reason ->
                        "Preparing " + leader.describe() + " for the copy failed and is tried again: " + reason)
                .orElse("Preparing " + leader.describe() + " for the copy");
        return waiting(draft, new Wait("Preparing", "LeaderNotAnswering", message, false), actions);
    }

    private <S> Plan<S> attach(Copy copy, StandbyDraft<S> draft) {
        var pod = copy.primary().names().pod();
        draft.attaching(copy.leader());
        return waiting(
                draft,
                new Wait(
                        "Attaching",
                        "LeaderNotAnswering",
                        "Making replication slot " + draft.slot + " in pod " + pod,
                        false),
                List.of(new Action.PersistIntent(), new Action.AttachMember(copy.early(), pod)));
    }

    private static boolean hasSlot(StandbyObservation seen) {
        return seen.replication().primary() instanceof Looked.Found<ReplicationReport>(Primary primary)
                && primary.slot(seen.replication().slot())
                        .filter(slot -> !slot.isLost())
                        .isPresent();
    }

    /** What is copied is noted first: later the leader may have changed. */
    private <S> Plan<S> copy(Copy copy, StandbyObservation seen, StandbyDraft<S> draft, CutPreparation done) {
        if (copy.method() instanceof CopyMethod.Snapshot(var choice)) {
            draft.copying(StandbyDraft.SNAPSHOT, copy.primary(), done.safety(), done.marker(), copy.effective());
            CopyConditions.snapshot(draft.conditions, choice.traits());
            var snapshot = Snapshots.snapshot(
                    draft.owner(),
                    draft.snapshotName(),
                    seen.source().volume().orElseThrow().claim(),
                    choice.name());
            return StandbyPlans.waiting(
                    draft,
                    new Wait(
                            "Cutting",
                            "SnapshotNotReady",
                            "Taking a snapshot of " + copy.leader().describe(),
                            false),
                    draft.now(),
                    deadline,
                    List.of(new Action.PersistIntent(), new Action.Create(draft.owner(), snapshot)));
        }
        draft.copying(StandbyDraft.BASE_BACKUP, copy.primary(), done.safety(), done.marker(), copy.effective());
        CopyConditions.streamed(draft.conditions, ((CopyMethod.BaseBackup) copy.method()).why());
        return standby.plan(copy.spec(), seen, draft);
    }

    private <S> Plan<S> refuse(StandbyDraft<S> draft, StandbyObservation seen, String reason, String message) {
        var cleaning = new ArrayList<Action>();
        if (hasSlot(seen)) {
            cleaning.add(Action.DetachMember.of(
                    draft.owner(), seen.primary().orElseThrow().names().pod()));
        }
        if (draft.generation() == 1) {
            cleaning.addAll(instances.remove(draft.owner(), seen.instance()));
        }
        return StandbyPlans.refused(draft, reason, message, cleaning);
    }

    /** For something outside of this follower. */
    private <S> Plan<S> wait(StandbyDraft<S> draft, Wait wait) {
        draft.phase = draft.rebuild == null ? FollowerPhase.Pending : FollowerPhase.Rebuilding;
        return StandbyPlans.waiting(draft, wait, draft.begun(), deadline, List.of());
    }

    private <S> Plan<S> waiting(StandbyDraft<S> draft, Wait wait, List<Action> actions) {
        draft.phase = draft.rebuild == null ? FollowerPhase.Cutting : FollowerPhase.Rebuilding;
        return StandbyPlans.waiting(draft, wait, draft.begun(), deadline, actions);
    }

    /**
     * What is to be made.
     *
     * @param effective the instance block, filled in
     */
    private record Copy(
            StandbySpec spec,
            LeaderInstance leader,
            Member primary,
            CopyMethod method,
            EffectiveSettings effective,
            int generation) {

        /** For what is made before the copy and does not depend on it. */
        InstanceTemplate early() {
            return spec.early(generation, effective, leader);
        }
    }
}
