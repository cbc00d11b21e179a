package dev.pgfork.operator.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The SQL behind {@link Server#synchronous}. */
final class SynchronousQueries {
    /** A second is long for processes that are woken up; what they do at that is done between two messages. */
    private static final String SYNCHRONOUS = """
            SELECT coalesce(current_setting('pgfork.uid', true), '') AS uid,
                   CASE WHEN pg_conf_load_time() < clock_timestamp() - interval '1 second'
                        THEN current_setting('synchronous_standby_names') END AS names,
                   CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END::text AS written
            """;

    /** Standbys report what they have on disk within moments, but not at once. */
    private static final String A_MOMENT = "SELECT pg_sleep(0.2)";

    private static final String CONFIRMED = """
            SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn >= ?::pg_lsn
            """;

    private SynchronousQueries() {}

    /** @param confirm ask who has on disk what had been written before */
    static SynchronousReport report(Connection connection, boolean confirm) throws SQLException {
        record Names(String uid, @Nullable String names, Lsn written) {}
        var asked = Rows.of(
                        connection,
                        SYNCHRONOUS,
                        row -> new Names(row.getString("uid"), row.getString("names"), Rows.required(row, "written")))
                .getFirst();
        return new SynchronousReport(
                asked.uid(), asked.names(), confirm ? confirmed(connection, asked.written()) : Set.of());
    }

    private static Set<String> confirmed(Connection connection, Lsn written) throws SQLException {
        Rows.of(connection, A_MOMENT, row -> true);
        try (var statement = connection.prepareStatement(CONFIRMED)) {
            statement.setString(1, written.toString());
            try (var rows = statement.executeQuery()) {
                var names = new HashSet<String>();
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
                return names;
            }
        }
    }
}
