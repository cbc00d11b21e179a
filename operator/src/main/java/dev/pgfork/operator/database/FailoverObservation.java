package dev.pgfork.operator.database;

import dev.pgfork.operator.kube.Looked;
import java.util.Map;
import java.util.Optional;

/**
 * What was seen of a failover.
 *
 * @param followers of the database, by name
 * @param quorum of whom the old primary's commits were acknowledged; empty: of nobody, or it is not known
 * @param changeover for the steps that are the same as in a planned changeover
 */
public record FailoverObservation(
        PrimaryHealth health,
        FenceObservation fence,
        Map<String, Looked<MemberPosition>> followers,
        Optional<Quorum> quorum,
        ChangeoverObservation changeover) {

    public FailoverObservation {
        followers = Map.copyOf(followers);
    }
}
