package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Pods;
import dev.pgfork.cli.resource.InstancePod;
import dev.pgfork.cli.resource.PgResource;
import java.util.List;

/**
 * SQL as the superuser, from inside of the pod, where he needs no password: only he sees what others do and may end it.
 */
final class PodSql {
    /** Of functions in {@code pg_catalog} only, and never for long. */
    private static final String OPTIONS = "PGOPTIONS=-c search_path=pg_catalog -c statement_timeout=20s";

    private final Pods pods;

    PodSql(Pods pods) {
        this.pods = pods;
    }

    /** @return the only column of the only row */
    String ask(PgResource server, String sql) {
        return pods.run(
                        InstancePod.nameOf(server),
                        List.of(
                                "env",
                                OPTIONS,
                                "psql",
                                "--no-psqlrc",
                                "--quiet",
                                "--tuples-only",
                                "--no-align",
                                "--set=ON_ERROR_STOP=1",
                                "--username=" + InstancePod.SUPERUSER,
                                "--dbname=postgres",
                                "--command=" + sql))
                .strip();
    }
}
