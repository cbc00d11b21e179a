package dev.pgfork.operator.instance;

import dev.pgfork.operator.postgres.Lsn;

/**
 * What pg_controldata says of a server that was stopped and cannot start by itself.
 *
 * @param state as Postgres words it
 * @param checkpoint where the last checkpoint's record begins; after a clean shutdown nothing follows it
 * @param redo where recovery would begin
 */
public record FenceProof(String state, Lsn checkpoint, Lsn redo, int timeline, String systemIdentifier) {

    /**
     * Whether a primary wrote its shutdown checkpoint: a standby that replayed past {@link #checkpoint} has all that
     * was ever acknowledged. A standby that was stopped says {@code shut down in recovery}.
     */
    public boolean isCleanShutdown() {
        return state.equals("shut down");
    }
}
