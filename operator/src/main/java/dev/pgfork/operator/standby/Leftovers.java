package dev.pgfork.operator.standby;

import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.stream.Stream;

/**
 * What nobody needs once the present generation does what it was made for: all snapshots and the volumes before it, but
 * those that were kept because they may hold what the primary lacks.
 */
public final class Leftovers {
    private Leftovers() {}

    public static List<Action> of(StandbyObservation seen, StandbyDraft<?> draft) {
        return Deletions.of(
                draft.owner(),
                Stream.<HasMetadata>concat(
                        seen.snapshots(),
                        seen.olderVolumes().stream().filter(claim -> !KeptVolumes.isKept(claim, draft))));
    }
}
