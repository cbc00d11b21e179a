package dev.pgfork.operator.fork;

import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.instance.InstanceDiagnosis;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.SnapshotState;
import dev.pgfork.operator.storage.SourceVolume;
import java.util.List;
import java.util.Optional;

/**
 * What was seen of a fork.
 *
 * @param source the resource that is forked; empty: there is none
 * @param sourceVolume its volume; empty: none, or not bound yet
 * @param sourceAddress where its server is; empty: it has no running pod
 * @param safety what the source's server says now; Absent: not asked, because the cut is done or there is no server
 * @param snapshotClass of the cut; empty: not looked for, because the cut is done or there is no volume
 * @param preparation how far the work before the cut is; empty: not begun
 * @param awaiting whether a wait for the opening is under way
 * @param snapshot the fork's own VolumeSnapshot
 * @param members its own and its followers
 * @param replication what its server says of followers, those that are no more, too; Absent: it does not serve
 * @param trouble what keeps the instance from serving, if anything does
 */
public record ForkObservation(
        Optional<SourceInstance> source,
        Optional<SourceVolume> sourceVolume,
        Optional<ServerAddress> sourceAddress,
        Looked<ForkSafety> safety,
        Optional<SnapshotClassChoice> snapshotClass,
        Optional<Progress<CutPreparation>> preparation,
        boolean awaiting,
        Optional<SnapshotState> snapshot,
        InstanceObservation instance,
        List<Member> members,
        Looked<ReplicationReport> replication,
        Optional<InstanceDiagnosis.Finding> trouble) {

    public ForkObservation {
        members = List.copyOf(members);
    }
}
