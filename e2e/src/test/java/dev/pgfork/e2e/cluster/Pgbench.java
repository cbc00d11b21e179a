package dev.pgfork.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.dsl.ExecWatch;

/**
 * pgbench's bank under load: every transaction changes an account, a teller, a branch and the history by the same
 * amount, so that the four sums tell whether a copy was taken at one instant. Runs in the pod of the source.
 */
public final class Pgbench implements AutoCloseable {

    private static final String PID_FILE = "/tmp/pgbench.pid";
    private static final String LONGER_THAN_ANY_TEST = "3600";

    private final Shell shell;
    private final ExecWatch running;

    private Pgbench(Shell shell, ExecWatch running) {
        this.shell = shell;
        this.running = running;
    }

    /**
     * Fills the tables in the database {@code app}.
     *
     * @param scale 100,000 accounts (15 MB) each
     */
    public static void initialize(Shell shell, int scale) {
        shell.run("pgbench", "--initialize", "--quiet", "--username=postgres", "--scale=" + scale, "app");
    }

    public static Pgbench start(Shell shell, int clients) {
        var running = shell.start(
                "bash",
                "-c",
                "echo $$ >%s; exec pgbench --no-vacuum --username=postgres --client=%d --time=%s app"
                        .formatted(PID_FILE, clients, LONGER_THAN_ANY_TEST));
        return new Pgbench(shell, running);
    }

    /** Number of its connections to the server. */
    public int connections() {
        return Integer.parseInt(
                shell.psql("app", "select count(*) from pg_stat_activity where application_name = 'pgbench'"));
    }

    /** That no transaction is there by half. */
    public static void assertBalanced(Shell shell) {
        var sums = shell.psql(
                "app",
                "select sum(abalance) from pgbench_accounts",
                "select sum(tbalance) from pgbench_tellers",
                "select sum(bbalance) from pgbench_branches",
                "select coalesce(sum(delta), 0) from pgbench_history");
        assertThat(sums.lines().distinct())
                .as("sums of accounts, tellers, branches, history: "
                        + sums.lines().toList())
                .hasSize(1);
    }

    /** That tables and indexes are sound, and that every row of a table is in its indexes. */
    public static void assertSound(Shell shell) {
        shell.run("pg_amcheck", "--username=postgres", "--install-missing", "--heapallindexed", "--database=app");
    }

    @Override
    public void close() {
        shell.attempt("bash", "-c", "kill -INT $(<" + PID_FILE + ")");
        running.close();
    }
}
