package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFollower;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class UnfollowTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    private Boolean unfollow(String name) {
        return server.get(PostgresFollower.class, name).getSpec().unfollow();
    }

    @Test
    void makesAFollowerADatabaseOfItsOwn() {
        assertThat(plugin.run("unfollow", "shop-reports", "--confirm", "shop-reports"))
                .isEqualTo(new Plugin.Result(0, "follower shop-reports becomes a database of its own\n", ""));
        assertThat(unfollow("shop-reports")).isTrue();
    }

    @Test
    void isDoneOnlyIfTheNameIsSaidAgain() {
        plugin.terminal.willAnswer("shop");
        var result = plugin.run("unfollow", "shop-reports");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).startsWith("follower shop-reports will never follow shop again;");
        assertThat(unfollow("shop-reports")).isNull();
    }

    @Test
    void saysWhoCannotBeUnfollowed() {
        assertThat(plugin.run("unfollow", "shop").err()).isEqualTo("error: shop is no follower\n");
        assertThat(plugin.run("unfollow", "archive").err())
                .isEqualTo("error: follower archive is unfollowed already\n");
    }
}
