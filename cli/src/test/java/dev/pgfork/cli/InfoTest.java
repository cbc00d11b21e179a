package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class InfoTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @Test
    void showsWhoWasMadeOfWhom() {
        server.has("family.yaml");
        Golden.assertMatches("info.txt", plugin.run("info").out());
    }

    @Test
    void showsAllNamespaces() {
        server.has("family.yaml");
        Golden.assertMatches("info-all-namespaces.txt", plugin.run("info", "-A").out());
    }

    @Test
    void showsOneFamily() {
        server.has("family.yaml");
        var result = plugin.run("info", "pr-43");
        assertThat(result.out()).contains("shop").contains("pr-43").doesNotContain("orphan");
        assertThat(plugin.run("info", "pgf/orphan").out()).contains("orphan").doesNotContain("pr-43");
    }

    @Test
    void tellsPrograms() {
        server.has("family.yaml");
        Golden.assertMatches("info.json", plugin.run("info", "-o", "json").out());
        Golden.assertMatches("info.yaml", plugin.run("info", "-o", "yaml").out());
    }

    @Test
    void saysThatThereIsNothing() {
        assertThat(plugin.run("info"))
                .isEqualTo(new Plugin.Result(0, "nothing here: no database, follower or fork\n", ""));
        assertThat(plugin.run("info", "-o", "json").out()).isEqualTo("[ ]\n");
    }

    @Test
    void saysThatThereIsNoneOfThatName() {
        server.has("family.yaml");
        assertThat(plugin.run("info", "pgf/shop"))
                .isEqualTo(new Plugin.Result(1, "", "error: there is no fork shop in namespace prod\n"));
        assertThat(plugin.run("info", "blog").err())
                .isEqualTo("error: there is no database, follower or fork blog in namespace prod\n");
        assertThat(plugin.run("info", "blog", "-n", "other").out()).contains("blog");
    }
}
