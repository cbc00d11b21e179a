package dev.pgfork.operator.postgres;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * SQL over the network as the role {@code pgfork}. Every call opens a connection with hard timeouts (connect, socket,
 * statement) and session options that settings of roles and databases cannot override.
 */
public interface Server {

    /** @throws ServerException if it does not answer, or not in time */
    ServerReport report(ServerAddress address);

    /** @throws ServerException if it does not answer, or not in time */
    ForkSafety forkSafety(ServerAddress address);

    /**
     * Bytes of WAL since the last checkpoint: what a fork would have to replay.
     *
     * @throws ServerException if it does not answer, or not in time
     */
    long walSinceCheckpoint(ServerAddress address);

    /**
     * Runs CHECKPOINT.
     *
     * @return false if it did not end before the deadline; it goes on in the server then
     * @throws ServerException if it does not answer, or refuses
     */
    boolean checkpoint(ServerAddress address, Duration deadline);

    /**
     * Commits a small WAL record, flushed to disk.
     *
     * @return the position just behind it: data that contains it has everything that was committed before
     * @throws ServerException if it does not answer, not in time, or is in recovery (SQLSTATE 25006)
     */
    Lsn commitMarker(ServerAddress address, String content);

    /**
     * How far the server is, who streams from it, and from whom it streams.
     *
     * @throws ServerException if it does not answer, or not in time
     */
    ReplicationReport replication(ServerAddress address);

    /**
     * Has the next {@link #position} of this server answered sooner, for a while.
     *
     * @throws ServerException if it does not answer, or not in time
     */
    void expectPosition(ServerAddress address);

    /**
     * For whom the commits of a primary wait.
     *
     * @param confirm ask who has all that was acknowledged so far; that takes a moment
     * @throws ServerException if it does not answer, not in time, or is in recovery
     */
    SynchronousReport synchronous(ServerAddress address, boolean confirm);

    /**
     * Where the server is in its history: one small question, for when every moment counts.
     *
     * @throws ServerException if it does not answer, or not in time
     */
    ServerPosition position(ServerAddress address);

    /**
     * Counts the commits in a part of the WAL, exactly. All of it is read, so the caller bounds it.
     *
     * @param to at most the end of what is flushed
     * @return empty where the server cannot count: it has no pg_walinspect of ours
     * @throws ServerException if it does not answer, not in time, or has that part of the WAL no more
     */
    OptionalLong commitsBetween(ServerAddress address, Lsn from, Lsn to);

    /** A server that did not do what was asked; the message holds no data and no secret. */
    final class ServerException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final @Nullable String sqlState;

        public ServerException(String message, Throwable cause) {
            this(message, null, cause);
        }

        public ServerException(String message, @Nullable String sqlState, @Nullable Throwable cause) {
            super(message, cause);
            this.sqlState = sqlState;
        }

        /** What Postgres or, where it did not answer (class 08), the driver calls it. */
        public Optional<String> sqlState() {
            return Optional.ofNullable(sqlState);
        }
    }
}
