package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import java.util.Optional;

/** Hears of every measurement of lag; the status has only some of them. */
public interface LagListener {

    /** @param lag empty: it does not stream, or could not be measured */
    void measured(PostgresFollower follower, Optional<Lag> lag);

    /** It is being deleted. */
    void gone(PostgresFollower follower);
}
