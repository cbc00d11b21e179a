package dev.pgfork.e2e.postgres;

import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Objects;
import java.util.Properties;

/**
 * What a client needs to connect: the content of a Secret of the type {@code servicebinding.io/postgresql}.
 *
 * @param namespace of the Secret and of the Service behind {@code host}
 * @param authority PEM of the certificate authority
 * @param sslmode as libpq and the driver spell it
 * @param route how the Service is reached from here
 */
public record Login(
        String namespace,
        String host,
        int port,
        String database,
        String user,
        String password,
        String authority,
        String sslmode,
        Route route) {

    private static final String SECONDS_TO_CONNECT = "5";
    private static final String SECONDS_FOR_AN_ANSWER = "60";

    public static Login of(Secret secret, Route route) {
        return new Login(
                secret.getMetadata().getNamespace(),
                value(secret, "host"),
                Integer.parseInt(value(secret, "port")),
                value(secret, "database"),
                value(secret, "username"),
                value(secret, "password"),
                value(secret, "ca.crt"),
                value(secret, "sslmode"),
                route);
    }

    /** @throws NullPointerException if there is no such key */
    public static String value(Secret secret, String key) {
        var encoded = Objects.requireNonNull(
                secret.getData().get(key), () -> secret.getMetadata().getName() + " has no key " + key);
        return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    }

    /** The same server for somebody else. */
    public Login as(String otherUser, String otherPassword) {
        return new Login(namespace, host, port, database, otherUser, otherPassword, authority, sslmode, route);
    }

    public Login trusting(String otherAuthority) {
        return new Login(namespace, host, port, database, user, password, otherAuthority, sslmode, route);
    }

    public Login withSslmode(String mode) {
        return new Login(namespace, host, port, database, user, password, authority, mode, route);
    }

    /** The same login at another of the instance's Services. */
    public Login at(String otherHost) {
        return new Login(namespace, otherHost, port, database, user, password, authority, sslmode, route);
    }

    /** Where the server is reached from here. */
    public InetSocketAddress address() {
        return route.to(namespace, host.substring(0, host.indexOf('.')), port);
    }

    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), properties());
    }

    /** For a client of the Service that connects often. */
    public Door door() {
        return new Door(this, route.lookedUp(namespace, host.substring(0, host.indexOf('.')), port));
    }

    /** For a client of one pod that connects often. The certificate must be for this login's host all the same. */
    public Door doorAt(InetSocketAddress pod) {
        return new Door(this, () -> pod);
    }

    String url() {
        return "jdbc:postgresql://%s:%d/%s".formatted(host, port, database);
    }

    /** For {@link DriverManager}, with the user and the password. */
    public Properties properties() {
        return properties(address());
    }

    Properties properties(InetSocketAddress address) {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("sslmode", sslmode);
        properties.setProperty("sslrootcert", authorityFile().toString());
        properties.setProperty("connectTimeout", SECONDS_TO_CONNECT);
        properties.setProperty("loginTimeout", SECONDS_TO_CONNECT);
        properties.setProperty("socketTimeout", SECONDS_FOR_AN_ANSWER);
        properties.setProperty("socketFactory", RoutedSocketFactory.class.getName());
        properties.setProperty("socketFactoryArg", RoutedSocketFactory.argument(address));
        return properties;
    }

    private Path authorityFile() {
        try {
            var file = Files.createTempFile("ca", ".crt");
            file.toFile().deleteOnExit();
            return Files.writeString(file, authority);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs one statement in a connection of its own. */
    public void execute(String sql) throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the first row. */
    public String query(String sql) throws SQLException {
        try (var connection = connect()) {
            return query(connection, sql);
        }
    }

    /** The first column of the first row. */
    public static String query(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            if (!rows.next()) {
                throw new SQLException("no row: " + sql);
            }
            return String.valueOf(rows.getString(1));
        }
    }

    @Override
    public String toString() {
        return user + "@" + host;
    }
}
