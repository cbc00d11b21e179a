package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.cut.SourceObserver;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.PodHold;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Looks at everything that decides about a standby; changes nothing. What a stage does not need is not asked for. */
public final class StandbyObserver {
    private final ObjectReader objects;
    private final SourceObserver source;
    private final InstanceObserver instances;
    private final ReplicationObserver replication;
    private final BesideWork beside;

    public StandbyObserver(
            ObjectReader objects,
            SourceObserver source,
            InstanceObserver instances,
            ReplicationObserver replication,
            BesideWork beside) {
        this.objects = objects;
        this.source = source;
        this.instances = instances;
        this.replication = replication;
        this.beside = beside;
    }

    /** @param primary of the leader; empty: there is none */
    public CopySource copySource(
            StandbySpec spec, StandbyDraft<?> draft, Optional<LeaderInstance> leader, Optional<Member> primary) {
        if (leader.isEmpty() || primary.isEmpty()) {
            return CopySource.NOT_LOOKED_AT;
        }
        var member = primary.get();
        var volume = source.volume(member.owner().namespace(), member.names());
        var storage = Optional.ofNullable(spec.block().storage());
        var wantedClass = storage.map(StorageSpec::volumeSnapshotClassName)
                .orElse(leader.get().template().volumeSnapshotClassName());
        return new CopySource(
                volume,
                source.safety(member.owner(), member.address()),
                volume.map(existing -> source.snapshotClass(existing, wantedClass)),
                volume.flatMap(existing -> otherDriver(storage, existing)),
                beside.progress(draft.copyKey().work(), CutPreparation.class));
    }

    /**
     * @param members of the leader, this standby among them
     * @param copy as {@link #copySource} saw it
     * @param template of the day; empty: not known yet
     * @param askScript whether its script has something to tell even while its server answers
     * @param now for the age of objects
     */
    public StandbyObservation observe(
            StandbyDraft<?> draft,
            Optional<LeaderInstance> leader,
            List<Member> members,
            CopySource copy,
            Optional<InstanceTemplate> template,
            boolean askScript,
            Instant now) {
        var owner = draft.owner();
        var primary = leader.flatMap(found -> primary(found, members));
        var conditions = draft.before().conditions();
        // What its replay needs its script knows.
        var instance = instances.observe(
                owner, draft.generation(), template, askScript || ParameterChange.isUnderWay(conditions));
        var seen = replication.observe(
                owner,
                instance,
                primary,
                primary.filter(member -> member.owner().equals(owner))
                        .flatMap(self -> others(self, members, conditions)));
        var settled = template.filter(wanted -> instance.serves(wanted) || instance.servesReads(wanted));
        return new StandbyObservation(
                leader,
                members,
                // After its slots: whoever has one by then is among them.
                new Members(objects).of(owner),
                seen,
                primary.map(member -> replication.commits(seen, member)).orElse(OptionalLong.empty()),
                copy,
                source.snapshot(owner.namespace(), draft.snapshotName()),
                otherSnapshots(owner, draft.snapshotName()),
                instance,
                others(StatefulSet.class, owner, draft.generation()),
                others(PersistentVolumeClaim.class, owner, draft.generation()),
                PodHold.held(objects, owner),
                settled.isPresent() ? Optional.empty() : instances.diagnose(instance, now));
    }

    /** Of the primary, and only while there is something to decide of its settings. */
    private Optional<Map<String, Looked<ServerReport>>> others(
            Member primary, List<Member> members, @Nullable List<Condition> conditions) {
        return ParameterChange.isUnderWay(conditions)
                ? Optional.of(instances.servers(
                        members.stream().filter(member -> !member.owner().equals(primary.owner()))))
                : Optional.empty();
    }

    /** Whose instance accepts the leader's writes; empty: it names none of its members. */
    public static Optional<Member> primary(LeaderInstance leader, List<Member> members) {
        return members.stream()
                .filter(member -> member.name().equals(leader.primary()))
                .findFirst();
    }

    private Optional<String> otherDriver(Optional<StorageSpec> storage, SourceVolume volume) {
        return storage.map(StorageSpec::storageClassName)
                .filter(name -> !name.equals(volume.storageClassName()))
                .flatMap(source::driverOf)
                .filter(driver -> !driver.equals(volume.driver()));
    }

    private List<VolumeSnapshot> otherSnapshots(Owner owner, String present) {
        return objects.isServed(VolumeSnapshot.class)
                ? objects.list(VolumeSnapshot.class, owner.namespace(), Map.of(Labels.INSTANCE, owner.name())).stream()
                        .filter(owner::owns)
                        .filter(snapshot -> !snapshot.getMetadata().getName().equals(present))
                        .toList()
                : List.of();
    }

    /** Of an instance's other generations. */
    public <T extends HasMetadata> List<T> others(Class<T> type, Owner owner, int generation) {
        return objects.list(type, owner.namespace(), Map.of(Labels.INSTANCE, owner.name())).stream()
                .filter(owner::owns)
                .filter(object -> !Integer.toString(generation)
                        .equals(object.getMetadata().getLabels().get(Labels.GENERATION)))
                .toList();
    }
}
