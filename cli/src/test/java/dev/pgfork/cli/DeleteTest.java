package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresFork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeleteTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    @Test
    void deletesWhatIsConfirmed() {
        assertThat(plugin.run("delete", "pr-42", "--confirm", "pr-42"))
                .isEqualTo(new Plugin.Result(0, "fork pr-42 is being deleted\n", ""));
        assertThat(server.find(PostgresFork.class, "pr-42")).isEmpty();
        assertThat(server.find(PostgresFork.class, "pr-43")).isPresent();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            shop         | database shop will be deleted, and its volume is kept.
            shop-reports | follower shop-reports will be deleted, and its data with it.
            archive      | follower archive will be deleted, and its volume is kept.
            shop-replica | follower shop-replica will be deleted, but it is the primary: that happens once another instance is.
            pr-42        | fork pr-42 will be deleted, and its data with it.
            """)
    void saysWhatBecomesOfTheDataBeforeItIsDone(String name, String consequence) {
        var result = plugin.run("delete", name);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).startsWith(consequence + "\nType " + name + " to go on: ");
        assertThat(plugin.run("info", name).exitCode()).as("it is there").isZero();
    }
}
