package dev.pgfork.e2e.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A client that commits one numbered row at a time and remembers every one whose commit was acknowledged, when, and by
 * whom. When its connection breaks it connects again at once and goes on with the next number: whether the row in
 * between is there is not known, and nothing is claimed about it.
 */
public final class AckedWriter implements AutoCloseable {

    private static final Duration TO_GET_IN = Duration.ofSeconds(30);
    private static final int SECONDS_TO_CONNECT = 1;
    private static final int SECONDS_FOR_AN_ANSWER = 20;

    private final Door door;
    private final Queue<Acknowledgement> acknowledged = new ConcurrentLinkedQueue<>();
    private final AtomicInteger interruptions = new AtomicInteger();
    private final AtomicReference<@Nullable SQLException> lastFailure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean closed;

    private AckedWriter(Door door) {
        this.door = door;
        this.thread = Thread.ofPlatform().name("acked-writer").start(this::write);
    }

    /** Of each row the server itself says which instance it is, and on which timeline. */
    public static AckedWriter start(Login login) throws SQLException {
        login.execute("""
                create table acked (
                    n bigint primary key,
                    server text default current_setting('pgfork.uid') || '/' || current_setting('pgfork.generation'),
                    timeline text default substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))
                """);
        return new AckedWriter(login.door().withPatience(SECONDS_TO_CONNECT, SECONDS_FOR_AN_ANSWER));
    }

    private void write() {
        var next = 1L;
        while (!closed) {
            try (var connection = door.open();
                    var insert =
                            connection.prepareStatement("insert into acked values (?) returning n, server, timeline")) {
                while (!closed) {
                    insert.setLong(1, next++);
                    acknowledged.addAll(acknowledgements(insert));
                }
            } catch (SQLException e) {
                lastFailure.set(e);
                interruptions.incrementAndGet();
            }
        }
    }

    /** The rows that a statement returns, once it has returned: only then is its commit acknowledged. */
    private static List<Acknowledgement> acknowledgements(PreparedStatement statement) throws SQLException {
        var found = new ArrayList<Acknowledgement>();
        try (var rows = statement.executeQuery()) {
            var nanos = System.nanoTime();
            while (rows.next()) {
                var timeline = Integer.parseInt(rows.getString(3), 16);
                found.add(new Acknowledgement(rows.getLong(1), nanos, rows.getString(2), timeline));
            }
        }
        return found;
    }

    /** All numbers acknowledged so far, as they are now. */
    public NavigableSet<Long> acknowledged() {
        return history().numbers();
    }

    /** All that was acknowledged so far, as it is now. */
    public WriteHistory history() {
        return new WriteHistory(List.copyOf(acknowledged));
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
    public static void assertHasAll(Login server, NavigableSet<Long> numbers) {
        assertThat(missing(server, numbers))
                .as("acknowledged rows that %s lacks", server)
                .isEmpty();
    }

    /** Those of these rows that a server does not have. */
    public static NavigableSet<Long> missing(Login server, NavigableSet<Long> numbers) {
        var missing = new TreeSet<>(numbers);
        missing.removeAll(rows(server).numbers());
        return missing;
    }

    /** That the rows which a server has, acknowledged or not, were accepted by one primary after the other. */
    public static void assertOnePrimaryAtATime(Login server) {
        var rows = rows(server);
        assertThat(rows.contradictions())
                .as("who accepted rows after another primary did, of " + rows.terms())
                .isEmpty();
    }

    /** A Service that has just led to a server again may lead nowhere for a moment: its pod's readiness comes late. */
    private static WriteHistory rows(Login server) {
        return await().atMost(TO_GET_IN)
                .ignoreExceptionsMatching(AckedWriter::isUnreachable)
                .until(() -> readRows(server), read -> true);
    }

    private static boolean isUnreachable(Throwable failure) {
        return failure instanceof SQLException sql
                && sql.getSQLState() != null
                && (sql.getSQLState().startsWith("08") || sql.getSQLState().startsWith("57P"));
    }

    private static WriteHistory readRows(Login server) throws SQLException {
        try (var connection = server.connect();
                var select = connection.prepareStatement("select n, server, timeline from acked order by n")) {
            return new WriteHistory(acknowledgements(select));
        }
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
