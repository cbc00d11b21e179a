package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.Promote;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class PromoteTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    private Promote command() {
        return server.get(PostgresDatabase.class, "shop").getSpec().promote();
    }

    @Test
    void writesADatedCommandAndTakesBackWhatAnEarlierOneAllowed() {
        assertThat(plugin.run("promote", "shop-reports", "--confirm=shop-reports"))
                .isEqualTo(new Plugin.Result(0, "database shop: shop-reports is to be the primary\n", ""));
        assertThat(command()).isEqualTo(new Promote("shop-reports", "2026-11-21T10:00:00Z", false, false));
    }

    @Test
    void meansTheOwnInstanceOfADatabase() {
        plugin.run("promote", "shop", "--confirm=shop", "--force", "--fenced-externally");
        assertThat(command()).isEqualTo(new Promote("shop", "2026-11-21T10:00:00Z", true, true));
    }

    @Test
    void isDoneOnlyIfTheNameIsSaidAgain() {
        var before = command();
        assertThat(plugin.run("promote", "shop-reports")).isEqualTo(new Plugin.Result(1, "", """
                        shop-reports will be the primary of database shop instead of shop-replica; its clients are \
                        disconnected and cannot write for a moment.
                        Type shop-reports to go on: error: nobody is there to confirm it: pass --confirm shop-reports
                        """));
        assertThat(plugin.run("promote", "shop-reports", "--confirm=shop").err())
                .isEqualTo("error: 'shop' is not shop-reports: nothing was done\n");
        plugin.terminal.willAnswer("yes");
        assertThat(plugin.run("promote", "shop-reports").exitCode()).isEqualTo(1);
        assertThat(command()).isEqualTo(before);
        plugin.terminal.willAnswer("shop-reports");
        assertThat(plugin.run("promote", "shop-reports").exitCode()).isZero();
        assertThat(command().to()).isEqualTo("shop-reports");
    }

    @Test
    void saysWhoCannotBePromoted() {
        assertThat(plugin.run("promote", "pr-42", "--confirm=pr-42").err())
                .isEqualTo("error: fork pr-42: a fork has other passwords and maybe other data: promote a follower\n");
        assertThat(plugin.run("promote", "archive", "--confirm=archive").err())
                .isEqualTo("error: follower archive follows nobody: it is unfollowed\n");
    }

    @Test
    void waitsForTheOutcomeOfThisCommand() {
        // At the time of the command that the family's database has handled already.
        var result = plugin.run("promote", "shop-reports", "--confirm=shop-reports", "--wait", "--timeout=0s");
        assertThat(result.exitCode()).as("it is not handled yet").isEqualTo(4);
        handled("Refused", "TargetLags", "it has 96 MiB to replay");
        result = plugin.run("promote", "shop-reports", "--confirm=shop-reports", "--wait", "--timeout=0s");
        assertThat(command().at()).as("later than the last one").isEqualTo("2026-11-21T10:00:00.001Z");
        assertThat(result.exitCode()).as("an earlier one was refused").isEqualTo(4);
    }

    private void handled(String outcome, String reason, String message) {
        server.becomes("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, uid: u-shop, generation: 4}
                spec: {storage: {size: 20Gi}, promote: {to: shop-reports, at: "2026-11-21T10:00:00Z"}}
                status:
                  phase: Ready
                  observedGeneration: 4
                  promotion: {at: "2026-11-21T10:00:00Z", to: shop-reports, outcome: %s, reason: %s, message: %s}
                """.formatted(outcome, reason, message));
    }
}
