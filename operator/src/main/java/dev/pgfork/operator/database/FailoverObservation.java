package dev.pgfork.operator.database;

import dev.pgfork.operator.kube.Looked;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a primary that does not serve, and of those that could take its place.
 *
 * @param node that the primary's pod is or was on; {@code null}: it has no pod with a node
 * @param followers of the database, by name
 */
public record FailoverObservation(
        PrimaryHealth health,
        FenceObservation fence,
        @Nullable String node,
        Map<String, Looked<MemberPosition>> followers) {

    public FailoverObservation {
        followers = Map.copyOf(followers);
    }
}
