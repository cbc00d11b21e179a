package dev.pgfork.operator.postgres;

/**
 * Who may connect, and how (pg_hba.conf): over the network only with TLS and SCRAM; {@code postgres} only from inside
 * the pod unless superuser access was asked for; {@code pgfork}, the operator's own role, only to database
 * {@code postgres}. Roles of standbys may only replicate. The first line that fits decides.
 */
public final class PgHba {
    private PgHba() {}

    public static String text(boolean superuserAccess) {
        return """
                # Rendered by pgfork; changes made here are lost.
                # TYPE   DATABASE     USER                 ADDRESS  METHOD
                local    all          postgres                      peer
                hostssl  postgres     pgfork               all      scram-sha-256
                host     all          pgfork               all      reject
                hostssl  replication  +pgfork_replication  all      scram-sha-256
                host     all          +pgfork_replication  all      reject
                %s
                hostssl  all          all                  all      scram-sha-256
                """.formatted(
                        superuserAccess
                                ? "hostssl  all          postgres             all      scram-sha-256"
                                : "host     all          postgres             all      reject");
    }
}
