package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.e2e.cluster.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What stands in {@code examples/} does what it says, as it is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExamplesIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final Path EXAMPLES = Path.of(System.getProperty("pgfork.root"), "examples");

    static List<Path> examples() throws IOException {
        try (var files = Files.list(EXAMPLES)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    /** All at once, when the database is there that the forks and followers among them are made of. */
    @BeforeAll
    void applyThemAll() throws IOException {
        NAMESPACE.apply(Files.readString(EXAMPLES.resolve("database.yaml")));
        NAMESPACE.database("shop").awaitReady();
        for (var example : examples()) {
            NAMESPACE.apply(Files.readString(example));
        }
    }

    @ParameterizedTest
    @MethodSource("examples")
    void anExampleWorksAsItIs(Path example) throws IOException {
        var yaml = Files.readString(example);
        for (var object : NAMESPACE.documents(yaml)) {
            var name = object.getMetadata().getName();
            switch (object.getKind()) {
                case PostgresDatabase.KIND -> NAMESPACE.database(name).awaitReady();
                case PostgresFork.KIND -> NAMESPACE.fork(name).awaitReady();
                case PostgresFollower.KIND -> awaitWanted(name);
                case "Job" -> awaitSuccess(name);
                case "ConfigMap" -> assertThat(yaml).as("somebody uses it").contains("configMap: {name: " + name);
                default -> throw new AssertionError("nobody looks whether the " + object.getKind() + " works");
            }
        }
    }

    private static void awaitWanted(String follower) {
        var instance = NAMESPACE.follower(follower).awaitReady();
        var spec = NAMESPACE
                .client()
                .resources(PostgresFollower.class)
                .inNamespace(NAMESPACE.name())
                .withName(follower)
                .get()
                .getSpec();
        if (Boolean.TRUE.equals(spec.unfollow())) {
            NAMESPACE.eventually(
                    instance + " is unfollowed",
                    () -> assertThat(instance.condition("Unfollowed")).startsWith("True, "));
            instance.awaitReady();
        }
    }

    private static void awaitSuccess(String job) {
        NAMESPACE.eventually(
                "job " + job + " has succeeded",
                () -> assertThat(NAMESPACE
                                .client()
                                .batch()
                                .v1()
                                .jobs()
                                .inNamespace(NAMESPACE.name())
                                .withName(job)
                                .get()
                                .getStatus()
                                .getSucceeded())
                        .isEqualTo(1));
    }
}
