package dev.pgfork.operator.standby;

import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import java.time.Duration;

/**
 * Decides what becomes of an instance that follows another one. What has been noted tells how far it is; what is seen
 * tells what to do.
 *
 * <table>
 * <caption>Stages, first match wins</caption>
 * <tr><th>noted</th><th>stage</th><th>phases</th></tr>
 * <tr><td>no seed</td><td>{@link AttachmentPlanner}: may it be made; slot, and the work on the primary</td><td>Pending,
 * Cutting, Rebuilding, Refused</td></tr>
 * <tr><td>a seed, not cut</td><td>{@link CutPlanner}: snapshot, and the second look at the primary</td><td>Cutting,
 * Rebuilding</td></tr>
 * <tr><td>cut, or a base backup</td><td>{@link StandbyPlanner}: volume, pod, streaming, lag, rebuild</td><td>Starting,
 * CatchingUp, Ready, Unavailable, Rebuilding</td></tr>
 * </table>
 */
public final class StandbyLife {
    private final AttachmentPlanner attachment;
    private final CutPlanner cut;
    private final StandbyPlanner standby;

    /** @param deadline how long a step may take before its delay becomes the reason */
    public StandbyLife(InstanceActions instances, Duration deadline) {
        this.standby = new StandbyPlanner(instances, deadline);
        this.attachment = new AttachmentPlanner(instances, standby, deadline);
        this.cut = new CutPlanner(standby, deadline);
    }

    /** @param draft what is to be noted is changed in it */
    public <S> Plan<S> plan(StandbySpec spec, StandbyObservation seen, StandbyDraft<S> draft) {
        if (!draft.isSeedNoted()) {
            return attachment.plan(spec, seen, draft);
        }
        return draft.isCut() ? standby.plan(spec, seen, draft) : cut.plan(spec, seen, draft);
    }
}
