package dev.pgfork.operator.cut;

import dev.pgfork.operator.postgres.ForkSafety;
import java.util.Optional;

/**
 * Of which server a cut was meant to be, as it was noted before: what was safe before and after a snapshot, on one
 * timeline of one server, was safe at it.
 *
 * @param uid of the resource whose instance is cut
 * @param timeline the server's
 */
public record CutOf(String uid, String systemIdentifier, int timeline) {

    /**
     * @param now what the server says after the snapshot
     * @return what changed, for people; empty: the cut can be trusted
     */
    public Optional<String> changed(ForkSafety now) {
        if (now.objection().isPresent()) {
            return Optional.of("during it the source became unsafe to cut: "
                    + now.objection().get().remedy());
        }
        var same = now.systemIdentifier().equals(systemIdentifier)
                && now.timeline() == timeline
                && now.uid().equals(uid);
        return same ? Optional.empty() : Optional.of("during it the source became another server or timeline");
    }
}
