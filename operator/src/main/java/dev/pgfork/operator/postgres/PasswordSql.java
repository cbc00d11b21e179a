package dev.pgfork.operator.postgres;

/** What has to be said to a primary, as superuser, so that a role has another password. */
public final class PasswordSql {

    private PasswordSql() {}

    /** It waits for no synchronous standby: there may be none, and clients could not get in. */
    public static String change(String role, ScramVerifier verifier) {
        return "SET synchronous_commit = local; SET log_statement = none; ALTER ROLE \"" + role.replace("\"", "\"\"")
                + "\" PASSWORD '" + verifier.text() + "';";
    }
}
