package dev.pgfork.e2e.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks one pod over and over, in one connection while it lasts. Called by one thread at a time. */
final class PodQuestions implements AutoCloseable {

    private static final int SECONDS_OF_PATIENCE = 1;

    private final String member;
    private final Door door;
    private @Nullable Connection connection;
    private boolean closed;

    PodQuestions(String member, Door door) {
        this.member = member;
        this.door = door.withPatience(SECONDS_OF_PATIENCE, SECONDS_OF_PATIENCE);
    }

    /**
     * What it says.
     *
     * @param process when its postmaster started
     */
    record Reply(boolean acceptsWrites, String process, long asked, long answered) {}

    String member() {
        return member;
    }

    /** @return empty if it does not answer */
    synchronized Optional<Reply> ask() {
        if (closed) {
            return Optional.empty();
        }
        try {
            if (connection == null) {
                connection = door.open();
            }
            var asked = System.nanoTime();
            try (var statement = connection.createStatement();
                    var rows = statement.executeQuery(
                            "select not pg_is_in_recovery(), pg_postmaster_start_time()::text")) {
                rows.next();
                return Optional.of(new Reply(rows.getBoolean(1), rows.getString(2), asked, System.nanoTime()));
            }
        } catch (SQLException e) {
            hangUp();
            return Optional.empty();
        }
    }

    private void hangUp() {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException ignored) {
                // The server is gone already: that was the reason to hang up.
            }
            connection = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        hangUp();
    }
}
