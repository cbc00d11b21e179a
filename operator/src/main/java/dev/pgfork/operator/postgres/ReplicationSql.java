package dev.pgfork.operator.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What has to be said to a primary, as superuser, when a member comes or goes. Everything may be said again. Nothing
 * waits for a synchronous standby: the member that is being attached may be the one that is missing.
 */
public final class ReplicationSql {
    private static final Pattern ROLE = Pattern.compile("pgfork_[a-z0-9_-]{1,55}");
    private static final Pattern VERIFIER =
            Pattern.compile("SCRAM-SHA-256\\$[0-9]+:[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=:]+");
    private static final Pattern SLOT = Pattern.compile("pgfork_[a-z0-9_]{1,56}");

    private ReplicationSql() {}

    /**
     * Lets a member stream: its role, in the group that pg_hba.conf lets replicate and do nothing else, and its slot,
     * which keeps WAL from now on. A slot whose WAL is lost is worth nothing and made anew.
     *
     * @param group role that is not meant to log in
     */
    public static String attach(String group, String role, ScramVerifier verifier, String slot) {
        return """
                SET synchronous_commit = local; SET log_statement = none;
                DO $pgfork$ BEGIN
                  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%1$s') THEN
                    CREATE ROLE "%1$s" NOLOGIN;
                  END IF;
                  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%2$s') THEN
                    CREATE ROLE "%2$s";
                  END IF;
                  ALTER ROLE "%2$s" LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT
                    CONNECTION LIMIT -1 VALID UNTIL 'infinity' PASSWORD '%3$s';
                  GRANT "%1$s" TO "%2$s";
                END $pgfork$;
                SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                 WHERE slot_name = '%4$s' AND slot_type = 'physical' AND wal_status = 'lost' AND NOT active;
                SELECT pg_create_physical_replication_slot('%4$s', true)
                 WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '%4$s');
                """.formatted(
                checked(ROLE, group), checked(ROLE, role), checked(VERIFIER, verifier.text()), checked(SLOT, slot));
    }

    /**
     * Takes slot and role away. The role may not log in any more before its connection is ended: a walreceiver is back
     * within a moment, and a slot in use cannot be dropped.
     *
     * @param role {@code null}: stays, for somebody else has it by now
     * @return statements, of which each must be committed before the next
     */
    public static List<String> detach(@Nullable String role, String slot) {
        checked(SLOT, slot);
        var statements = new ArrayList<String>();
        statements.add("SET synchronous_commit = local;");
        if (role != null) {
            statements.add("""
                    DO $pgfork$ BEGIN
                      IF EXISTS (SELECT FROM pg_roles WHERE rolname = '%1$s') THEN
                        ALTER ROLE "%1$s" NOLOGIN;
                      END IF;
                    END $pgfork$;
                    """.formatted(checked(ROLE, role)));
        }
        statements.add("""
                SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
                 WHERE slot_name = '%s' AND slot_type = 'physical' AND active_pid IS NOT NULL;
                """.formatted(slot));
        statements.add("""
                SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                 WHERE slot_name = '%s' AND slot_type = 'physical';
                """.formatted(slot));
        if (role != null) {
            statements.add("DROP ROLE IF EXISTS \"" + role + "\";");
        }
        return List.copyOf(statements);
    }

    /** They are quoted by their form: there is nothing in them that could end a quotation. */
    private static String checked(Pattern form, String name) {
        if (!form.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name or verifier that pgfork gives");
        }
        return name;
    }
}
