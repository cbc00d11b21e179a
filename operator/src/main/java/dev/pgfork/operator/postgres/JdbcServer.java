package dev.pgfork.operator.postgres;

import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks SQL with an instance, by pgjdbc. One connection per call: calls are seconds apart, and a pool would keep
 * talking to a pod that is gone. Only for a position that is expected to matter a connection is opened before.
 *
 * <p>No call hangs: the server ends a statement that is late (statement_timeout), and where the server itself is gone
 * or stopped, connecting and every read from the socket have a timeout.
 */
public final class JdbcServer implements Server {
    private static final Logger log = LoggerFactory.getLogger(JdbcServer.class);
    private static final Duration CONNECT = Duration.ofSeconds(2);

    /**
     * Options of a session win over {@code ALTER ROLE … SET} and {@code ALTER DATABASE … SET}, which people can make
     * such that a plain connection fails or waits for ever: a library that is not there, read-only, a synchronous
     * standby that never answers. What only newer versions know, the instance script sets for the role.
     */
    private static final String SESSION = "-c session_preload_libraries= -c local_preload_libraries= -c role=none"
            + " -c search_path=pg_catalog -c synchronous_commit=local -c lock_timeout=0 -c idle_session_timeout="
            + KeptConnections.LIFE.toMillis()
            + " -c default_transaction_read_only=off -c default_transaction_isolation=read\\ committed";

    private static final String STATEMENT_CANCELED = "57014";
    private static final String READ_ONLY = "25006";

    /** pg_control_checkpoint() alone is late: it changes with the first checkpoint on a timeline. */
    private static final String TIMELINE = """
            CASE WHEN pg_is_in_recovery()
            THEN (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline)
                    FROM pg_control_checkpoint() c, pg_control_recovery() r)
            ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
            END""";

    private static final String REPORT =
            """
            SELECT coalesce(current_setting('pgfork.uid', true), '') AS uid,
                   coalesce(substring(current_setting('pgfork.generation', true) FROM '^[0-9]{1,9}$'), '0')::int
                       AS generation,
                   coalesce(current_setting('pgfork.revision', true), '') AS revision,
                   split_part(current_setting('server_version'), ' ', 1) AS version,
                   (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
                   %1$s AS timeline,
                   pg_is_in_recovery() AS in_recovery,
                   pg_postmaster_start_time() AS started_at,
                   coalesce(current_setting('pgfork.start', true), '') AS start,
                   ARRAY(SELECT name FROM pg_settings WHERE pending_restart ORDER BY name) AS pending,
                   ARRAY(SELECT name FROM pg_settings WHERE name IN (%2$s) ORDER BY name) AS limit_names,
                   ARRAY(SELECT setting FROM pg_settings WHERE name IN (%2$s) ORDER BY name) AS limits,
                   EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS streaming,
                   CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() <> 'not paused'
                        ELSE false END AS paused,
                   current_setting('pgfork.disk', true) AS disk
            """.formatted(TIMELINE, RecoveryLimits.names().stream().collect(Collectors.joining("', '", "'", "'")));

    /** Tablespaces made by users; the two that every cluster has lie in the data directory. */
    private static final String FORK_SAFETY = """
            SELECT coalesce(current_setting('pgfork.uid', true), '') AS uid,
                   (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
                   %s AS timeline,
                   pg_is_in_recovery() AS in_recovery,
                   current_setting('fsync')::bool AS fsync,
                   current_setting('full_page_writes')::bool AS full_page_writes,
                   current_setting('wal_level') AS wal_level,
                   coalesce(current_setting('pgfork.separate_wal', true), '') = 'on' AS separate_wal,
                   ARRAY(SELECT spcname::text FROM pg_tablespace
                          WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY spcname) AS tablespaces
            """.formatted(ReplicationQueries.timelineReceived(TIMELINE));

    private static final String WAL_SINCE_CHECKPOINT = """
            SELECT pg_wal_lsn_diff(
                       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                       redo_lsn)
              FROM pg_control_checkpoint()
            """;

