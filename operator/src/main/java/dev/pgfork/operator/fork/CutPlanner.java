package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.cut.CutOf;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.status.Wait;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.SnapshotState;
import dev.pgfork.operator.storage.Snapshots;
import dev.pgfork.operator.storage.SourceVolume;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Between the noted position and the accepted cut. The source is looked at a second time after the cut: only what was
 * safe before and after it, on one timeline of one server, was safe in between. So is what its owner allows.
 */
final class CutPlanner {
    private final OpeningPlanner opening;
    private final Duration deadline;

    CutPlanner(OpeningPlanner opening, Duration deadline) {
        this.opening = opening;
        this.deadline = deadline;
    }

    Plan<PostgresForkStatus> plan(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        draft.phase = ForkPhase.Cutting;
        var change = MaskingWall.change(fork, seen.source())
                .or(() -> ForkLimit.excess(seen)
                        .map(most -> "its source allows %d forks at a time, and others were first".formatted(most)));
        if (change.isPresent()) {
            return discard(fork, seen, draft, change.get());
        }
        return seen.snapshot()
                .map(snapshot -> snapshot.cutTime() == null
                        ? waitForCut(draft, snapshot)
                        : check(fork, seen, draft, snapshot, snapshot.cutTime()))
                .orElseGet(() -> takeAgain(fork, seen, draft));
    }

    /**
     * Between the acceptance and the volume in another namespace. Storage may take long until a snapshot can be used,
     * and what the fork's status says of it is not the source's word.
     *
     * @return empty: the cut stays
     */
    Optional<Plan<PostgresForkStatus>> takenBack(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        var untouched =
                draft.timings.bound() == null && seen.instance().volume().isEmpty() && draft.expiredAt == null;
        return seen.snapshot()
                .filter(taken -> untouched && taken.handle() != null)
                .flatMap(taken -> MaskingWall.change(fork, seen.source())
                        .or(() -> MaskingWall.otherVolume(fork, seen.sourceVolume(), taken)))
                .map(change -> discard(fork, seen, draft, change));
    }

    private Plan<PostgresForkStatus> waitForCut(ForkStatusDraft draft, SnapshotState snapshot) {
        var name = Snapshots.describe(snapshot.object());
        var message = name + " has not been taken yet"
                + Optional.ofNullable(snapshot.error())
                        .map(error -> ": " + error)
                        .orElse(". Look at its events and at the CSI driver's snapshotter");
        return ForkPlans.waiting(
                draft,
                new Wait("Cutting", "SnapshotNotReady", message, false),
                created(snapshot, draft.now()),
                deadline,
                draft.now(),
                List.of());
    }

    /** The snapshot was never made (the operator ended just before), or somebody deleted it. The note still holds. */
    private Plan<PostgresForkStatus> takeAgain(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        var other = otherVolume(seen, draft, Optional.empty());
        if (other.isPresent()) {
            return discard(fork, seen, draft, other.get());
        }
        var choice = seen.snapshotClass().orElse(null);
        var volume = seen.sourceVolume();
        if (!(choice instanceof SnapshotClassChoice.Chosen(String className, var _)) || volume.isEmpty()) {
            return ForkPlans.waiting(
                    draft,
                    Wait.forReason("SourceNotReady", "The source's volume or its snapshot class is gone"),
                    draft.requestedAt(),
                    deadline,
                    draft.now(),
                    List.of());
        }
        var snapshot = ForkResources.snapshot(fork, draft.generation(), draft.cutAttempt, volume.get(), className);
        return ForkPlans.waiting(
                draft,
                new Wait("Cutting", "SnapshotNotReady", "Taking a snapshot of the source", false),
                draft.now(),
                deadline,
                draft.now(),
                List.of(new Action.Create(Owner.of(fork), snapshot)));
    }

