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
import dev.pgfork.operator.instance.ConfigurationRecall;
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
import dev.pgfork.operator.storage.SnapshotState;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks at everything that decides about a fork; changes nothing. What a stage does not need is not asked for. */
public final class ForkObserver implements InstanceReconciler.Observer<PostgresFork, ForkObservation> {
    private final ObjectReader objects;
    private final ConfigurationRecall configurations;
    private final ForkSources sources;
    private final SourceObserver source;
    private final InstanceObserver instances;
    private final BesideWork beside;
    private final Members members;
    private final OtherForks others;
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
        this.configurations = new ConfigurationRecall(objects);
        this.others = new OtherForks(objects, members);
        this.sanitizeSources = new SanitizeSources(objects);
    }

    @Override
    public PostgresFork recall(PostgresFork resource) {
        var status = Objects.requireNonNullElse(resource.getStatus(), PostgresForkStatus.EMPTY);
        return configurations
                .of(Owner.of(resource), ForkResources.generation(status), status.configuration())
                .map(found -> {
                    var known = new PostgresFork();
                    known.setMetadata(resource.getMetadata());
                    known.setSpec(resource.getSpec());
                    known.setStatus(status.withConfiguration(found));
                    return known;
                })
                .orElse(resource);
    }

    /** @param now for the age of objects */
    @Override
    public ForkObservation observe(PostgresFork fork, Instant now) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var belongings = belongings(fork);
        var next = Optional.ofNullable(status.next())
                .filter(any -> Deletions.remains(fork))
                .map(beside -> alone(ForkResources.beside(fork, beside), belongings, now))
                .map(beside -> beside.behind(status.expiredAt() == null ? 0 : others.ahead(fork, beside.source())));
        return alone(fork, belongings, now).with(next);
    }

    /** One generation. */
    private ForkObservation alone(PostgresFork fork, Belongings belongings, Instant now) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var attempt = Objects.requireNonNullElse(status.cutAttempt(), 1);
        var snapshots = snapshots(fork, ForkResources.generation(status), attempt);
        var cut = status.source() != null
                && status.source().cutTime() != null
                && !isToBeHandedOver(fork, status, belongings);
        return cut || status.expiredAt() != null || !Deletions.remains(fork)
                ? withoutSource(fork, status, snapshots, belongings, now)
                : withSource(fork, status, attempt, snapshots, belongings);
    }

    /** Until its volume is made its source may change its mind, and nobody in its namespace may decide for it. */
    private static boolean isToBeHandedOver(PostgresFork fork, PostgresForkStatus status, Belongings belongings) {
        return ForkResources.crosses(fork)
                && belongings.volume(ForkResources.generation(status)).isEmpty();
    }

    private record SeenSnapshots(Optional<SnapshotState> taken, Optional<SnapshotState> handedOver) {}

    /** A name proves nothing: what is not the fork's own is no snapshot of its source, whatever it says. */
    private SeenSnapshots snapshots(PostgresFork fork, int generation, int attempt) {
        var owner = Owner.of(fork);
        return new SeenSnapshots(
                source.snapshot(ForkResources.sourceNamespace(fork), ForkResources.cutName(fork, generation, attempt))
                        .filter(taken -> owner.owns(taken.object())),
                ForkResources.crosses(fork)
                        ? source.snapshot(
                                        fork.getMetadata().getNamespace(),
                                        ForkResources.snapshotName(fork, generation, attempt))
                                .filter(stands -> owner.owns(stands.object()))
                        : Optional.empty());
    }

    private Belongings belongings(PostgresFork fork) {
        var owner = Owner.of(fork);
        var abroad = ForkResources.crosses(fork) && objects.isServed(VolumeSnapshot.class);
        return new Belongings(
                all(StatefulSet.class, owner),
                // What is tried beside it belongs to no generation, and ends by itself.
                all(Pod.class, owner).stream()
                        .filter(pod -> pod.getMetadata().getLabels().containsKey(Labels.GENERATION))
                        .toList(),
                all(PersistentVolumeClaim.class, owner),
                objects.isServed(VolumeSnapshot.class) ? all(VolumeSnapshot.class, owner) : List.of(),
                all(ConfigMap.class, owner),
                abroad ? elsewhere(VolumeSnapshotContent.class, fork, null) : List.of(),
                abroad ? elsewhere(VolumeSnapshot.class, fork, ForkResources.sourceNamespace(fork)) : List.of());
    }

    private <T extends HasMetadata> List<T> all(Class<T> type, Owner owner) {
        return all(type, owner, owner.namespace());
    }

    /**
     * Nothing but the fork's finalizer takes these away: before it goes, a cache is not believed that there are none.
     */
    private <T extends HasMetadata> List<T> elsewhere(Class<T> type, PostgresFork fork, @Nullable String namespace) {
        var owner = Owner.of(fork);
        return Deletions.remains(fork) || neverCut(fork)
                ? all(type, owner, namespace)
                : objects
                        .listUncached(
                                type,
                                namespace,
                                Map.of(Labels.INSTANCE, owner.name(), Labels.OWNER_NAMESPACE, owner.namespace()))
                        .stream()
                        .filter(owner::owns)
                        .toList();
    }

    /** Nothing was made for it, and the operator may not even have the right to look there. */
    private static boolean neverCut(PostgresFork fork) {
        var status = fork.getStatus();
        return status != null
                && status.phase() != null
                && status.instance() == null
                && status.source() == null
                && status.next() == null
                && Objects.requireNonNullElse(status.cutAttempt(), 1) == 1;
    }

    private <T extends HasMetadata> List<T> all(Class<T> type, Owner owner, @Nullable String namespace) {
        return objects.list(type, namespace, Map.of(Labels.INSTANCE, owner.name())).stream()
                .filter(owner::owns)
                .toList();
    }

    private ForkObservation withSource(
            PostgresFork fork, PostgresForkStatus status, int attempt, SeenSnapshots snapshots, Belongings belongings) {
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
                snapshots.taken(),
                snapshots.handedOver(),
                others.ahead(fork, found),
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
            PostgresFork fork, PostgresForkStatus status, SeenSnapshots snapshots, Belongings belongings, Instant now) {
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
                others.cutting(fork),
                snapshots.taken(),
                snapshots.handedOver(),
                0,
                sanitizeSql(fork, status, instance),
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

    private Looked<SanitizeSql> sanitizeSql(
            PostgresFork fork, PostgresForkStatus status, InstanceObservation instance) {
        var steps = Objects.requireNonNullElse(status.sanitize(), List.<SanitizeStepStatus>of());
        return awaitedStep(instance)
                .filter(step -> step >= 1 && step <= steps.size())
                .map(step -> sanitizeSources.read(fork.getMetadata().getNamespace(), steps.get(step - 1)))
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