    /** Transactional: so there is a commit record behind it, and the commit waits until both are on disk. */
    private static final String MARKER =
            "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_logical_emit_message(true, 'pgfork', ?)::text END";

    private static final ReplicationQueries REPLICATION = new ReplicationQueries(TIMELINE);

    /** With a connection that is open already; if it is a dead one, a new one is opened then. */
    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    private final Driver driver = new Driver();
    private final KeptConnections kept = new KeptConnections(InstantSource.system());
    private final Duration patience;

    public JdbcServer() {
        this(Duration.ofSeconds(5));
    }

    /** @param patience with each answer, in whole seconds */
    JdbcServer(Duration patience) {
        this.patience = patience;
    }

    @Override
    public ServerReport report(ServerAddress address) {
        return ask(
                address,
                "report on itself",
                patience,
                (connection, tls) -> row(
                        connection.prepareStatement(REPORT),
                        row -> new ServerReport(
                                row.getString("uid"),
                                row.getInt("generation"),
                                row.getString("revision"),
                                row.getString("version"),
                                row.getString("system_identifier"),
                                row.getInt("timeline"),
                                row.getBoolean("in_recovery"),
                                row.getObject("started_at", OffsetDateTime.class)
                                        .toInstant(),
                                tls.certificateSerial(),
                                settings(row),
                                DiskSpace.parse(row.getString("disk")))));
    }

    private static ServerSettings settings(ResultSet row) throws SQLException {
        var names = (String[]) row.getArray("limit_names").getArray();
        var values = (String[]) row.getArray("limits").getArray();
        var limits = new HashMap<String, Integer>();
        for (int i = 0; i < names.length; i++) {
            limits.put(names[i], Integer.valueOf(values[i]));
        }
        return new ServerSettings(
                row.getString("start"),
                Set.of((String[]) row.getArray("pending").getArray()),
                limits,
                row.getBoolean("streaming"),
                row.getBoolean("paused"));
    }

    @Override
    public ForkSafety forkSafety(ServerAddress address) {
        return ask(
                address,
                "tell whether it can be cut",
                patience,
                (connection, _) -> row(
                        connection.prepareStatement(FORK_SAFETY),
                        row -> new ForkSafety(
                                row.getString("uid"),
                                row.getString("system_identifier"),
                                row.getInt("timeline"),
                                row.getBoolean("in_recovery"),
                                row.getBoolean("fsync"),
                                row.getBoolean("full_page_writes"),
                                row.getString("wal_level"),
                                row.getBoolean("separate_wal"),
                                List.of((String[]) row.getArray("tablespaces").getArray()))));
    }

    @Override
    public long walSinceCheckpoint(ServerAddress address) {
        return ask(
                address,
                "tell how much WAL there is",
                patience,
                (connection, _) -> row(connection.prepareStatement(WAL_SINCE_CHECKPOINT), row -> row.getLong(1)));
    }

    @Override
    public boolean checkpoint(ServerAddress address, Duration deadline) {
        return ask(address, "run CHECKPOINT", deadline, (connection, _) -> {
            try (var statement = connection.createStatement()) {
                statement.execute("CHECKPOINT");
                return true;
            } catch (SQLException e) {
                if (STATEMENT_CANCELED.equals(e.getSQLState())) {
                    return false;
                }
                throw e;
            }
        });
    }

    @Override
    public Lsn commitMarker(ServerAddress address, String content) {
        return ask(address, "commit a marker", patience, (connection, _) -> {
            var statement = connection.prepareStatement(MARKER);
            statement.setString(1, content);
            var marker = row(statement, row -> row.getString(1));
            if (marker == null) {
                throw new SQLException("it is in recovery, and so read-only", READ_ONLY);
            }
            return Lsn.parse(marker);
        });
    }

    @Override
    public ReplicationReport replication(ServerAddress address) {
        return ask(address, "report on replication", patience, (connection, _) -> REPLICATION.report(connection));
    }

