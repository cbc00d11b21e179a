package dev.pgfork.operator.fork;

import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.instance.InstanceDiagnosis;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.SanitizeSql;
import dev.pgfork.operator.instance.ScriptStatus;
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
 * @param preparation how far the work before the cut is, or that before a suspension; empty: not begun
 * @param awaiting whether a wait for the opening is under way
 * @param cutting names of the forks that are being cut from it
 * @param snapshot the VolumeSnapshot of the source that was taken for the fork
 * @param handedOver the one in the fork's namespace that stands for it; empty: none, or the two are one
 * @param ahead how many forks of the source come before this one, as far as {@code maxForks} counts them
 * @param members its own and its followers
 * @param replication what its server says of followers, those that are no more, too; Absent: it does not serve
 * @param sanitizeSql of the step that the script waits for; Absent: there is none, or it waits for none
 * @param sanitizing how far the work on that step is; empty: not begun
 * @param trouble what keeps the instance from serving, if anything does
 * @param belongings of all generations
 * @param next of the generation that a reset makes, as if it were alone; empty: none runs
 */
public record ForkObservation(
        Optional<SourceInstance> source,
        Optional<SourceVolume> sourceVolume,
        Optional<ServerAddress> sourceAddress,
        Looked<ForkSafety> safety,
        Optional<SnapshotClassChoice> snapshotClass,
        Optional<Progress<CutPreparation>> preparation,
        boolean awaiting,
        List<String> cutting,
        Optional<SnapshotState> snapshot,
        Optional<SnapshotState> handedOver,
        int ahead,
        Looked<SanitizeSql> sanitizeSql,
        Optional<Progress<ScriptStatus>> sanitizing,
        InstanceObservation instance,
        List<Member> members,
        Looked<ReplicationReport> replication,
        Optional<InstanceDiagnosis.Finding> trouble,
        Belongings belongings,
        Optional<ForkObservation> next) {

    public ForkObservation {
        members = List.copyOf(members);
        cutting = List.copyOf(cutting);
    }

    /** Names of those that follow the fork; one that is being deleted still has something to take back from it. */
    List<String> followers() {
        return members.stream()
                .filter(member -> !member.isLeadersOwn())
                .map(Member::name)
                .toList();
    }

    /** The same, with so many forks of its source that come before it. */
    ForkObservation behind(int others) {
        return changed(others, next);
    }

    /** The same, with what was seen of the generation that a reset makes. */
    ForkObservation with(Optional<ForkObservation> beside) {
        return changed(ahead, beside);
    }

    private ForkObservation changed(int others, Optional<ForkObservation> beside) {
        return new ForkObservation(
                source,
                sourceVolume,
                sourceAddress,
                safety,
                snapshotClass,
                preparation,
                awaiting,
                cutting,
                snapshot,
                handedOver,
                others,
                sanitizeSql,
                sanitizing,
                instance,
                members,
                replication,
                trouble,
                belongings,
                beside);
    }
}
