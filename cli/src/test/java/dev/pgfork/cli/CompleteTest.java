package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What kubectl's completion is told. */
class CompleteTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    private List<String> complete(String... words) {
        var result = plugin.run(
                Stream.concat(Stream.of("__complete"), Stream.of(words)).toArray(String[]::new));
        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).endsWith(":4\n");
        return result.out().lines().filter(line -> !line.equals(":4")).toList();
    }

    @Test
    void offersVerbs() {
        assertThat(complete("p")).containsExactly("promote", "ps", "psql");
        assertThat(complete("re")).containsExactly("renew", "reset", "resume");
        assertThat(complete("")).contains("fork", "wait", "info").doesNotContain("__complete");
    }

    @Test
    void offersOptionsAndTheirValues() {
        assertThat(complete("fork", "shop", "--s")).containsExactly("--set", "--size", "--storage-class");
        assertThat(complete("fork", "shop", "--checkpoint", "A")).containsExactly("Always", "Auto");
        assertThat(complete("info", "-o", "")).contains("json", "yaml");
    }

    @Test
    void offersNamesWhereOneIsWanted() {
        assertThat(complete("psql", "shop-")).containsExactly("shop-replica", "shop-reports");
        assertThat(complete("psql", "shop", "")).doesNotContain("pr-42");
    }
}
