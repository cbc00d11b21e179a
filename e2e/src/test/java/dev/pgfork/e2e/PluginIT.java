package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Plugin;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a person does with the kubectl plugin, with the plugin as it is handed out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PluginIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Plugin plugin;
    private Instance shop;

    @BeforeAll
    void makeADatabaseAndAFollower(@TempDir Path folder) {
        plugin = Plugin.unpackedInto(folder, NAMESPACE.name());
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: shop-replica}
                spec:
                  follows: {name: shop}
                """);
        assertThat(plugin.run("wait", "shop").err()).contains("database shop: it is ready");
        plugin.run("wait", "shop-replica").succeeded();
        shop = NAMESPACE.database("shop");
        shop.psql("create table kept as select 42 as answer; alter table kept owner to app");
    }

    @Test
    void forksWaitsConnectsAndDeletes() {
        var fork = plugin.run("fork", "shop").succeeded();
        assertThat(fork).startsWith("shop-fork-");
        plugin.run("wait", fork).succeeded();
        assertThat(plugin.run("psql", fork, "--", "--no-psqlrc", "-Atc", "update kept set answer = 43 returning answer")
                        .succeeded())
                .startsWith("43");
        assertThat(shop.psql("select answer from kept")).isEqualTo("42");
        assertThat(plugin.run("info", fork).succeeded())
                .containsPattern("shop +database +primary")
                .containsPattern("shop-replica +follower +standby")
                .containsPattern(fork + " +fork +primary +Ready");

        assertThat(plugin.run("delete", fork).exitCode()).as("not confirmed").isEqualTo(1);
        assertThat(NAMESPACE.fork(fork).exists()).isTrue();
        plugin.run("delete", fork, "--confirm", fork).succeeded();
        NAMESPACE.fork(fork).awaitGone();
    }

    @Test
    void aForkLivesLongerRestsAndIsMadeAgain() {
        plugin.run("fork", "shop", "pr-42", "--ttl=1h", "--wait").succeeded();
        var end = NAMESPACE.fork("pr-42").forkStatus().expiresAt();
        assertThat(plugin.run("renew", "pr-42", "2h").succeeded()).startsWith("fork pr-42 lives until ");
        NAMESPACE.eventually(
                "it lives longer",
                () -> assertThat(NAMESPACE.fork("pr-42").forkStatus().expiresAt())
                        .isGreaterThan(end));

        plugin.run("suspend", "pr-42", "--wait").succeeded();
        assertThat(plugin.run("wait", "pr-42").err()).contains("Suspended");
        assertThat(plugin.run("info", "pr-42").out()).containsPattern("pr-42 +fork +- +Suspended .* 1(19|20)m ");

        plugin.run("resume", "pr-42", "--wait").succeeded();
        var write = "update kept set answer = 43 returning answer";
        assertThat(plugin.run("psql", "pr-42", "--", "--no-psqlrc", "-Atc", write)
                        .succeeded())
                .startsWith("43");
        assertThat(plugin.run("reset", "pr-42").exitCode()).as("not confirmed").isEqualTo(1);
        plugin.run("reset", "pr-42", "--confirm=pr-42", "--wait").succeeded();
        assertThat(plugin.run("psql", "pr-42", "--", "--no-psqlrc", "-Atc", "select answer from kept")
                        .succeeded())
                .isEqualTo("42");
        plugin.run("delete", "pr-42", "--confirm=pr-42").succeeded();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--in-pod", "--own"})
    void psqlIsTheOwnerWhereverItRuns(String where) {
        assertThat(plugin.run(
                                "psql",
                                "shop",
                                where,
                                "--",
                                "--no-psqlrc",
                                "-Atc",
                                "select current_user, current_database()")
                        .succeeded())
                .isEqualTo("app|app");
    }

    @Test
    void aFollowerIsRead() {
        assertThat(plugin.run("psql", "shop-replica", "--", "--no-psqlrc", "-Atc", "select pg_is_in_recovery()")
                        .succeeded())
                .isEqualTo("t");
    }

    @Test
    void saysWhatClientsDoAndStopsThem() throws IOException {
        var sleeping = plugin.start("psql", "shop", "--", "--no-psqlrc", "-c", "select pg_sleep(600) as long_sleep");
        NAMESPACE.eventually(
                "ps shows it", () -> assertThat(plugin.run("ps", "shop").out()).contains("long_sleep"));
        var pid = plugin.run("ps", "shop")
                .out()
                .lines()
                .filter(line -> line.contains("long_sleep"))
                .findFirst()
                .orElseThrow()
                .split(" ", 2)[0];
        assertThat(plugin.run("kill", "shop", pid).succeeded()).isEqualTo(pid + ": told to stop");
        assertThat(new String(sleeping.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("canceling statement due to user request");
        assertThat(plugin.run("kill", "shop", pid).err()).contains("there is no connection " + pid);
    }

    @Test
    void saysWhyItDoesNotGetReady() {
        plugin.run("fork", "shop", "too-small", "--size=1Mi").succeeded();
        var result = plugin.run("wait", "too-small");
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.err()).contains("fork too-small: StorageSmaller: ");
    }

    @Test
    void showsTheLog() {
        assertThat(plugin.run("logs", "shop", "--tail=1000").succeeded())
                .contains("database system is ready to accept connections");
        assertThat(plugin.run("logs", "shop", "--tail=1").succeeded().lines()).hasSize(1);
    }

    @Test
    void completes() {
        assertThat(plugin.complete("unf")).containsExactly("unfollow", ":4");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void promotesBothWaysThenUnfollows() {
        plugin.run("promote", "shop-replica", "--confirm=shop-replica", "--wait")
                .succeeded();
        assertThat(plugin.run(
                                "psql",
                                "shop",
                                "--",
                                "--no-psqlrc",
                                "-Atc",
                                "select pg_is_in_recovery(), answer from kept")
                        .succeeded())
                .isEqualTo("f|42");
        var reply = plugin.run("unfollow", "shop-replica", "--confirm=shop-replica", "--wait", "--timeout=1s");
        assertThat(reply.exitCode()).as("it is the primary: waits").isEqualTo(4);
        plugin.run("wait", "shop").succeeded();
        plugin.run("promote", "shop", "--confirm=shop", "--wait").succeeded();
        NAMESPACE.eventually(
                "it is unfollowed",
                () -> assertThat(NAMESPACE.follower("shop-replica").condition("Unfollowed"))
                        .startsWith("True"));
        plugin.run("wait", "shop-replica").succeeded();
        assertThat(plugin.run("psql", "shop-replica", "--", "--no-psqlrc", "-Atc", "select pg_is_in_recovery()")
                        .succeeded())
                .isEqualTo("f");
    }
}
