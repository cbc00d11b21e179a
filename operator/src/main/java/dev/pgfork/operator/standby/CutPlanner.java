package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.cut.CutOf;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.status.Wait;
import dev.pgfork.operator.storage.SnapshotState;
import dev.pgfork.operator.storage.Snapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Between the noted seed and the accepted cut. The primary is looked at a second time after the cut; if it was another
 * one, or became unsafe, the cut is discarded and everything begins again with the slot.
 */
final class CutPlanner {
    private final StandbyPlanner standby;
    private final Duration deadline;

    CutPlanner(StandbyPlanner standby, Duration deadline) {
        this.standby = standby;
        this.deadline = deadline;
    }

    <S> Plan<S> plan(StandbySpec spec, StandbyObservation seen, StandbyDraft<S> draft) {
        var snapshot = seen.snapshot();
        if (snapshot.isEmpty()) {
            // Never made (the operator ended just before), or deleted by somebody.
            draft.discardCut();
            return waiting(
                    draft,
                    new Wait("Cutting", "SnapshotNotReady", "Taking a snapshot of the primary again", false),
                    draft.now(),
                    List.of(new Action.PersistIntent()));
        }
        return snapshot.get().cutTime() == null
                ? waitForCut(draft, snapshot.get())
                : check(spec, seen, draft, snapshot.get(), snapshot.get().cutTime());
    }

    private <S> Plan<S> waitForCut(StandbyDraft<S> draft, SnapshotState snapshot) {
        var message = Snapshots.describe(snapshot.object()) + " has not been taken yet"
                + Optional.ofNullable(snapshot.error())
                        .map(error -> ": " + error)
                        .orElse(". Look at its events and at the CSI driver's snapshotter");
        return waiting(
                draft,
                new Wait("Cutting", "SnapshotNotReady", message, false),
                created(snapshot, draft.now()),
                List.of());
    }

    private <S> Plan<S> check(
            StandbySpec spec, StandbyObservation seen, StandbyDraft<S> draft, SnapshotState snapshot, Instant cutTime) {
        return switch (seen.source().safety()) {
            case Looked.Found<ForkSafety>(ForkSafety facts) ->
                changed(draft, facts)
                        .map(change -> discard(draft, snapshot, change))
                        .orElseGet(() -> {
                            draft.cut(cutTime);
                            return standby.plan(spec, seen, draft);
                        });
            case Looked.Absent<ForkSafety> absent -> unchecked(draft, snapshot, "it has no running server");
            case Looked.Unknown<ForkSafety>(String reason) -> unchecked(draft, snapshot, reason);
        };
    }

    private <S> Plan<S> unchecked(StandbyDraft<S> draft, SnapshotState snapshot, String why) {
        return waiting(
                draft,
                new Wait(
                        "Cutting",
                        "LeaderNotAnswering",
                        "The snapshot is taken, but the primary cannot be checked again: " + why
                                + ". The instance goes on once it answers",
                        false),
                created(snapshot, draft.now()),
                List.of());
    }

    private <S> Plan<S> discard(StandbyDraft<S> draft, SnapshotState snapshot, String change) {
        draft.discardCut();
        return waiting(
                draft,
                Wait.forReason("SourceChanged", "The cut is discarded and made again: " + change),
                draft.now(),
                List.of(new Action.PersistIntent(), new Action.Delete(draft.owner(), snapshot.object())));
    }

    private <S> Plan<S> waiting(StandbyDraft<S> draft, Wait wait, Instant since, List<Action> actions) {
        draft.phase = draft.rebuild == null ? FollowerPhase.Cutting : FollowerPhase.Rebuilding;
        return StandbyPlans.waiting(draft, wait, since, deadline, actions);
    }

    private static Optional<String> changed(StandbyDraft<?> draft, ForkSafety facts) {
        return new CutOf(
                        Objects.requireNonNull(draft.seed.instance(), "noted before the cut"),
                        Objects.requireNonNull(draft.instance.systemIdentifier(), "noted before the cut"),
                        Objects.requireNonNull(draft.seed.timeline(), "noted before the cut"))
                .changed(facts);
    }

    private static Instant created(SnapshotState snapshot, Instant now) {
        var text = snapshot.object().getMetadata().getCreationTimestamp();
        return text == null ? now : Instant.parse(text);
    }
}
