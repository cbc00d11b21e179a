package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresFork;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ForkTest {

    @RegisterExtension
    final ApiServer server = new ApiServer();

    private final Plugin plugin = new Plugin(server);

    @BeforeEach
    void family() {
        server.has("family.yaml");
    }

    @Test
    void makesAForkAndPrintsItsName() {
        assertThat(plugin.run("fork", "shop", "pr-7")).isEqualTo(new Plugin.Result(0, "pr-7\n", ""));
        var spec = server.get(PostgresFork.class, "pr-7").getSpec();
        assertThat(spec.from())
                .returns(ForkSource.Kind.PostgresDatabase, ForkSource::kind)
                .returns("shop", ForkSource::name);
        assertThat(spec.storage()).isNull();
        assertThat(spec.parameters()).isNull();
    }

    @Test
    void makesUpAName() {
        var name = plugin.run("fork", "pgfo/shop-reports").out().strip();
        assertThat(name).startsWith("shop-reports-fork-").hasSizeGreaterThan("shop-reports-fork-".length());
        assertThat(server.get(PostgresFork.class, name).getSpec().from())
                .returns(ForkSource.Kind.PostgresFollower, ForkSource::kind)
                .returns("shop-reports", ForkSource::name);
    }

    @Test
    void givesItAnotherPlan() {
        plugin.run(
                "fork",
                "shop",
                "pr-7",
                "--size=40Gi",
                "--storage-class=slow",
                "--image=postgres:17.5",
                "--checkpoint=never",
                "--ttl=3d12h",
                "--set",
                "work_mem=64MB",
                "--set",
                "max_connections=20");
        var spec = server.get(PostgresFork.class, "pr-7").getSpec();
        assertThat(spec.storage().size()).isEqualTo("40Gi");
        assertThat(spec.storage().storageClassName()).isEqualTo("slow");
        assertThat(spec.image()).isEqualTo("postgres:17.5");
        assertThat(spec.checkpoint()).isEqualTo(CheckpointPolicy.Never);
        assertThat(spec.ttl()).isEqualTo("84h");
        assertThat(spec.parameters()).isEqualTo(Map.of("work_mem", "64MB", "max_connections", "20"));
    }

    @Test
    void showsWhatItWouldMake() {
        Golden.assertMatches(
                "fork-dry-run.yaml",
                plugin.run(
                                "fork",
                                "shop",
                                "pr-7",
                                "--size=40Gi",
                                "--set=work_mem=64MB",
                                "--set=jit=off",
                                "--ttl=90m",
                                "--dry-run")
                        .out());
        assertThat(server.find(PostgresFork.class, "pr-7")).isEmpty();
    }

    @Test
    void saysWhatCannotBeForked() {
        assertThat(plugin.run("fork", "nothing", "pr-7"))
                .isEqualTo(new Plugin.Result(
                        1, "", "error: there is no database, follower or fork nothing in namespace prod\n"));
        assertThat(plugin.run("fork", "shop", "pr-42").err())
                .startsWith("error: ")
                .contains("pr-42");
        assertThat(plugin.run("fork", "xyz/shop").exitCode()).isEqualTo(2);
    }

    @Test
    void tellsPrograms() {
        assertThat(plugin.run("fork", "shop", "pr-7", "-o", "json").out())
                .startsWith("{")
                .contains("\"kind\" : \"PostgresFork\"", "\"name\" : \"pr-7\"");
    }
}
