package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeptConnectionsTest {
    private static final ServerAddress SHOP = new ServerAddress("10.0.0.1", 5432, "PEM", "secret");
    private static final ServerAddress OTHER = new ServerAddress("10.0.0.2", 5432, "PEM", "secret");

    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final List<String> closed = new ArrayList<>();
    private final KeptConnections kept = new KeptConnections(() -> now);

    @Test
    void isTakenOnce() {
        var connection = connection("first");
        kept.keep(SHOP, connection);
        assertThat(kept.take(OTHER)).isEmpty();
        assertThat(kept.take(SHOP)).containsSame(connection);
        assertThat(kept.take(SHOP)).isEmpty();
        assertThat(closed).isEmpty();
    }

    @Test
    void isClosedWhenAnotherTakesItsPlaceOrItsTimeIsOver() {
        kept.keep(SHOP, connection("first"));
        kept.keep(SHOP, connection("second"));
        assertThat(closed).containsExactly("first");

        now = now.plus(KeptConnections.LIFE);
        kept.keep(OTHER, connection("other"));
        assertThat(closed).hasSize(1);
        now = now.plusMillis(1);
        kept.keep(OTHER, connection("third"));
        assertThat(closed).containsExactlyInAnyOrder("first", "second", "other");
        assertThat(kept.take(SHOP)).isEmpty();
    }

    private Connection connection(String name) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        closed.add(name);
                    }
                    return null;
                });
    }
}
