package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What stands in {@code examples/} does what it says, as it is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExamplesIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    /** The examples' namespace preview; {@code data} is the one above. */
    @RegisterExtension
    static final TestNamespace PREVIEW = new TestNamespace();

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
        NAMESPACE
                .client()
                .namespaces()
                .withName(PREVIEW.name())
                .edit(present -> new NamespaceBuilder(present)
                        .editMetadata()
                        .addToLabels("tier", "preview")
                        .endMetadata()
                        .build());
        for (var example : examples()) {
            NAMESPACE.apply(read(example));
        }
    }

    private static String read(Path example) throws IOException {
        return Files.readString(example)
                .replace("namespace: data", "namespace: " + NAMESPACE.name())
                .replace("namespace: preview", "namespace: " + PREVIEW.name());
    }

    @ParameterizedTest
    @MethodSource("examples")
    void anExampleWorksAsItIs(Path example) throws IOException {
        var yaml = read(example);
        for (var object : NAMESPACE.documents(yaml)) {
            var name = object.getMetadata().getName();
            switch (object.getKind()) {
                case PostgresDatabase.KIND -> NAMESPACE.database(name).awaitReady();
                case PostgresFork.KIND ->
                    (PREVIEW.name().equals(object.getMetadata().getNamespace()) ? PREVIEW : NAMESPACE)
                            .fork(name)
                            .awaitReady();
                case PostgresFollower.KIND -> awaitWanted(name);
                case "Job" -> awaitSuccess(name);
                case "ConfigMap" -> assertThat(yaml).as("somebody uses it").contains("configMap: {name: " + name);
                default -> throw new AssertionError("nobody looks whether the " + object.getKind() + " works");
            }
        }
    }

    /** With the kustomize that kubectl has. */
    @Test
    void anApplicationWorksOnAForkNamedByAnOverlay() throws Exception {
        for (var folder : List.of("base", "pull-request")) {
            NAMESPACE.apply(kustomized(EXAMPLES.resolve("kustomize").resolve(folder)));
        }
        for (var suffix : List.of("", "-pr-42")) {
            NAMESPACE.fork("preview" + suffix).awaitReady();
            awaitAvailable("shop" + suffix);
        }
    }

    private static String kustomized(Path folder) throws Exception {
        // The local cluster's kubectl lies beside its kubeconfig.
        var beside = Path.of(System.getenv("KUBECONFIG")).resolveSibling("kubectl");
        var kubectl = Files.isExecutable(beside) ? beside.toString() : "kubectl";
        var process = new ProcessBuilder(kubectl, "kustomize", folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var yaml = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("kubectl kustomize " + folder).isZero();
        return yaml;
    }

    private static void awaitAvailable(String deployment) {
        NAMESPACE.eventually(
                "deployment " + deployment + " is available",
                () -> assertThat(NAMESPACE
                                .client()
                                .apps()
                                .deployments()
                                .inNamespace(NAMESPACE.name())
                                .withName(deployment)
                                .get()
                                .getStatus()
                                .getAvailableReplicas())
                        .isEqualTo(1));
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
