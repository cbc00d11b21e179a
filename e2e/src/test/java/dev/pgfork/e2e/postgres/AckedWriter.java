package dev.pgfork.e2e.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A client that commits one numbered row at a time and remembers every number whose commit was acknowledged. When its
 * connection breaks it connects again at once and goes on with the next number: whether the row in between is there is
 * not known, and nothing is claimed about it.
 */
public final class AckedWriter implements AutoCloseable {

    private final Login login;
    private final ConcurrentSkipListSet<Long> acknowledged = new ConcurrentSkipListSet<>();
    private final AtomicInteger interruptions = new AtomicInteger();
    private final AtomicReference<@Nullable SQLException> lastFailure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean closed;

    private AckedWriter(Login login) {
        this.login = login;
        this.thread = Thread.ofPlatform().name("acked-writer").start(this::write);
    }

    public static AckedWriter start(Login login) throws SQLException {
        login.execute("create table acked (n bigint primary key)");
        return new AckedWriter(login);
    }

    private void write() {
        var next = 1L;
        while (!closed) {
            try (var connection = login.connect();
                    var insert = connection.prepareStatement("insert into acked values (?)")) {
                while (!closed) {
                    var number = next++;
                    insert.setLong(1, number);
                    insert.executeUpdate();
                    acknowledged.add(number);
                }
            } catch (SQLException e) {
                lastFailure.set(e);
                interruptions.incrementAndGet();
            }
        }
    }

    /** All numbers acknowledged so far, as they are now. */
    public NavigableSet<Long> acknowledged() {
        return new TreeSet<>(acknowledged);
    }

    /** How often its connection broke or could not be made. */
    public int interruptions() {
        return interruptions.get();
    }

    /** The last reason for an interruption. */
    public @Nullable SQLException lastFailure() {
        return lastFailure.get();
    }

    /** That a server has all of these rows. */
    public static void assertHasAll(Login server, NavigableSet<Long> numbers) throws SQLException {
        var missing = new TreeSet<>(numbers);
        missing.removeAll(rows(server));
        assertThat(missing).as("acknowledged rows that %s lacks", server).isEmpty();
    }

    private static NavigableSet<Long> rows(Login server) throws SQLException {
        var rows = new TreeSet<Long>();
        try (Connection connection = server.connect();
                var statement = connection.createStatement();
                var result = statement.executeQuery("select n from acked")) {
            while (result.next()) {
                rows.add(result.getLong(1));
            }
        }
        return rows;
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
