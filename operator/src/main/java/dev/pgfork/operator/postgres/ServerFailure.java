package dev.pgfork.operator.postgres;

import dev.pgfork.operator.postgres.Server.ServerException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Map;
import org.postgresql.util.PSQLException;

/**
 * Puts into words why a server did not do what was asked. A server's own text is never repeated, for it may hold data
 * (the message of a login trigger, a value that broke a constraint); its SQLSTATE is enough to act upon.
 */
final class ServerFailure {
    private static final Map<String, String> MEANING = Map.ofEntries(
            Map.entry("28000", "it does not let the role pgfork in"),
            Map.entry("28P01", "it does not accept the password of the role pgfork"),
            Map.entry("3D000", "its database postgres is gone; the operator needs it"),
            Map.entry("42501", "the role pgfork lacks a privilege that pgfork gave it at the start"),
            Map.entry("53300", "all its connections are taken; close some or raise max_connections"),
            Map.entry("57014", "it did not end in time"),
            Map.entry("57P01", "it is shutting down"),
            Map.entry("57P02", "one of its processes crashed, it recovers now"),
            Map.entry("57P03", "it does not accept connections now: starting, recovering or stopping"));

    private ServerFailure() {}

    static ServerException of(ServerAddress address, String what, Exception cause) {
        var message = "Postgres at " + address + " could not " + what + ": ";
        return switch (cause) {
            case PSQLException e when e.getServerErrorMessage() != null -> refused(message, e);
            case SQLException e -> new ServerException(message + own(e), e.getSQLState(), e);
            case GeneralSecurityException e ->
                new ServerException(message + "its certificate authority cannot be read: " + e.getMessage(), null, e);
            default -> throw new IllegalArgumentException("not a failure of a server", cause);
        };
    }

    /** The cause is left out: its message is the server's text. */
    private static ServerException refused(String message, PSQLException e) {
        var state = e.getSQLState();
        var meaning = MEANING.getOrDefault(state, "it refused");
        return new ServerException(message + meaning + " (SQLSTATE " + state + ")", state, null);
    }

    /** What went wrong on this side of the network. */
    private static String own(SQLException e) {
        Throwable root = e;
        for (var cause = e.getCause(); cause != null; cause = cause.getCause()) {
            root = cause;
        }
        var text = root.getMessage() + " (SQLSTATE " + e.getSQLState() + ")";
        return root instanceof GeneralSecurityException ? "its certificate cannot be trusted: " + text : text;
    }
}
