package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The verbs that ask a server: ps, kill, logs. */
class ServerTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    @Test
    void psListsWhatClientsDo() {
        plugin.pods.answer = ApiServer.text("activity.json");
        Golden.assertMatches("ps.txt", plugin.run("ps", "pr-42").out());
        Golden.assertMatches("ps-wide.txt", plugin.run("ps", "pr-42", "--wide").out());
        Golden.assertMatches("ps.json", plugin.run("ps", "pr-42", "-o", "json").out());
    }

    @Test
    void psAsksThePrimaryUnlessTheOwnInstanceIsMeant() {
        plugin.pods.answer = "[]";
        plugin.run("ps", "shop");
        plugin.run("ps", "shop", "--own");
        plugin.run("ps", "shop-reports");
        assertThat(plugin.pods.asked)
                .satisfiesExactly(
                        asked -> assertThat(asked).startsWith("shop-replica-g2-0: env PGOPTIONS"),
                        asked -> assertThat(asked).startsWith("shop-g1-0: env PGOPTIONS"),
                        asked -> assertThat(asked).startsWith("shop-reports-g1-0: env PGOPTIONS"));
    }

    @Test
    void psLeavesOutIdleConnectionsUnlessAllAreMeant() {
        plugin.pods.answer = "[]";
        plugin.run("ps", "pr-42");
        plugin.run("ps", "pr-42", "--all");
        assertThat(plugin.pods.asked)
                .satisfiesExactly(
                        asked -> assertThat(asked).contains("state is distinct from 'idle'"),
                        asked -> assertThat(asked).doesNotContain("'idle'"));
    }

    @Test
    void killCancelsAStatement() {
        plugin.pods.answer = "t\n";
        assertThat(plugin.run("kill", "shop", "4711")).isEqualTo(new Plugin.Result(0, "4711: told to stop\n", ""));
        assertThat(plugin.pods.asked.getFirst())
                .startsWith("shop-replica-g2-0: ")
                .contains("pg_cancel_backend(pid)", "pid = 4711");
    }

    @Test
    void killEndsAConnectionOnlyIfTheNameIsSaidAgain() {
        plugin.pods.answer = "t";
        assertThat(plugin.run("kill", "shop", "4711", "--terminate").exitCode()).isEqualTo(1);
        assertThat(plugin.pods.asked).isEmpty();
        assertThat(plugin.run("kill", "shop", "4711", "--terminate", "--confirm=shop")
                        .out())
                .isEqualTo("4711: ended\n");
        assertThat(plugin.pods.asked.getFirst()).contains("pg_terminate_backend(pid)");
    }

    @Test
    void killSaysThatThereIsNoSuchConnection() {
        plugin.pods.answer = "f";
        assertThat(plugin.run("kill", "shop", "4711"))
                .isEqualTo(new Plugin.Result(
                        1, "", "error: there is no connection 4711 to database shop: see 'kubectl pgfork ps shop'\n"));
        assertThat(plugin.run("kill", "shop", "1; drop table t").exitCode()).isEqualTo(2);
    }

    @Test
    void logsPrintsTheLog() {
        plugin.pods.answer = "pgfork: started\n";
        assertThat(plugin.run("logs", "shop", "-f", "--tail=5", "--since=1h30m").out())
                .isEqualTo("pgfork: started\n");
        assertThat(plugin.pods.asked)
                .containsExactly("shop-replica-g2-0 LogSelection[lines=OptionalInt[5],"
                        + " sinceSeconds=OptionalInt[5400], previous=false, follow=true]");
    }
}
