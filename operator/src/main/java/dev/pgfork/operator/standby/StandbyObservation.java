package dev.pgfork.operator.standby;

import dev.pgfork.operator.instance.InstanceDiagnosis;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.storage.SnapshotState;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What was seen of a follower.
 *
 * @param leader empty: there is none
 * @param members of the leader, this follower among them
 * @param following itself and those who follow it: a follower may be followed once it is unfollowed
 * @param replication what follower and primary say of each other
 * @param commits between what it has replayed and what the primary has written; empty: not counted
 * @param source what its volume is made of
 * @param snapshot of the present attempt
 * @param otherSnapshots of attempts and generations before
 * @param instance of the present generation
 * @param olderSets StatefulSets of generations before
 * @param olderVolumes claims of generations before
 * @param held pods that a failover keeps until it is on record how they ended
 * @param trouble what keeps the instance from serving, if anything does
 */
public record StandbyObservation(
        Optional<LeaderInstance> leader,
        List<Member> members,
        List<Member> following,
        ReplicationObservation replication,
        OptionalLong commits,
        CopySource source,
        Optional<SnapshotState> snapshot,
        List<VolumeSnapshot> otherSnapshots,
        InstanceObservation instance,
        List<StatefulSet> olderSets,
        List<PersistentVolumeClaim> olderVolumes,
        List<Pod> held,
        Optional<InstanceDiagnosis.Finding> trouble) {

    public StandbyObservation {
        members = List.copyOf(members);
        following = List.copyOf(following);
        otherSnapshots = List.copyOf(otherSnapshots);
        olderSets = List.copyOf(olderSets);
        olderVolumes = List.copyOf(olderVolumes);
        held = List.copyOf(held);
    }

    /** Of all attempts and generations. */
    public Stream<VolumeSnapshot> snapshots() {
        return Stream.concat(snapshot.map(SnapshotState::object).stream(), otherSnapshots.stream());
    }

    /** Claims of all generations. */
    public Stream<PersistentVolumeClaim> volumes() {
        return Stream.concat(instance.volume().stream(), olderVolumes.stream());
    }

    /** StatefulSets of all generations. */
    public Stream<StatefulSet> sets() {
        return Stream.concat(instance.statefulSet().stream(), olderSets.stream());
    }

    /** Whose instance accepts the leader's writes; empty: there is no leader, or it names none of its members. */
    public Optional<Member> primary() {
        return leader.flatMap(resource -> members.stream()
                .filter(member -> member.name().equals(resource.primary()))
                .findFirst());
    }

    /**
     * How it stands with its primary.
     *
     * @param maxLag bytes that it may be behind
     */
    public Standing standing(long maxLag) {
        return StandbyDiagnosis.of(replication, maxLag);
    }
}
