package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.cut.SourceObserver;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Looks at everything that decides about a follower; changes nothing. What a stage does not need is not asked for. */
public final class FollowerObserver implements InstanceReconciler.Observer<PostgresFollower, FollowerObservation> {
    private final ObjectReader objects;
    private final FollowerLeaders leaders;
    private final Members members;
    private final SourceObserver source;
    private final InstanceObserver instances;
    private final ReplicationObserver replication;
    private final BesideWork beside;

    public FollowerObserver(
            ObjectReader objects,
            FollowerLeaders leaders,
            SourceObserver source,
            InstanceObserver instances,
            ReplicationObserver replication,
            BesideWork beside) {
        this.objects = objects;
        this.leaders = leaders;
        this.members = new Members(objects);
        this.source = source;
        this.instances = instances;
        this.replication = replication;
        this.beside = beside;
    }

    /** @param now for the age of objects */
    @Override
    public FollowerObservation observe(PostgresFollower follower, Instant now) {
        var draft = new FollowerStatusDraft(follower, now);
        var owner = draft.owner();
        var leader =
                leaders.find(owner.namespace(), follower.getSpec().follows()).filter(found -> isFollowed(draft, found));
        var all = leader.map(found -> members.of(found.owner())).orElse(List.of());
        var primary = leader.flatMap(found -> all.stream()
                .filter(member -> member.name().equals(found.primary()))
                .findFirst());
        var copied = draft.isCut() || follower.getMetadata().getDeletionTimestamp() != null;
        var copy = copied ? CopySource.NOT_LOOKED_AT : copySource(follower, draft, leader, primary);
        var template = template(follower, draft, leader, copy);
        var instance = instances.observe(owner, draft.generation(), template, !draft.hadStreamed() || isLeaving(draft));
        var seen = replication.observe(owner, instance, primary);
        var settled = template.filter(wanted -> instance.serves(wanted) || instance.servesReads(wanted));
        return new FollowerObservation(
                leader,
                all,
                seen,
                primary.map(member -> replication.commits(seen, member)).orElse(OptionalLong.empty()),
                copy,
                source.snapshot(owner.namespace(), draft.snapshotName()),
                instance,
                older(StatefulSet.class, draft),
                older(PersistentVolumeClaim.class, draft),
                settled.isPresent() ? Optional.empty() : instances.diagnose(instance, now));
    }

    /** Another resource may have been made under the same name since: its history is not the follower's. */
    private static boolean isFollowed(FollowerStatusDraft draft, LeaderInstance found) {
        var noted = draft.before().leader();
        return !draft.isSeedNoted()
                || noted == null
                || noted.uid() == null
                || noted.uid().equals(found.owner().uid());
    }

    /** Only the script knows whether quarantine has passed. */
    private static boolean isLeaving(FollowerStatusDraft draft) {
        return draft.unfollowed != null && draft.binding == null;
    }

    private static Optional<InstanceTemplate> template(
            PostgresFollower follower, FollowerStatusDraft draft, Optional<LeaderInstance> leader, CopySource copy) {
        return FollowerResources.recorded(follower, draft, leader)
                .or(() -> leader.map(found -> FollowerResources.early(
                        follower,
                        draft.generation(),
                        FollowerResources.effective(follower, found, copy.volume()),
                        found)));
    }

    private CopySource copySource(
            PostgresFollower follower,
            FollowerStatusDraft draft,
            Optional<LeaderInstance> leader,
            Optional<Member> primary) {
        if (leader.isEmpty() || primary.isEmpty()) {
            return CopySource.NOT_LOOKED_AT;
        }
        var member = primary.get();
        var volume = source.volume(member.owner().namespace(), member.names());
        var storage = Optional.ofNullable(follower.getSpec().storage());
        var wantedClass = storage.map(StorageSpec::volumeSnapshotClassName)
                .orElse(leader.get().template().volumeSnapshotClassName());
        return new CopySource(
                volume,
                source.safety(member.owner(), member.address()),
                volume.map(existing -> source.snapshotClass(existing, wantedClass)),
                volume.flatMap(existing -> otherDriver(storage, existing)),
                beside.progress(draft.copyKey().work(), CutPreparation.class));
    }

    private Optional<String> otherDriver(Optional<StorageSpec> storage, SourceVolume volume) {
        return storage.map(StorageSpec::storageClassName)
                .filter(name -> !name.equals(volume.storageClassName()))
                .flatMap(source::driverOf)
                .filter(driver -> !driver.equals(volume.driver()));
    }

    private <T extends HasMetadata> List<T> older(Class<T> type, FollowerStatusDraft draft) {
        var owner = draft.owner();
        return objects.list(type, owner.namespace(), Map.of(Labels.INSTANCE, owner.name())).stream()
                .filter(owner::owns)
                .filter(object -> !Integer.toString(draft.generation())
                        .equals(object.getMetadata().getLabels().get(Labels.GENERATION)))
                .toList();
    }
}
