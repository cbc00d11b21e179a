package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.cut.CopyConditions;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.status.Wait;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.Snapshots;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Before anything is noted: whether the fork may be made at all, and then the work on the source that comes before the
 * cut. Whatever is found wrong here leaves nothing behind.
 */
final class PreparationPlanner {
    private final InstanceActions instances;
    private final Duration deadline;

    PreparationPlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.deadline = deadline;
    }

    Plan<PostgresForkStatus> plan(PostgresFork fork, ForkObservation seen, ForkStatusDraft draft) {
        var refusal = refusedByItself(fork, seen);
        if (refusal.isPresent()) {
            return refuse(fork, seen, draft, refusal.get());
        }
        if (seen.source().isEmpty() && ForkResources.crosses(fork)) {
            return refuse(fork, seen, draft, notAllowed(fork));
        }
        if (seen.source().isEmpty()) {
            return wait(
                    draft,
                    Wait.forReason(
                            "SourceNotFound",
                            "There is no " + source(fork) + "; the fork is made as soon as there is"));
        }
        var source = seen.source().get();
        var forbidden = refusedByOwner(fork, seen, source);
        if (forbidden.isPresent()) {
            return refuse(fork, seen, draft, forbidden.get());
        }
        return source.serves()
                ? planOf(fork, seen, draft, source)
                : wait(
                        draft,
                        Wait.forReason(source.reason(), source(fork) + " cannot be forked now: " + source.trouble()));
    }

    private Plan<PostgresForkStatus> planOf(
            PostgresFork fork, ForkObservation seen, ForkStatusDraft draft, SourceInstance source) {
        var template = source.template().orElseThrow();
        var effective = ForkResources.effective(fork.getSpec(), template, seen.sourceVolume());
        var wrong = instances
                .wrongParameters(ForkResources.early(fork, draft.generation(), effective))
                .map(message -> new Refusal("InvalidParameters", message))
                .or(() -> refusedByRules(fork, source))
                .or(() -> refusedByStorage(fork, seen))
                .or(() -> seen.safety().found().flatMap(facts -> refusedBySource(fork, facts)));
        if (wrong.isPresent()) {
            return refuse(fork, seen, draft, wrong.get());
        }
        var missing =
                missing(fork, seen).or(() -> seen.safety().found().flatMap(facts -> otherRole(fork, template, facts)));
        if (missing.isPresent()) {
            return wait(draft, missing.get());
        }
        return seen.preparation()
                .map(progress -> prepared(fork, seen, draft, source, effective, progress))
                .orElseGet(() -> begin(fork, seen, draft, effective, Optional.empty()));
    }

    private Plan<PostgresForkStatus> prepared(
            PostgresFork fork,
            ForkObservation seen,
            ForkStatusDraft draft,
            SourceInstance source,
            EffectiveSettings effective,
            Progress<CutPreparation> progress) {
        return switch (progress) {
            case Progress.Running<CutPreparation> running -> {
                draft.phase = ForkPhase.Cutting;
                yield wait(
                        draft,
                        new Wait(
                                "Checkpointing",
                                "SourceNotAnswering",
                                "Waiting for the CHECKPOINT of " + source(fork),
                                false));
            }
            case Progress.Failed<CutPreparation>(String message) ->
                begin(fork, seen, draft, effective, Optional.of(message));
            case Progress.Done<CutPreparation>(CutPreparation done) ->
                refusedBySource(fork, done.safety())
                        .map(objection -> refuse(fork, seen, draft, objection))
                        .orElseGet(() -> cut(fork, seen, draft, source, effective, done));
        };
    }

    /** Takes the name, and lets the source work while the fork's own objects are made. */
    private Plan<PostgresForkStatus> begin(
            PostgresFork fork,
            ForkObservation seen,
            ForkStatusDraft draft,
            EffectiveSettings effective,
            Optional<String> failure) {
        var early = ForkResources.early(fork, draft.generation(), effective);
        draft.phase = ForkPhase.Cutting;
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(draft.beside ? List.of() : instances.claim(early, seen.instance()));
        actions.add(new Action.PrepareCut(
                ForkResources.cutKey(fork, draft.generation(), draft.cutAttempt, seen.source()),
                seen.sourceAddress().orElseThrow(),
                Objects.requireNonNullElse(fork.getSpec().checkpoint(), CheckpointPolicy.Auto)));
        actions.addAll(instances.prepare(early, seen.instance()));
        var message = failure.map(
                        reason -> "Preparing " + source(fork) + " for the cut failed and is tried again: " + reason)
                .orElse("Preparing " + source(fork) + " for the cut");
        return ForkPlans.waiting(
                draft,
                new Wait("Preparing", "SourceNotAnswering", message, false),
                draft.requestedAt(),
                deadline,
                draft.now(),
                actions);
    }

    /** The position is noted first: without it nobody could prove later that the copy holds all that it must. */
    private Plan<PostgresForkStatus> cut(
            PostgresFork fork,
            ForkObservation seen,
            ForkStatusDraft draft,
            SourceInstance source,
            EffectiveSettings effective,
            CutPreparation done) {
        draft.cutting(source, seen.sourceVolume().orElseThrow(), done, effective);
        // A volume before its cut is one whose status was lost: what it was made for is still demanded of it.
        seen.instance().volume().flatMap(LostRecord::sanitize).ifPresent(draft.sanitizing::begin);
        draft.phase = ForkPhase.Cutting;
        var choice = (SnapshotClassChoice.Chosen) seen.snapshotClass().orElseThrow();
        CopyConditions.snapshot(draft.conditions, choice.traits());
        var snapshot = ForkResources.snapshot(
                fork, draft.generation(), draft.cutAttempt, seen.sourceVolume().orElseThrow(), choice.name());
        // Of a source that is stopped nothing has been made yet: there was nothing to wait for.
        var early = ForkResources.early(fork, draft.generation(), effective);
        var actions = new ArrayList<Action>();
        actions.add(new Action.PersistIntent());
        actions.addAll(draft.beside ? List.of() : instances.claim(early, seen.instance()));
        actions.add(new Action.Create(Owner.of(fork), snapshot));
        actions.addAll(instances.prepare(early, seen.instance()));
        return ForkPlans.waiting(
                draft,
                new Wait("Cutting", "SnapshotNotReady", "Taking a snapshot of " + source(fork), false),
                draft.now(),
                deadline,
                draft.now(),
                actions);
    }

    private Optional<Refusal> refusedByItself(PostgresFork fork, ForkObservation seen) {
        var own = Objects.requireNonNullElse(fork.getSpec().parameters(), java.util.Map.<String, String>of());
        var archiving = own.keySet().stream()
                .filter(name -> name.startsWith("archive_"))
                .sorted()
                .toList();
        if (!archiving.isEmpty()) {
            return Optional.of(new Refusal(
                    "InvalidParameters",
                    "spec.parameters: remove " + String.join(", ", archiving)
                            + ": a fork never archives, it could overwrite its source's archive"));
        }
        if (isItself(fork)) {
            return Optional.of(new Refusal("SourceIsItself", "spec.from names this fork: name another resource"));
        }
        return seen.instance().nameTaken().map(taken -> new Refusal("NameTaken", taken));
    }

    /** A superuser reads what the source's steps have left in dead rows, and can leave itself a way back. */
    private static Optional<Refusal> refusedByRules(PostgresFork fork, SourceInstance source) {
        return Objects.requireNonNullElse(fork.getSpec().sanitize(), List.<SanitizeStep>of()).stream()
                .filter(step -> step.as() == SanitizeStep.As.Superuser)
                .filter(step -> !source.rules().steps().isEmpty())
                .findFirst()
                .map(step -> new Refusal(
                        "SuperuserStepRefused",
                        "Sanitize step " + step.name() + " is as: Superuser, which a fork of " + source(fork)
                                + " may not have of its own, because that demands steps of its forks. Make it as: Owner,"
                                + " or have the owner of the data demand it"));
    }

    private static boolean isItself(PostgresFork fork) {
        var from = fork.getSpec().from();
        return from.resourceKind().equals(PostgresFork.KIND)
                && from.name().equals(fork.getMetadata().getName())
                && !ForkResources.crosses(fork);
    }

    /** In the same words whether there is no such source or it does not consent: that is for its namespace to know. */
    private static Refusal notAllowed(PostgresFork fork) {
        return new Refusal(
                "NotAllowed",
                ("There is no %s that allows forks in namespace %s. If there is one, its spec.forks.namespaces must allow"
                                + " this namespace, and the chart's forksAcrossNamespaces must be true")
                        .formatted(source(fork), fork.getMetadata().getNamespace()));
    }

    /** What the owner of the data demands, of a fork that may know that they exist. */
    private static Optional<Refusal> refusedByOwner(PostgresFork fork, ForkObservation seen, SourceInstance source) {
        return MaskingWall.refusal(fork, source)
                .or(() -> ForkLimit.excess(seen)
                        .map(most -> new Refusal(
                                ForkLimit.REASON,
                                ("%s allows %d forks at a time, in spec.forks.maxForks, and there are as many. This one is made"
                                                + " when another one has been deleted or has expired")
                                        .formatted(source(fork), most))));
    }

    private static Optional<Refusal> refusedByStorage(PostgresFork fork, ForkObservation seen) {
        if (seen.snapshotClass().orElse(null) instanceof SnapshotClassChoice.Wrong(String reason, String message)) {
            return Optional.of(new Refusal(reason, message));
        }
        var wanted = Optional.ofNullable(fork.getSpec().storage())
                .map(StorageSpec::size)
                .map(Quantity::new)
                .orElse(null);
        return seen.sourceVolume()
                .flatMap(volume -> Snapshots.tooSmall(wanted, volume))
                .map(message -> new Refusal("StorageSmaller", "spec." + message));
    }

    private static Optional<Refusal> refusedBySource(PostgresFork fork, ForkSafety facts) {
        return facts.objection()
                .map(objection -> new Refusal(
                        objection.reason(), source(fork) + " cannot be forked safely: " + objection.remedy()));
    }

    /** A former primary that follows now is behind, and a follower that was promoted is another source. */
    private static Optional<Wait> otherRole(PostgresFork fork, InstanceTemplate source, ForkSafety facts) {
        var standby = source.role() == Role.STANDBY;
        return facts.inRecovery() == standby
                ? Optional.empty()
                : Optional.of(Wait.forReason(
                        "SourceChanging",
                        source(fork) + (standby ? " accepts writes, but should follow" : " is in recovery")
                                + ": its role is changing. The fork goes on when that is done"));
    }

    private static Optional<Wait> missing(PostgresFork fork, ForkObservation seen) {
        if (seen.snapshotClass().orElse(null) instanceof SnapshotClassChoice.Missing(String reason, String message)) {
            return Optional.of(Wait.forReason(reason, message));
        }
        if (seen.safety() instanceof Looked.Unknown<ForkSafety>(String reason)) {
            return Optional.of(Wait.forReason("SourceNotAnswering", source(fork) + " does not answer: " + reason));
        }
        var incomplete = seen.snapshotClass().isEmpty()
                || seen.sourceVolume().isEmpty()
                || (seen.sourceAddress().isEmpty()
                        && seen.source().flatMap(SourceInstance::stopped).isEmpty())
                || seen.safety().found().isEmpty();
        return incomplete
                ? Optional.of(
                        Wait.forReason("SourceNotReady", source(fork) + " has no running server or no volume yet"))
                : Optional.empty();
    }

    private Plan<PostgresForkStatus> refuse(
            PostgresFork fork, ForkObservation seen, ForkStatusDraft draft, Refusal refusal) {
        var cleaning =
                // A volume is there without a cut only if the status was lost: it is not this refusal's to delete.
                draft.beside || !seen.belongings().volumes().isEmpty()
                        ? List.<Action>of()
                        : ForkPlanner.removeEverything(instances, Owner.of(fork), seen);
        return ForkPlans.refused(draft, refusal.reason(), refusal.message(), cleaning);
    }

    private Plan<PostgresForkStatus> wait(ForkStatusDraft draft, Wait wait) {
        var since = waitingSince(draft);
        return ForkPlans.waiting(draft, wait, since, deadline, draft.now(), List.of());
    }

    private static Instant waitingSince(ForkStatusDraft draft) {
        return draft.requestedAt();
    }

    private static String source(PostgresFork fork) {
        var from = fork.getSpec().from();
        return from.resourceKind() + " " + ForkResources.sourceNamespace(fork) + "/" + from.name();
    }
}
