package dev.pgfork.operator.postgres;

import dev.pgfork.operator.postgres.ReplicationReport.Receiver;
import dev.pgfork.operator.postgres.ReplicationReport.Sender;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The SQL behind {@link Server#replication} and {@link Server#commitsBetween}. */
final class ReplicationQueries {
    /**
     * On a standby the control file is late: it learns of a timeline with the next restartpoint, maybe minutes after.
     * The file that the last received byte lies in has its timeline in its name. NULL on a primary.
     */
    private static final String TIMELINE_ON_DISK = """
            WITH reach AS (
                SELECT div(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/1'::pg_lsn, size) AS number,
                       div(4294967296, size) AS per_id
                  FROM (SELECT setting::numeric AS size FROM pg_settings WHERE name = 'wal_segment_size') AS segment
                 WHERE pg_is_in_recovery())
            SELECT max(('x' || left(file.name, 8))::bit(32)::int)
              FROM reach, pg_ls_waldir() AS file
             WHERE file.name ~ '^[0-9A-F]{24}$'
               AND substr(file.name, 9) = lpad(upper(to_hex(div(number, per_id)::bigint)), 8, '0')
                                       || lpad(upper(to_hex(mod(number, per_id)::bigint)), 8, '0')
            """;

    /**
     * Where the oldest WAL file begins, whatever its timeline. Files are removed in that order, and by number only
     * (RemoveOldXlogFiles in backend/access/transam/xlog.c): nothing before it can be sent to anybody.
     */
    private static final String OLDEST = """
            SELECT '0/0'::pg_lsn + ('x' || left(number, 8))::bit(32)::bigint * 4294967296
                                 + ('x' || right(number, 8))::bit(32)::bigint * size
              FROM (SELECT min(substr(name, 9) COLLATE "C") AS number
                      FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$') AS file,
                   (SELECT setting::numeric AS size FROM pg_settings WHERE name = 'wal_segment_size') AS segment
            """;

    private static final String SLOTS = """
            SELECT slot_name::text AS name, slot_type = 'physical' AS physical, active,
                   restart_lsn::text AS restart, wal_status
              FROM pg_replication_slots ORDER BY slot_name
            """;

    private static final String SENDERS = """
            SELECT application_name, coalesce(state, '') AS state, sent_lsn::text AS sent, flush_lsn::text AS flushed,
                   replay_lsn::text AS replayed, coalesce(sync_state, '') AS sync_state
              FROM pg_stat_replication ORDER BY application_name, pid
            """;

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

    private static final String RECEIVER = """
            SELECT status, sender_host AS host, slot_name AS slot,
                   coalesce(nullif(received_tli, 0), receive_start_tli) AS timeline, latest_end_lsn::text AS sent
              FROM pg_stat_wal_receiver
            """;

    /** Where our own role may use it, and nowhere else: a function of that name may be anybody's. */
    private static final String INSPECTABLE = """
            SELECT EXISTS (SELECT FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                            WHERE e.extname = 'pg_walinspect' AND n.nspname = 'pgfork'
                              AND e.extowner = 10 AND n.nspowner = 10
                              AND has_schema_privilege(n.oid, 'USAGE'))
               AND coalesce(has_function_privilege(
                       to_regprocedure('pgfork.pg_get_wal_records_info(pg_lsn,pg_lsn)'), 'EXECUTE'), false)
            """;

    /** A transaction that was prepared has its own kind of commit record. */
    private static final String COMMITS = """
            SELECT count(*) FROM pgfork.pg_get_wal_records_info(?::pg_lsn, ?::pg_lsn)
             WHERE resource_manager = 'Transaction' AND record_type IN ('COMMIT', 'COMMIT_PREPARED')
            """;

    private static final String ROLE_CHANGES = "55000";

    private final String position;
    private final String whereabouts;

    /** @param timeline SQL expression */
    ReplicationQueries(String timeline) {
        whereabouts = """
            SELECT coalesce(current_setting('pgfork.uid', true), '') AS uid,
                   coalesce(substring(current_setting('pgfork.generation', true) FROM '^[0-9]{1,9}$'), '0')::int
                       AS generation,
                   (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
                   current_setting('server_version_num')::int / 10000 AS major_version,
                   pg_is_in_recovery() AS in_recovery,
                   greatest(%s, (%s)) AS timeline,
                   CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                        ELSE pg_current_wal_flush_lsn() END::text AS position,
                   CASE WHEN pg_is_in_recovery()
                        THEN CASE WHEN pg_last_wal_receive_lsn() IS NOT NULL
                                  THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) END
                        ELSE pg_current_wal_flush_lsn() END::text AS received,
                   EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS streaming,
                   ARRAY(SELECT slot_name::text FROM pg_replication_slots
                          WHERE slot_type = 'logical' ORDER BY 1) AS logical_slots
            """.formatted(timeline, TIMELINE_ON_DISK);
        // What only one kind of server can be asked is NULL on the other; the functions would fail there.
        position = """
            SELECT coalesce(current_setting('pgfork.uid', true), '') AS uid,
                   %s AS timeline,
                   pg_is_in_recovery() AS in_recovery,
                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax,
                   CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END::text AS current_lsn,
                   CASE WHEN NOT pg_is_in_recovery() THEN (%s) END::text AS oldest,
                   CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() END::text AS received,
                   CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END::text AS replayed,
                   CASE WHEN pg_is_in_recovery() THEN pg_last_xact_replay_timestamp() END AS last_commit,
                   CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() <> 'not paused'
                        ELSE false END AS paused
            """.formatted(timelineReceived(timeline), OLDEST);
    }

    /**
     * The timeline that a standby's data on disk have reached; a primary's as it is.
     *
     * @param timeline SQL expression that may be late on a standby
     */
    static String timelineReceived(String timeline) {
        return "greatest(%s, (%s))".formatted(timeline, TIMELINE_ON_DISK);
    }

    ReplicationReport report(Connection connection) throws SQLException {
        var slots = rows(connection, SLOTS, ReplicationQueries::slot);
        var senders = rows(connection, SENDERS, ReplicationQueries::sender);
        var receiver = rows(connection, RECEIVER, ReplicationQueries::receiver).stream()
                .findFirst();
        // Last: positions that are older than what was said about them would look like a standby ahead of its primary.
        return rows(connection, position, row -> report(row, slots, senders, receiver))
                .getFirst();
    }

    private static ReplicationReport report(
            ResultSet row, List<Slot> slots, List<Sender> senders, Optional<Receiver> receiver) throws SQLException {
        var uid = row.getString("uid");
        var timeline = row.getInt("timeline");
        var xmax = row.getLong("xmax");
        if (!row.getBoolean("in_recovery")) {
            return new ReplicationReport.Primary(
                    uid, timeline, xmax, slots, required(row, "oldest"), required(row, "current_lsn"), senders);
        }
        var received = lsn(row, "received");
        return new ReplicationReport.Standby(
                uid,
                timeline,
                xmax,
                slots,
                received,
                required(row, "replayed"),
                receiver,
                instant(row, "last_commit"),
                row.getBoolean("paused"));
    }

    SynchronousReport synchronous(Connection connection, boolean confirm) throws SQLException {
        record Names(String uid, @Nullable String names, Lsn written) {}
        var asked = rows(
                        connection,
                        SYNCHRONOUS,
                        row -> new Names(row.getString("uid"), row.getString("names"), required(row, "written")))
                .getFirst();
        return new SynchronousReport(
                asked.uid(), asked.names(), confirm ? confirmed(connection, asked.written()) : Set.of());
    }

    private static Set<String> confirmed(Connection connection, Lsn written) throws SQLException {
        rows(connection, A_MOMENT, row -> true);
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

    ServerPosition whereabouts(Connection connection) throws SQLException {
        return rows(
                        connection,
                        whereabouts,
                        row -> new ServerPosition(
                                row.getString("uid"),
                                row.getInt("generation"),
                                row.getString("system_identifier"),
                                row.getInt("major_version"),
                                row.getBoolean("in_recovery"),
                                row.getInt("timeline"),
                                required(row, "position"),
                                required(row, "received"),
                                row.getBoolean("streaming"),
                                List.of((String[]) row.getArray("logical_slots").getArray())))
                .getFirst();
    }

    OptionalLong commits(Connection connection, Lsn from, Lsn to) throws SQLException {
        if (!rows(connection, INSPECTABLE, row -> row.getBoolean(1)).getFirst()) {
            return OptionalLong.empty();
        }
        if (from.compareTo(to) >= 0) {
            return OptionalLong.of(0);
        }
        try (var statement = connection.prepareStatement(COMMITS)) {
            statement.setString(1, from.toString());
            statement.setString(2, to.toString());
            try (var rows = statement.executeQuery()) {
                rows.next();
                return OptionalLong.of(rows.getLong(1));
            }
        }
    }

    private static Slot slot(ResultSet row) throws SQLException {
        return new Slot(
                row.getString("name"),
                row.getBoolean("physical"),
                row.getBoolean("active"),
                lsn(row, "restart"),
                row.getString("wal_status"));
    }

    private static Sender sender(ResultSet row) throws SQLException {
        return new Sender(
                row.getString("application_name"),
                row.getString("state"),
                lsn(row, "sent"),
                lsn(row, "flushed"),
                lsn(row, "replayed"),
                row.getString("sync_state"));
    }

    private static Receiver receiver(ResultSet row) throws SQLException {
        return new Receiver(
                row.getString("status"),
                row.getString("host"),
                row.getString("slot"),
                row.getInt("timeline"),
                lsn(row, "sent"));
    }

    private static @Nullable Lsn lsn(ResultSet row, String column) throws SQLException {
        var text = row.getString(column);
        return text == null ? null : Lsn.parse(text);
    }

    /** Each column asks anew whether the server is in recovery; a promotion may come between two of them. */
    private static Lsn required(ResultSet row, String column) throws SQLException {
        var lsn = lsn(row, column);
        if (lsn == null) {
            throw new SQLException(
                    "it is being promoted right now, or has not replayed yet what is on its disk", ROLE_CHANGES);
        }
        return lsn;
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static <T> List<T> rows(Connection connection, String sql, Row<T> reader) throws SQLException {
        try (var statement = connection.prepareStatement(sql);
                var rows = statement.executeQuery()) {
            var all = new ArrayList<T>();
            while (rows.next()) {
                all.add(reader.read(rows));
            }
            return all;
        }
    }
}