    private Plan<PostgresForkStatus> check(
            PostgresFork fork, ForkObservation seen, ForkStatusDraft draft, SnapshotState snapshot, Instant cutTime) {
        return switch (seen.safety()) {
            case Looked.Found<ForkSafety>(ForkSafety facts) ->
                changed(draft, facts)
                        .or(() -> otherVolume(seen, draft, Optional.of(snapshot)))
                        .map(change -> discard(fork, seen, draft, change))
                        .orElseGet(() -> accept(fork, seen, draft, cutTime));
            case Looked.Absent<ForkSafety> absent ->
                asleep(seen)
                        .map(change -> discard(fork, seen, draft, change))
                        .orElseGet(() -> unchecked(draft, snapshot, "it has no running server"));
            case Looked.Unknown<ForkSafety>(String reason) -> unchecked(draft, snapshot, reason);
        };
    }

    private Plan<PostgresForkStatus> accept(
            PostgresFork fork, ForkObservation seen, ForkStatusDraft draft, Instant cutTime) {
        draft.cut(cutTime);
        // The latest word: it may have changed since the position was noted.
        seen.source().map(SourceInstance::consent).ifPresent(draft::inherit);
        return opening.plan(fork, seen, draft);
    }

    private Plan<PostgresForkStatus> unchecked(ForkStatusDraft draft, SnapshotState snapshot, String why) {
        return ForkPlans.waiting(
                draft,
                new Wait(
                        "Cutting",
                        "SourceNotAnswering",
                        "The snapshot is taken, but the source cannot be checked again: " + why
                                + ". The fork goes on once it answers",
                        false),
                created(snapshot, draft.now()),
                deadline,
                draft.now(),
                List.of());
    }

    private Plan<PostgresForkStatus> discard(
            PostgresFork fork, ForkObservation seen, ForkStatusDraft draft, String change) {
        var owner = Owner.of(fork);
        var handedOver = seen.belongings().handOver(ForkResources.cutName(fork, draft.generation(), draft.cutAttempt));
        draft.discardCut();
        draft.phase = ForkPhase.Cutting;
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(Deletions.of(owner, seen.handedOver().map(SnapshotState::object)));
        actions.addAll(Deletions.of(owner, handedOver));
        actions.addAll(Deletions.of(owner, seen.snapshot().map(SnapshotState::object)));
        return ForkPlans.waiting(
                draft,
                Wait.forReason("SourceChanged", "The cut is discarded and made again: " + change),
                draft.now(),
                deadline,
                draft.now(),
                actions);
    }

    private static Optional<String> changed(ForkStatusDraft draft, ForkSafety facts) {
        return new CutOf(
                        Objects.requireNonNull(draft.source.instance(), "noted with the position"),
                        Objects.requireNonNull(draft.instance.systemIdentifier(), "noted with the position"),
                        Objects.requireNonNull(draft.source.timeline(), "noted with the position"))
                .changed(facts);
    }

    /**
     * A follower that was rebuilt, a fork that was reset, or a database whose primary is another one now, has another
     * volume than the position was noted for, or than was cut.
     */
    private static Optional<String> otherVolume(
            ForkObservation seen, ForkStatusDraft draft, Optional<SnapshotState> snapshot) {
        var noted = draft.source.volume();
        var cut = snapshot.map(state -> state.object().getSpec().getSource().getPersistentVolumeClaimName());
        return seen.sourceVolume()
                .map(SourceVolume::claim)
                .flatMap(now -> Stream.concat(Stream.ofNullable(noted), cut.stream())
                        .filter(other -> !other.equals(now))
                        .findFirst()
                        .map(other -> "the source's data are on volume " + now + " now, and the cut is of " + other));
    }

    /** A source that is stopped may stay so, and if its position is not known nobody can say anything of the cut. */
    private static Optional<String> asleep(ForkObservation seen) {
        return seen.source()
                .filter(source -> Set.of("SourceSuspended", "SourceExpired").contains(source.reason()))
                .map(source -> "the source was stopped before it could be checked again");
    }

    private static Instant created(SnapshotState snapshot, Instant now) {
        var text = snapshot.object().getMetadata().getCreationTimestamp();
        return text == null ? now : Instant.parse(text);
    }
}
