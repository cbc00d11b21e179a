package dev.pgfork.operator.action;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.ServerAddress;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * The work on a source that comes before a cut. The order matters: everything that was committed before the fork was
 * asked for lies before the marker, and the marker before the cut; the checkpoint comes first, because WAL that is
 * written after it has to be replayed by the fork. On a standby CHECKPOINT asks nothing of its primary: it is a
 * restartpoint at the latest checkpoint that was replayed, if there was one since the last.
 */
record CutPreparer(Server server, Action.CutKey key, ServerAddress source, CheckpointPolicy policy)
        implements Callable<CutPreparation> {

    /** One WAL segment is replayed faster than a checkpoint takes. */
    private static final long LITTLE_WAL = 16L << 20;

    /** A checkpoint that takes longer goes on in the server, and the cut is made without waiting for it. */
    private static final Duration CHECKPOINT_DEADLINE = Duration.ofSeconds(30);

    @Override
    public CutPreparation call() {
        var safety = server.forkSafety(source);
        if (safety.objection().isPresent()) {
            return new CutPreparation(safety, null, false, null);
        }
        var checkpointed = isWanted() && server.checkpoint(source, CHECKPOINT_DEADLINE);
        if (safety.inRecovery()) {
            var standby = streaming(safety, server.replication(source));
            return new CutPreparation(safety, standby.replayed(), checkpointed, standby);
        }
        var marker =
                server.commitMarker(source, key.copy().uid() + "/" + key.work().detail());
        return new CutPreparation(safety, marker, checkpointed, null);
    }

    /**
     * A standby cannot mark a position, and need not: what it has replayed is on its disk. But only of one that streams
     * is it known that it is still in its primary's history.
     */
    private static Standby streaming(ForkSafety safety, ReplicationReport report) {
        if (!(report instanceof Standby standby) || standby.timeline() != safety.timeline()) {
            throw new IllegalStateException("its primary is changing");
        }
        if (!standby.streams() || standby.receiver().orElseThrow().timeline() != standby.timeline()) {
            throw new IllegalStateException("it receives nothing from its primary");
        }
        return standby;
    }

    private boolean isWanted() {
        return switch (policy) {
            case Always -> true;
            case Never -> false;
            case Auto -> server.walSinceCheckpoint(source) >= LITTLE_WAL;
        };
    }
}
