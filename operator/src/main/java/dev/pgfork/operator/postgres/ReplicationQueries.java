package dev.pgfork.operator.postgres;

import dev.pgfork.operator.postgres.ReplicationReport.Receiver;
import dev.pgfork.operator.postgres.ReplicationReport.Sender;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The SQL behind {@link Server#replication}, {@link Server#position} and {@link Server#commitsBetween}. */
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
        var slots = Rows.of(connection, SLOTS, ReplicationQueries::slot);
        var senders = Rows.of(connection, SENDERS, ReplicationQueries::sender);
        var receiver = Rows.of(connection, RECEIVER, ReplicationQueries::receiver).stream()
                .findFirst();
        // Last: positions that are older than what was said about them would look like a standby ahead of its primary.
        return Rows.of(connection, position, row -> report(row, slots, senders, receiver))
                .getFirst();
    }

    private static ReplicationReport report(
            ResultSet row, List<Slot> slots, List<Sender> senders, Optional<Receiver> receiver) throws SQLException {
        var uid = row.getString("uid");
        var timeline = row.getInt("timeline");
        var xmax = row.getLong("xmax");
        if (!row.getBoolean("in_recovery")) {
            return new ReplicationReport.Primary(
                    uid,
                    timeline,
                    xmax,
                    slots,
                    Rows.required(row, "oldest"),
                    Rows.required(row, "current_lsn"),
                    senders);
        }
        var received = Rows.lsn(row, "received");
        return new ReplicationReport.Standby(
                uid,
                timeline,
                xmax,
                slots,
                received,
                Rows.required(row, "replayed"),
                receiver,
                Rows.instant(row, "last_commit"),
                row.getBoolean("paused"));
    }

    ServerPosition whereabouts(Connection connection) throws SQLException {
        return Rows.of(
                        connection,
                        whereabouts,
                        row -> new ServerPosition(
                                row.getString("uid"),
                                row.getInt("generation"),
                                row.getString("system_identifier"),
                                row.getInt("major_version"),
                                row.getBoolean("in_recovery"),
                                row.getInt("timeline"),
                                Rows.required(row, "position"),
                                Rows.required(row, "received"),
                                row.getBoolean("streaming"),
                                List.of((String[]) row.getArray("logical_slots").getArray())))
                .getFirst();
    }

    OptionalLong commits(Connection connection, Lsn from, Lsn to) throws SQLException {
        if (!Rows.of(connection, INSPECTABLE, row -> row.getBoolean(1)).getFirst()) {
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
                Rows.lsn(row, "restart"),
                row.getString("wal_status"));
    }

    private static Sender sender(ResultSet row) throws SQLException {
        return new Sender(
                row.getString("application_name"),
                row.getString("state"),
                Rows.lsn(row, "sent"),
                Rows.lsn(row, "flushed"),
                Rows.lsn(row, "replayed"),
                row.getString("sync_state"));
    }

    private static Receiver receiver(ResultSet row) throws SQLException {
        return new Receiver(
                row.getString("status"),
                row.getString("host"),
                row.getString("slot"),
                row.getInt("timeline"),
                Rows.lsn(row, "sent"));
    }
}
