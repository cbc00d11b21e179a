package dev.pgfork.cli.resource;

import java.util.Map;
import java.util.Objects;

/**
 * What a client needs to connect: the content of a Secret of the type {@code servicebinding.io/postgresql}.
 *
 * @param host name that the server's certificate must have
 * @param sslmode as libpq spells it
 * @param authority PEM
 */
public record Login(String host, String database, String user, String password, String sslmode, String authority) {

    /** @throws Failure if something is missing in the Secret */
    public static Login of(String secretName, Map<String, String> texts) {
        return new Login(
                text(secretName, texts, "host"),
                text(secretName, texts, "database"),
                text(secretName, texts, "username"),
                text(secretName, texts, "password"),
                text(secretName, texts, "sslmode"),
                text(secretName, texts, "ca.crt"));
    }

    private static String text(String secretName, Map<String, String> texts, String key) {
        var text = texts.get(key);
        if (text == null) {
            throw new Failure("Secret %s has no key %s".formatted(secretName, key));
        }
        return text;
    }

    /** A line of a password file for any server, as libpq reads it. */
    public String passwordLine() {
        var escaped = Objects.requireNonNull(password).replace("\\", "\\\\").replace(":", "\\:");
        return "*:*:*:*:%s\n".formatted(escaped);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "%s at %s, database %s".formatted(user, host, database);
    }
}
