package dev.pgfork.operator.standby;

import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.List;
import java.util.Objects;

/**
 * Volumes that only people delete, because they may hold what nobody else has. The status names the latest of them and
 * forgets it at the next rebuild; so each also says so itself.
 */
public final class KeptVolumes {
    /** Reason of a rebuild after which nobody knows what is in the volumes that there were. */
    public static final String STATUS_LOST = "StatusLost";

    private KeptVolumes() {}

    public static boolean isKept(PersistentVolumeClaim claim, StandbyDraft<?> draft) {
        return isMarked(claim) || isPromised(claim, draft);
    }

    /** Marks what the status promises to keep and is not marked, because it was cut short or of an earlier version. */
    public static List<Action> marks(StandbyObservation seen, StandbyDraft<?> draft) {
        return seen.volumes()
                .filter(claim -> !isMarked(claim) && isPromised(claim, draft))
                .map(claim -> mark(claim, draft))
                .toList();
    }

    /** @param draft in which the reason is noted */
    public static Action mark(PersistentVolumeClaim claim, StandbyDraft<?> draft) {
        var rebuild = Objects.requireNonNull(draft.rebuild, "nothing is kept but at a rebuild");
        var reason = Objects.requireNonNull(rebuild.reason(), "noted with every rebuild");
        return new Action.AnnotateVolume(draft.owner(), claim, Labels.KEPT, reason);
    }

    /** Whether it says so itself. */
    public static boolean isMarked(PersistentVolumeClaim claim) {
        var annotations = claim.getMetadata().getAnnotations();
        return annotations != null && annotations.containsKey(Labels.KEPT);
    }

    /** The one that is named; after the status was lost all that there were. */
    private static boolean isPromised(PersistentVolumeClaim claim, StandbyDraft<?> draft) {
        if (draft.rebuild == null) {
            return false;
        }
        var name = claim.getMetadata().getName();
        return name.equals(draft.rebuild.keptVolume())
                || (STATUS_LOST.equals(draft.rebuild.reason())
                        && !name.equals(new InstanceNames(draft.owner().name(), draft.generation()).generationName()));
    }
}