    @Override
    public void expectPosition(ServerAddress address) {
        try {
            var connection = open(address, patience, new ServerTls(address.authority()));
            try {
                // Once asked, the server knows how to answer.
                REPLICATION.whereabouts(connection);
                kept.keep(address, connection);
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException | GeneralSecurityException e) {
            throw ServerFailure.of(address, "tell its position", e);
        }
    }

    @Override
    public SynchronousReport synchronous(ServerAddress address, boolean confirm) {
        return ask(
                address,
                "tell for whom commits wait",
                patience,
                (connection, _) -> SynchronousQueries.report(connection, confirm));
    }

    @Override
    public ServerPosition position(ServerAddress address) {
        return kept.take(address)
                .flatMap(connection -> expectedPosition(address, connection))
                .orElseGet(() -> ask(
                        address,
                        "tell its position",
                        patience,
                        (connection, _) -> REPLICATION.whereabouts(connection)));
    }

    private static Optional<ServerPosition> expectedPosition(ServerAddress address, Connection kept) {
        try (kept) {
            kept.setNetworkTimeout(Runnable::run, Math.toIntExact(AT_ONCE.toMillis()));
            return Optional.of(REPLICATION.whereabouts(kept));
        } catch (SQLException e) {
            log.debug("The connection to {} that was open is dead, another one is opened", address, e);
            return Optional.empty();
        }
    }

    @Override
    public OptionalLong commitsBetween(ServerAddress address, Lsn from, Lsn to) {
        return ask(address, "count commits", patience, (connection, _) -> REPLICATION.commits(connection, from, to));
    }

    private interface Work<T> {
        T with(Connection connection, ServerTls tls) throws SQLException;
    }

    private interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> T ask(ServerAddress address, String what, Duration deadline, Work<T> work) {
        try {
            var tls = new ServerTls(address.authority());
            try (var connection = open(address, deadline, tls)) {
                return work.with(connection, tls);
            }
        } catch (SQLException | GeneralSecurityException e) {
            throw ServerFailure.of(address, what, e);
        }
    }

    private Connection open(ServerAddress address, Duration deadline, ServerTls tls) throws SQLException {
        var connection = ScopedValue.where(ServerTls.OF_THIS_CONNECTION, tls).call(() -> connect(address, deadline));
        // Longer than the server has: its own answer says more.
        connection.setNetworkTimeout(
                Runnable::run, Math.toIntExact(deadline.plus(patience).toMillis()));
        return connection;
    }

    private Connection connect(ServerAddress address, Duration deadline) throws SQLException {
        var properties = new Properties();
        PGProperty.USER.set(properties, "pgfork");
        PGProperty.PASSWORD.set(properties, address.password());
        PGProperty.APPLICATION_NAME.set(properties, "pgfork");
        // Zero would mean: no limit.
        PGProperty.OPTIONS.set(properties, SESSION + " -c statement_timeout=" + Math.max(1, deadline.toMillis()));
        PGProperty.CONNECT_TIMEOUT.set(properties, (int) CONNECT.toSeconds());
        PGProperty.SSL_RESPONSE_TIMEOUT.set(properties, (int) patience.toMillis());
        PGProperty.SOCKET_TIMEOUT.set(properties, (int) patience.toSeconds());
        PGProperty.SSL_MODE.set(properties, "verify-ca");
        PGProperty.SSL_FACTORY.set(properties, ServerTls.Factory.class.getName());
        // The password is proved over this very TLS session, or not at all.
        PGProperty.CHANNEL_BINDING.set(properties, "require");
        PGProperty.GSS_ENC_MODE.set(properties, "disable");
        // Saves round trips: what old servers are told after the start, these are told with it.
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "15");
        // Details of an error may hold data.
        PGProperty.LOG_SERVER_ERROR_DETAIL.set(properties, false);
        var host = address.host().contains(":") ? "[" + address.host() + "]" : address.host();
        return driver.connect("jdbc:postgresql://" + host + ":" + address.port() + "/postgres", properties);
    }

    private static <T> T row(PreparedStatement statement, Row<T> reader) throws SQLException {
        try (statement;
                var rows = statement.executeQuery()) {
            rows.next();
            return reader.read(rows);
        }
    }
}
