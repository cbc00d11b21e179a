package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.instance.RootFileSystem;
import dev.pgfork.operator.postgres.TestAuthority.Issued;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;

/**
 * A real Postgres 17 from the root file system that the local cluster's image is made of, with the configuration, the
 * network role and the TLS that pgfork gives an instance. Needs root: for chroot and a mount namespace of its own.
 */
final class RealPostgres implements AutoCloseable {
    static final String UID = "11111111-2222-3333-4444-555555555555";
    static final int GENERATION = 3;
    static final String SUPERUSER_PASSWORD = "password-of-the-superuser";
    static final String PGFORK_PASSWORD = "password-of-pgfork";

    private static final String BINARIES = "/usr/lib/postgresql/17/bin/";
    /** Where the root file system sees {@link #directory}. */
    private static final String INSIDE = "/var/lib/postgresql/data/";
    /**
     * The root file system, the directory to be seen in it, then the command; becomes the command, so keeps its pid.
     */
    private static final String ENTER = """
            set -e; root=$1 directory=$2; shift 2
            mount --bind "$directory" "$root/var/lib/postgresql/data"
            mount --rbind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/tmp"
            exec chroot --userspec=999:999 "$root" env HOME=/tmp LC_ALL=C.UTF-8 "$@"
            """;

    final TestAuthority authority = new TestAuthority();
    final PostgresqlConf configuration;
    private final Path directory;
    private final int port;
    private Process postmaster;

    private RealPostgres(Map<String, String> parameters) throws IOException {
        configuration = PostgresqlConf.render(new ConfigurationSource(
                "shop", UID, GENERATION, parameters, OptionalLong.empty(), 1L << 30, false, "", true));
        directory = Files.createTempDirectory("pgfork-postgres");
        directory.toFile().deleteOnExit();
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        own(directory);
        run(
                "initdb",
                "-D",
                INSIDE + "pgdata",
                "-U",
                "postgres",
                "--no-sync",
                "-A",
                "scram-sha-256",
                "--pwfile",
                file("password", SUPERUSER_PASSWORD));
        file("postgresql.conf", configuration.text());
        file("pg_hba.conf", PgHba.text(true));
        present(authority.issue(Instant.now().plus(Duration.ofDays(1))));
        postmaster = startPostmaster();
        // For tests that are broken off; SIGTERM lets it end when its clients, the tests, are gone.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> postmaster.destroy()));
    }

