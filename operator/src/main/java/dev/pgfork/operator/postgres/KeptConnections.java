package dev.pgfork.operator.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that were opened before they are needed, one an address, each for one question. The server ends one that
 * is never used; this drops it with the next that is kept.
 */
final class KeptConnections {
    private static final Logger log = LoggerFactory.getLogger(KeptConnections.class);

    /** Longer than the step in which one is needed may take. */
    static final Duration LIFE = Duration.ofSeconds(90);

    private record Kept(Connection connection, long until) {}

    private final Map<ServerAddress, Kept> waiting = new ConcurrentHashMap<>();
    private final InstantSource clock;

    KeptConnections(InstantSource clock) {
        this.clock = clock;
    }

    void keep(ServerAddress address, Connection connection) {
        var now = clock.millis();
        waiting.entrySet().removeIf(entry -> {
            var over = entry.getValue().until() < now || entry.getKey().equals(address);
            if (over) {
                close(entry.getValue().connection());
            }
            return over;
        });
        waiting.put(address, new Kept(connection, now + LIFE.toMillis()));
    }

    /** Whoever takes it closes it. */
    Optional<Connection> take(ServerAddress address) {
        return Optional.ofNullable(waiting.remove(address)).map(Kept::connection);
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            log.debug("A connection that nobody used could not be closed", e);
        }
    }
}
