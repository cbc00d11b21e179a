package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.LeaderReference;
import dev.pgfork.operator.standby.LeaderInstance;
import java.util.Optional;

/** Finds what is followed, whatever kind it is. */
public interface FollowerLeaders {

    /** @return empty: there is no such resource, or nothing of it has been made yet that could be followed */
    Optional<LeaderInstance> find(String namespace, LeaderReference follows);
}
