package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** How far a standby is behind its primary, in bytes, commits and seconds. The standby was asked first. */
public final class LagMeasurement {
    /** Counting commits reads all WAL of the lag on the primary. */
    private static final long CHEAP_TO_COUNT = 64L << 20;

    private LagMeasurement() {}

    static long bytes(Standby own, Primary primary) {
        return Math.max(0, primary.current().minus(own.replayed()));
    }

    /** Whether the primary should be asked to count the commits. */
    static boolean isCountable(Standby own, Primary primary) {
        return bytes(own, primary) <= CHEAP_TO_COUNT;
    }

    /** @return empty: the follower does not stream, or one of the two could not be asked */
    public static Optional<Lag> of(ReplicationObservation seen, OptionalLong counted, Instant now) {
        return seen.own() instanceof Looked.Found<ReplicationReport>(Standby own)
                        && own.streams()
                        && seen.primary() instanceof Looked.Found<ReplicationReport>(Primary primary)
                ? Optional.of(of(own, primary, counted, now))
                : Optional.empty();
    }

    /**
     * @param counted commits between the two positions; empty: not counted, so that the difference of transaction ids
     *     has to do, which counts what aborted and subtransactions, too
     */
    static Lag of(Standby own, Primary primary, OptionalLong counted, Instant now) {
        var bytes = bytes(own, primary);
        var bound = Math.max(0, primary.xmax() - own.xmax());
        return new Lag(bytes, counted.orElse(bound), counted.isPresent(), seconds(own, bytes, now), now.toString());
    }

    /** Without anything to replay it is not behind, however long ago the last commit was. */
    private static @Nullable Double seconds(Standby own, long bytes, Instant now) {
        if (bytes == 0) {
            return 0.0;
        }
        var last = own.lastCommit();
        return last == null
                ? null
                : (Double) Math.max(0, Duration.between(last, now).toMillis() / 1000.0);
    }
}
