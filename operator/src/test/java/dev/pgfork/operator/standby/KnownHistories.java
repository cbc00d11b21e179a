package dev.pgfork.operator.standby;

import dev.pgfork.operator.postgres.SampleHistories;
import dev.pgfork.operator.standby.ReplicationObservation.Histories;
import java.util.Optional;

/** Histories that were read of a follower and its primary. */
public final class KnownHistories {
    private KnownHistories() {}

    /** Of both, who are on one timeline. */
    public static Histories of(int timeline) {
        return of(timeline, timeline);
    }

    static Histories of(int own, int primary) {
        return new Histories(
                Optional.of(SampleHistories.of(own)), Optional.empty(), Optional.of(SampleHistories.of(primary)));
    }
}