    /** A copy that follows its source: a standby with a slot of its own. */
    private RealPostgres(RealPostgres source, String name) throws IOException {
        configuration = source.configuration;
        directory = Files.createTempDirectory("pgfork-standby");
        directory.toFile().deleteOnExit();
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        own(directory);
        var leader = source.conninfo("postgres", SUPERUSER_PASSWORD) + " application_name=" + name;
        run("pg_basebackup", "-D", INSIDE + "pgdata", "-d", leader, "-X", "stream", "-c", "fast", "-C", "-S", name);
        file(
                "pgdata/postgresql.auto.conf",
                "primary_conninfo = '%s'\nprimary_slot_name = '%s'\n".formatted(leader, name));
        file("pgdata/standby.signal", "");
        file("postgresql.conf", configuration.text());
        file("pg_hba.conf", PgHba.text(true));
        present(authority.issue(Instant.now().plus(Duration.ofDays(1))));
        postmaster = startPostmaster();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> postmaster.destroy()));
    }

    /** Where a standby finds it. */
    String conninfo(String role, String password) {
        return "host=127.0.0.1 port=%d user=%s password=%s sslmode=require".formatted(port, role, password);
    }

    /** @param name of the standby's slot and application */
    RealPostgres standby(String name) throws IOException {
        file("pg_hba.conf", PgHba.text(true) + "hostssl replication postgres,+pgfork_replication all scram-sha-256\n");
        execute("SELECT pg_reload_conf()");
        return new RealPostgres(this, name);
    }

    static RealPostgres start(Map<String, String> parameters) {
        try {
            var server = new RealPostgres(parameters);
            try {
                server.createNetworkRole();
                return server;
            } catch (AssertionError e) {
                server.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By the SQL with which the instance script makes it. */
    private void createNetworkRole() throws IOException {
        var verifier = ScramVerifier.of(PGFORK_PASSWORD, new SecureRandom()).text();
        file("owner", verifier);
        file("pgfork", verifier);
        var sql = "src/main/resources/dev/pgfork/operator/instance/roles.sql";
        var psql = inside(
                "psql",
                "host=127.0.0.1 port=" + port + " user=postgres dbname=postgres sslmode=require",
                "-Xqw",
                "-v",
                "ON_ERROR_STOP=1",
                "-v",
                "owner=shop",
                "-v",
                "roles=" + INSIDE,
                "-f",
                file("roles.sql", Files.readString(Path.of(sql))));
        psql.environment().put("PGPASSWORD", SUPERUSER_PASSWORD);
        RootFileSystem.run(psql);
    }

    ServerAddress address() {
        return new ServerAddress("127.0.0.1", port, authority.certificate, PGFORK_PASSWORD);
    }

    /** As superuser, immune against what tests break on purpose. */
    void execute(String... statements) {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(String.join("; ", statements), e);
        }
    }

    String query(String sql) {
        try (var connection = connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).as(sql).isTrue();
            return String.valueOf(rows.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    Connection connect() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", "postgres");
        properties.setProperty("password", SUPERUSER_PASSWORD);
        properties.setProperty("sslmode", "require");
        properties.setProperty(
                "options",
                "-c session_preload_libraries= -c local_preload_libraries= -c event_triggers=off -c role=none"
                        + " -c search_path=public -c synchronous_commit=local -c statement_timeout=0"
                        + " -c transaction_timeout=0 -c post_auth_delay=0 -c default_transaction_read_only=off"
                        + " -c default_transaction_isolation=read\\ committed");
        return new Driver().connect("jdbc:postgresql://127.0.0.1:" + port + "/postgres", properties);
    }

    /** Puts a certificate in place; a running server shows it after {@code pg_reload_conf()}. */
    void present(Issued issued) {
        file("tls.crt", issued.certificate());
        file("tls.key", issued.key());
    }

    /** Restarts it with more settings, for instance {@code fsync=off}. */
    void restart(String... settings) throws IOException {
        stop();
        postmaster = startPostmaster(settings);
    }

    /** Restarts it as a standby that follows nobody: in recovery until it is promoted. */
    void restartAsStandby() throws IOException {
        stop();
        file("pgdata/standby.signal", "");
        postmaster = startPostmaster();
    }

    /** The value of a line of pg_controldata. */
    String controlData(String name) {
        return RootFileSystem.run(inside("pg_controldata", INSIDE + "pgdata"))
                .lines()
                .filter(line -> line.startsWith(name + ":"))
                .findFirst()
                .orElseThrow()
                .substring(name.length() + 1)
                .strip();
    }

    /** The pid of the server's process of that type, as pg_stat_activity names it. */
    long process(String backendType) {
        return Long.parseLong(query("SELECT pid FROM pg_stat_activity WHERE backend_type = '" + backendType + "'"));
    }

    void signal(String signal, long pid) throws IOException {
        RootFileSystem.run(new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)));
    }

    /** Everything that the server logged. */
    String log() throws IOException {
        return Files.readString(directory.resolve("log"));
    }

    @Override
    public void close() throws IOException {
        stop();
        RootFileSystem.run(new ProcessBuilder("rm", "-rf", directory.toString()));
    }

    private void stop() throws IOException {
        signal("INT", postmaster.pid());
        try {
            assertThat(postmaster.waitFor(1, TimeUnit.MINUTES)).as("stopped").isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private Process startPostmaster(String... settings) throws IOException {
        var command = new ArrayList<>(List.of("postgres", "-D", INSIDE + "pgdata", "-p", String.valueOf(port)));
        var fixed = List.of(
                "config_file=" + INSIDE + "postgresql.conf",
                "hba_file=" + INSIDE + "pg_hba.conf",
                "unix_socket_directories=",
                "listen_addresses=127.0.0.1",
                "ssl=on",
                "ssl_cert_file=" + INSIDE + "tls.crt",
                "ssl_key_file=" + INSIDE + "tls.key");
        for (var setting : fixed) {
            command.addAll(List.of("-c", setting));
        }
        for (var setting : settings) {
            command.addAll(List.of("-c", setting));
        }
        var log = directory.resolve("log").toFile();
        var process = inside(command.toArray(String[]::new))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
        await().atMost(Duration.ofMinutes(1)).until(() -> !process.isAlive() || answers());
        assertThat(process.isAlive()).as("it started; its log:\n%s", log()).isTrue();
        return process;
    }

    private boolean answers() {
        try (var connection = connect()) {
            return connection.isValid(5);
        } catch (SQLException e) {
            return false;
        }
    }

    private String file(String name, String content) {
        try {
            var file = directory.resolve(name);
            Files.writeString(file, content);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            own(file);
            return INSIDE + name;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void own(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", 999);
        Files.setAttribute(path, "unix:gid", 999);
    }

    private void run(String... command) throws IOException {
        RootFileSystem.run(inside(command));
    }

    private ProcessBuilder inside(String... command) {
        var all = new ArrayList<>(
                List.of("unshare", "--mount", "--propagation", "private", "bash", "-c", ENTER, "enter"));
        all.addAll(List.of(RootFileSystem.PATH.toString(), directory.toString(), BINARIES + command[0]));
        all.addAll(Arrays.asList(command).subList(1, command.length));
        return new ProcessBuilder(all);
    }
}
