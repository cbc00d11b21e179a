package dev.pgfork.operator.standby;

import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.standby.Standing.Beyond;
import java.util.Optional;

/**
 * Data that a standby's server cannot start with. Its script goes on trying, with pauses that grow; after so many
 * starts in a row another copy is more likely to help than another start. That is only for whoever is not needed: a
 * primary answers that it has the data. What only this volume may have is kept.
 */
final class BrokenData {
    /** About a minute of starts, with the script's pauses. */
    static final int STARTS = 7;

    private static final String REASON = "DataBroken";

    private BrokenData() {}

    /** @param draft with what is noted of the volume */
    static Optional<Beyond> of(StandbyObservation seen, StandbyDraft<?> draft) {
        return seen.replication().primary() instanceof Looked.Found<ReplicationReport>(Primary primary)
                        && seen.leader().filter(leader -> leader.serves()).isPresent()
                        && !anotherCopyDidNotHelp(draft)
                ? seen.instance()
                        .script()
                        .found()
                        .filter(BrokenData::cannotStart)
                        .map(script -> beyond(script, mayHoldMore(draft, primary)))
                : Optional.empty();
    }

    /** It is not the data, then. */
    private static boolean anotherCopyDidNotHelp(StandbyDraft<?> draft) {
        return draft.rebuild != null && REASON.equals(draft.rebuild.reason()) && !draft.hadStreamed();
    }

    /** Nobody can say how far it reaches. What was copied and has never received anything is the primary's. */
    private static boolean mayHoldMore(StandbyDraft<?> draft, Primary primary) {
        var copied = draft.seed.timeline();
        return draft.hadStreamed() || copied == null || copied != primary.timeline();
    }

    private static Beyond beyond(ScriptStatus script, boolean keep) {
        return new Beyond(
                REASON,
                "The server of the instance does not start with the data that it has (" + script.message()
                        + "). It gets a new volume"
                        + (keep ? "; the old one is kept, and yours to delete, because it cannot say what it has" : ""),
                keep);
    }

    /**
     * A single look may fail for want of memory; and it may have crashed long ago, and be closed for another reason.
     */
    private static boolean cannotStart(ScriptStatus script) {
        return script.phase() == ScriptStatus.Phase.failed
                && "PostmasterCrashed".equals(script.reason())
                && script.crashes() >= STARTS;
    }
}
