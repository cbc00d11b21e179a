package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @Test
    void listsTheVerbs() {
        Golden.assertMatches("help.txt", plugin.run("--help").out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "info",
                "fork",
                "wait",
                "psql",
                "promote",
                "reset",
                "renew",
                "suspend",
                "resume",
                "unfollow",
                "ps",
                "kill",
                "logs",
                "delete"
            })
    void tellsOfEachVerb(String verb) {
        Golden.assertMatches("help-" + verb + ".txt", plugin.run(verb, "--help").out());
    }

    @Test
    void saysWhichVersionItIs() {
        assertThat(plugin.run("--version").out()).matches("\\d+\\.\\d+\\.\\d+\\S*\\n");
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        var result = plugin.run("frok", "shop");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("Unmatched arguments from index 0: 'frok', 'shop'", "fork");
        assertThat(plugin.run().exitCode()).isEqualTo(2);
    }
}
