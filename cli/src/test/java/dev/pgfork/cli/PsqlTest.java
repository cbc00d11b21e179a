package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PsqlTest {
    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    @Test
    void runsThisMachinesThroughAForwardedPort() {
        plugin.programs.exitCode = 7;
        assertThat(plugin.run("psql", "shop", "--", "-c", "select 1"))
                .as("psql's exit code")
                .isEqualTo(new Plugin.Result(7, "", ""));
        assertThat(plugin.programs.command).containsExactly("psql", "-c", "select 1");
        assertThat(plugin.pods.asked).as("the primary").containsExactly("shop-replica-g2-0:5432");
        assertThat(plugin.programs.environment)
                .containsAllEntriesOf(Map.of(
                        "PGHOST", "shop.prod.svc",
                        "PGHOSTADDR", "127.0.0.1",
                        "PGPORT", "40123",
                        "PGDATABASE", "app",
                        "PGUSER", "owner",
                        "PGSSLMODE", "verify-full"));
    }

    @Test
    void thePasswordIsNowhereButInAFileForThisUserThatGoes() {
        plugin.run("psql", "shop");
        assertThat(plugin.programs.command).containsExactly("psql");
        assertThat(plugin.programs.environment.values()).noneMatch(value -> value.contains("assword"));
        assertThat(plugin.programs.files)
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "PGPASSFILE", "rwx------ rw------- *:*:*:*:p\\:assword\\\\\n",
                        "PGSSLROOTCERT", "rwx------ rw------- PEM"));
        assertThat(plugin.programs.paths)
                .allSatisfy(path -> assertThat(path).doesNotExist())
                .allSatisfy(path -> assertThat(path.getParent()).doesNotExist());
        assertThat(plugin.pods.forwarding).as("the port is closed").isFalse();
    }

    @Test
    void takesNothingElseOfLibpqFromThisProcess() {
        plugin.run("psql", "shop");
        var keep = plugin.programs.keep;
        assertThat(keep).accepts("PATH", "TERM", "PAGER", "PSQL_EDITOR", "PGOPTIONS", "PGAPPNAME");
        assertThat(keep).rejects("PGPASSWORD", "PGSERVICE", "PGHOST", "PGSSLKEY", "PGPASSFILE");
    }

    @Test
    void aFollowerLetsInWhomItsLeaderLetsIn() {
        assertThat(plugin.run("psql", "shop-reports").exitCode()).isZero();
        assertThat(plugin.pods.asked).containsExactly("shop-reports-g1-0:5432");
        assertThat(plugin.programs.environment).containsEntry("PGUSER", "owner");
    }

    @Test
    void runsThePodsWhereThisMachineHasNone() {
        plugin.programs.hasPsql = false;
        var result = plugin.run("psql", "shop", "-n", "prod", "--context=blue", "--", "-c", "select 1");
        assertThat(result.err()).isEqualTo("There is no psql on this machine: running that of pod shop-replica-g2-0\n");
        assertThat(plugin.programs.command)
                .containsExactly(
                        "kubectl",
                        "--context=blue",
                        "--namespace=prod",
                        "exec",
                        "--stdin",
                        "shop-replica-g2-0",
                        "--container=postgres",
                        "--",
                        "env",
                        "PGOPTIONS=-c role=owner",
                        "psql",
                        "--username=postgres",
                        "--dbname=app",
                        "-c",
                        "select 1");
        assertThat(plugin.pods.asked).isEmpty();
    }

    @Test
    void lendsTheTerminal() {
        plugin.terminal.willAnswer("");
        plugin.run("psql", "shop", "--in-pod");
        assertThat(plugin.programs.command).contains("--stdin", "--tty");
    }

    @Test
    void saysThatThereIsNothingToConnectWithYet() {
        assertThat(plugin.run("psql", "pr-43"))
                .isEqualTo(new Plugin.Result(1, "", "error: fork pr-43 has no Secret yet: it is Quarantine\n"));
        assertThat(plugin.run("psql", "pr-42").err())
                .isEqualTo("error: there is no Secret pr-42-app in namespace prod\n");
    }
}
