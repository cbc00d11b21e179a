package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.action.Action.OpeningKey;
import dev.pgfork.operator.action.Action.SanitizeKey;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.cut.SourceObserver;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.SanitizeSql;
import dev.pgfork.operator.instance.Sanitizing;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SnapshotState;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Looks at everything that decides about a fork; changes nothing. What a stage does not need is not asked for. */
public final class ForkObserver implements InstanceReconciler.Observer<PostgresFork, ForkObservation> {
    private final ObjectReader objects;
    private final ForkSources sources;
    private final SourceObserver source;
    private final InstanceObserver instances;
    private final BesideWork beside;
    private final Members members;
    private final SanitizeSources sanitizeSources;

    public ForkObserver(
            ObjectReader objects,
            ForkSources sources,
            SourceObserver source,
            InstanceObserver instances,
            BesideWork beside) {
        this.objects = objects;
        this.sources = sources;
        this.source = source;
        this.instances = instances;
        this.beside = beside;
        this.members = new Members(objects);
        this.sanitizeSources = new SanitizeSources(objects);
    }

    /** @param now for the age of objects */
    @Override
    public ForkObservation observe(PostgresFork fork, Instant now) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var belongings = belongings(Owner.of(fork));
        var next = Optional.ofNullable(status.next())
                .filter(any -> Deletions.remains(fork))
                .map(beside -> alone(ForkResources.beside(fork, beside), belongings, now));
        return alone(fork, belongings, now).with(next);
    }

    /** One generation. */
    private ForkObservation alone(PostgresFork fork, Belongings belongings, Instant now) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var attempt = Objects.requireNonNullElse(status.cutAttempt(), 1);
        var snapshot = source.snapshot(
                fork.getMetadata().getNamespace(),
                ForkResources.snapshotName(fork, ForkResources.generation(status), attempt));
        var cut = status.source() != null && status.source().cutTime() != null;
        return cut || status.expiredAt() != null || !Deletions.remains(fork)
                ? withoutSource(fork, status, snapshot, belongings, now)
                : withSource(fork, status, attempt, snapshot, belongings);
    }

    private Belongings belongings(Owner owner) {
        return new Belongings(
                all(StatefulSet.class, owner),
                all(Pod.class, owner),
                all(PersistentVolumeClaim.class, owner),
                objects.isServed(VolumeSnapshot.class) ? all(VolumeSnapshot.class, owner) : List.of(),
                all(ConfigMap.class, owner));
    }

    private <T extends HasMetadata> List<T> all(Class<T> type, Owner owner) {
        return objects.list(type, owner.namespace(), Map.of(Labels.INSTANCE, owner.name())).stream()
                .filter(owner::owns)
                .toList();
    }

    private ForkObservation withSource(
            PostgresFork fork,
            PostgresForkStatus status,
            int attempt,
            Optional<SnapshotState> snapshot,
            Belongings belongings) {
        var generation = ForkResources.generation(status);
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
        var stopped = found.flatMap(SourceInstance::stopped);
        return new ForkObservation(
                found,
                volume,
                address,
                found.map(from -> safety(from, address)).orElseGet(Looked.Absent::new),
                volume.map(existing -> source.snapshotClass(existing, wantedClass)),
                stopped.map(at -> prepared(found.get(), at))
                        .or(() -> beside.progress(
                                ForkResources.cutKey(fork, generation, attempt, found)
                                        .work(),
                                CutPreparation.class)),
                false,
                List.of(),
                snapshot,
                new Looked.Absent<>(),
                Optional.empty(),
                instances.observe(
                        Owner.of(fork),
                        generation,
                        ForkResources.recorded(fork, status)
                                .or(() -> effective.map(settings -> ForkResources.early(fork, generation, settings))),
                        false),
                members.of(Owner.of(fork)),
                new Looked.Absent<>(),
                Optional.empty(),
                belongings,
                Optional.empty());
    }

    private ForkObservation withoutSource(
            PostgresFork fork,
            PostgresForkStatus status,
            Optional<SnapshotState> snapshot,
            Belongings belongings,
            Instant now) {
        var owner = Owner.of(fork);
        var generation = ForkResources.generation(status);
        var template = ForkResources.recorded(fork, status);
        var instance = instances.observe(owner, generation, template, !wasReady(status));
        var serves = template.filter(instance::serves).isPresent();
        var replication = serves
                ? instances.replication(owner, members.of(owner).getFirst().address())
                : new Looked.Absent<ReplicationReport>();
        return new ForkObservation(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Looked.Absent<>(),
                Optional.empty(),
                beside.progress(SuspensionPlanner.key(fork, status).work(), CutPreparation.class),
                awaited(fork, generation),
                cutting(fork),
                snapshot,
                sanitizeSql(status, instance),
                sanitizing(fork, instance),
                instance,
                // After its slots: whoever has one by then is among them.
                members.of(owner),
                replication,
                serves ? Optional.empty() : instances.diagnose(instance, now),
                belongings,
                Optional.empty());
    }

    private Looked<ForkSafety> safety(SourceInstance from, Optional<ServerAddress> address) {
        return from.stopped()
                .<Looked<ForkSafety>>map(at -> new Looked.Found<>(at.safety(from.instance())))
                .orElseGet(() -> source.safety(from.instance(), address));
    }

    /** The work before the cut was done when it was stopped: all is on its volume, up to a position that was noted. */
    private static Progress<CutPreparation> prepared(SourceInstance from, SourceInstance.Stopped at) {
        return new Progress.Done<>(new CutPreparation(at.safety(from.instance()), at.position(), false, null));
    }

    private List<String> cutting(PostgresFork fork) {
        var owner = Owner.of(fork);
        return objects.forksOf(owner.kind(), owner.namespace(), owner.name()).stream()
                .filter(copy -> copy.getStatus() != null && holdsUp(copy.getStatus()))
                .filter(Deletions::remains)
                .map(copy -> copy.getMetadata().getName())
                .sorted()
                .toList();
    }

    /** One that stalls may never be cut, and its source would never expire. */
    static boolean holdsUp(PostgresForkStatus copy) {
        return copy.isCutting() && !Conditions.isTrue(copy.conditions(), Conditions.STALLED);
    }

    private Looked<SanitizeSql> sanitizeSql(PostgresForkStatus status, InstanceObservation instance) {
        var steps = Objects.requireNonNullElse(status.sanitize(), List.<SanitizeStepStatus>of());
        return awaitedStep(instance)
                .filter(step -> step >= 1 && step <= steps.size())
                .map(step -> sanitizeSources.read(steps.get(step - 1)))
                .orElseGet(Looked.Absent::new);
    }

    private Optional<Progress<ScriptStatus>> sanitizing(PostgresFork fork, InstanceObservation instance) {
        return awaitedStep(instance)
                .flatMap(step -> instance.pod()
                        .flatMap(pod -> beside.progress(
                                new SanitizeKey(
                                                Owner.of(fork),
                                                pod.getMetadata().getUid(),
                                                step)
                                        .work(),
                                ScriptStatus.class)));
    }

    private static Optional<Integer> awaitedStep(InstanceObservation instance) {
        return instance.script()
                .found()
                .filter(ScriptStatus::awaitsStep)
                .map(ScriptStatus::sanitizing)
                .map(Sanitizing::step);
    }

    private static boolean wasReady(PostgresForkStatus status) {
        return status.timings() != null && status.timings().ready() != null;
    }

    private boolean awaited(PostgresFork fork, int generation) {
        var owner = Owner.of(fork);
        var names = new InstanceNames(owner.name(), generation);
        return objects.get(Pod.class, owner.namespace(), names.pod()).stream()
                .flatMap(pod ->
                        beside
                                .progress(
                                        new OpeningKey(owner, pod.getMetadata().getUid()).work(), ScriptStatus.class)
                                .stream())
                .anyMatch(progress -> progress instanceof Progress.Running<ScriptStatus>);
    }
}
