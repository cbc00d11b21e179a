package dev.pgfork.operator.follower;

import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyObservation;
import java.util.Optional;

/**
 * What keeps a follower from being unfollowed.
 *
 * @param reason CamelCase
 * @param message for people
 */
record UnfollowObstacle(String reason, String message) {

    static Optional<UnfollowObstacle> of(StandbyObservation seen, FollowerStatusDraft draft) {
        var leader = seen.leader();
        if (leader.filter(found -> isPrimary(found, draft)).isPresent()) {
            return Optional.of(new UnfollowObstacle(
                    "IsPrimary",
                    "It holds the primary of " + leader.get().describe()
                            + ", whose data it would take away. Promote another member first, in spec.promote of "
                            + leader.get().describe()));
        }
        if (leader.filter(LeaderInstance::changing).isPresent()) {
            return Optional.of(new UnfollowObstacle(
                    "LeaderChanging",
                    "The primary of " + leader.get().describe() + " is changing; it is unfollowed after that"));
        }
        if (!draft.hadStreamed()) {
            return Optional.of(
                    draft.rebuild == null
                            ? new UnfollowObstacle(
                                    "NotFollowingYet", "It is unfollowed as soon as it has streamed once")
                            : new UnfollowObstacle(
                                    "Rebuilding", "It gets another volume now, and is unfollowed after that"));
        }
        return seen.replication()
                        .own()
                        .found()
                        .filter(Standby.class::isInstance)
                        .isPresent()
                ? Optional.empty()
                : Optional.of(new UnfollowObstacle(
                        "NotAnswering",
                        "Its server does not say what it has received; it is unfollowed once it does. See the log of"
                                + " its pod"));
    }

    /** Whether it holds the leader's primary. */
    static boolean isPrimary(LeaderInstance leader, FollowerStatusDraft draft) {
        return leader.primary().equals(draft.owner().name());
    }
}
