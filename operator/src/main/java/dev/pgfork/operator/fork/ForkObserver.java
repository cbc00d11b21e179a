package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.action.Action.CutKey;
import dev.pgfork.operator.action.Action.OpeningKey;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.cut.SourceObserver;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.storage.SnapshotState;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** Looks at everything that decides about a fork; changes nothing. What a stage does not need is not asked for. */
public final class ForkObserver implements InstanceReconciler.Observer<PostgresFork, ForkObservation> {
    private final ObjectReader objects;
    private final ForkSources sources;
    private final Members members;
    private final SourceObserver source;
    private final InstanceObserver instances;
    private final BesideWork beside;

    public ForkObserver(
            ObjectReader objects,
            ForkSources sources,
            SourceObserver source,
            InstanceObserver instances,
            BesideWork beside) {
        this.objects = objects;
        this.sources = sources;
        this.members = new Members(objects);
        this.source = source;
        this.instances = instances;
        this.beside = beside;
    }

    /** @param now for the age of objects */
    @Override
    public ForkObservation observe(PostgresFork fork, Instant now) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var attempt = Objects.requireNonNullElse(status.cutAttempt(), 1);
        var snapshot = source.snapshot(fork.getMetadata().getNamespace(), ForkResources.snapshotName(fork, attempt));
        var cut = status.source() != null && status.source().cutTime() != null;
        var deleting = fork.getMetadata().getDeletionTimestamp() != null;
        return cut || deleting
                ? withoutSource(fork, status, snapshot, now)
                : withSource(fork, status, attempt, snapshot);
    }

    private ForkObservation withSource(
            PostgresFork fork, PostgresForkStatus status, int attempt, Optional<SnapshotState> snapshot) {
        var found =
                sources.find(fork.getMetadata().getNamespace(), fork.getSpec().from());
        var template = found.flatMap(SourceInstance::template);
        var volume = found.flatMap(from -> source.volume(from.instance().namespace(), from.names()));
        var address = found.flatMap(from -> source.address(from.instance().namespace(), from.names()));
        var effective = template.map(from -> ForkResources.effective(fork.getSpec(), from, volume));
        var wantedClass = effective
                .map(EffectiveSettings::storage)
                .map(StorageSpec::volumeSnapshotClassName)
                .orElse(null);
        return new ForkObservation(
                found,
                volume,
                address,
                found.map(from -> source.safety(from.instance(), address)).orElseGet(Looked.Absent::new),
                volume.map(existing -> source.snapshotClass(existing, wantedClass)),
                beside.progress(
                        new CutKey(Owner.of(fork), ForkResources.GENERATION, attempt).work(), CutPreparation.class),
                false,
                snapshot,
                instances.observe(
                        Owner.of(fork),
                        ForkResources.GENERATION,
                        ForkResources.recorded(fork, status)
                                .or(() -> effective.map(settings -> ForkResources.early(fork, settings))),
                        false),
                members.of(Owner.of(fork)),
                new Looked.Absent<>(),
                Optional.empty());
    }

    private ForkObservation withoutSource(
            PostgresFork fork, PostgresForkStatus status, Optional<SnapshotState> snapshot, Instant now) {
        var owner = Owner.of(fork);
        var template = ForkResources.recorded(fork, status);
        var instance = instances.observe(owner, ForkResources.GENERATION, template, !wasReady(status));
        var serves = template.filter(instance::serves).isPresent();
        var all = members.of(owner);
        return new ForkObservation(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Looked.Absent<>(),
                Optional.empty(),
                Optional.empty(),
                awaited(fork),
                snapshot,
                instance,
                all,
                serves ? instances.replication(owner, all.getFirst().address()) : new Looked.Absent<>(),
                serves ? Optional.empty() : instances.diagnose(instance, now));
    }

    private static boolean wasReady(PostgresForkStatus status) {
        return status.timings() != null && status.timings().ready() != null;
    }

    private boolean awaited(PostgresFork fork) {
        var owner = Owner.of(fork);
        var names = new InstanceNames(owner.name(), ForkResources.GENERATION);
        return objects.get(Pod.class, owner.namespace(), names.pod()).stream()
                .flatMap(pod ->
                        beside
                                .progress(
                                        new OpeningKey(owner, pod.getMetadata().getUid()).work(), ScriptStatus.class)
                                .stream())
                .anyMatch(progress -> progress instanceof Progress.Running<ScriptStatus>);
    }
}
