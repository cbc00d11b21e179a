package dev.pgfork.e2e.cluster;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.e2e.postgres.Route;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * A namespace for one test class, which admits only pods that fit the standard {@code restricted}. It is made before
 * the first test; after the last one its followers, forks and databases must go, and the operator must not have been
 * refused anything; the rest goes with the namespace.
 */
public final class TestNamespace
        implements BeforeAllCallback,
                AfterAllCallback,
                TestExecutionExceptionHandler,
                LifecycleMethodExecutionExceptionHandler {

    /** More than any step needs on a busy machine. Nothing is asserted about how long something takes. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final List<Class<? extends HasMetadata>> KINDS =
            List.of(PostgresFollower.class, PostgresFork.class, PostgresDatabase.class);

    private @Nullable KubernetesClient client;
    private @Nullable Route route;
    private String name = "";

    @Override
    public void beforeAll(ExtensionContext context) {
        var kubernetes = ClusterClient.open();
        client = kubernetes;
        route = Route.intoClusterOf(kubernetes);
        name = kubernetes
                .namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withGenerateName(kebab(context.getRequiredTestClass().getSimpleName()) + "-")
                        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                        .endMetadata()
                        .build())
                .create()
                .getMetadata()
                .getName();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        try {
            // All at once: a follower that is the primary goes with its database only.
            KINDS.forEach(kind -> client().resources(kind).inNamespace(name).delete());
            KINDS.forEach(this::awaitNone);
            client().namespaces().withName(name).delete();
            new Operator(client()).wasAllowedEverything();
        } finally {
            route().close();
            client().close();
        }
    }

    /**
     * By hand before the namespace: Kubernetes deletes the pods of a namespace first, then waits half of their grace
     * period before it looks at anything else.
     */
    private void awaitNone(Class<? extends HasMetadata> kind) {
        eventually(
                "every " + kind.getSimpleName() + " is gone",
                () -> Assertions.assertThat(client().resources(kind)
                                .inNamespace(name)
                                .list()
                                .getItems())
                        .isEmpty());
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw diagnosed(failure);
    }

    @Override
    public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw diagnosed(failure);
    }

    @Override
    public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        throw diagnosed(failure);
    }

    /** With the state of the namespace, which is gone by the time that somebody reads of the failure. */
    private Throwable diagnosed(Throwable failure) {
        failure.addSuppressed(new AssertionError(new Diagnosis(client(), name).text()));
        return failure;
    }

    private static String kebab(String className) {
        return className.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    public KubernetesClient client() {
        return Objects.requireNonNull(client, "only between the first and the last test");
    }

    /** The API as a user sees it who has only been given what the test gives him; to be closed. */
    public KubernetesClient clientOf(String user) {
        return ClusterClient.openAs(user);
    }

    public String name() {
        return name;
    }

    Route route() {
        return Objects.requireNonNull(route, "only between the first and the last test");
    }

    /** Applies all documents, like {@code kubectl apply --server-side}; objects without a namespace go to this one. */
    public void apply(String yaml) {
        documents(yaml).forEach(object -> {
            if (object.getMetadata().getNamespace() == null) {
                client().resource(object).inNamespace(name).forceConflicts().serverSideApply();
            } else {
                client().resource(object).forceConflicts().serverSideApply();
            }
        });
    }

    /** Objects that are written in YAML, one or several documents. */
    public List<HasMetadata> documents(String yaml) {
        return Arrays.stream(yaml.split("(?m)^---\\s*$"))
                .filter(document -> document.lines().anyMatch(line -> line.startsWith("kind:")))
                .<HasMetadata>map(
                        document -> client().getKubernetesSerialization().unmarshal(document))
                .toList();
    }

    /** A small database with nothing special, as soon as it is ready. */
    public Instance makeDatabase(String databaseName) {
        apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: %s}
                spec: {storage: {size: 1Gi}, deletionPolicy: Delete}
                """.formatted(databaseName));
        return database(databaseName).awaitReady();
    }

    public Instance database(String databaseName) {
        return new Instance(this, PostgresDatabase.class, databaseName);
    }

    public Instance fork(String forkName) {
        return new Instance(this, PostgresFork.class, forkName);
    }

    public Instance follower(String followerName) {
        return new Instance(this, PostgresFollower.class, followerName);
    }

    /** Waits until a fork has come to the phase, or to a later one, and returns as soon as the API server says so. */
    public void awaitPhase(String forkName, ForkPhase phase) {
        client().resources(PostgresFork.class)
                .inNamespace(name)
                .withName(forkName)
                .waitUntilCondition(
                        fork -> fork != null
                                && fork.getStatus() != null
                                && fork.getStatus().phase() != null
                                && fork.getStatus().phase().compareTo(phase) >= 0,
                        PATIENCE.toSeconds(),
                        TimeUnit.SECONDS);
    }

    public Shell shell(String pod) {
        return new Shell(client(), name, pod);
    }

    /** All that the container of a pod has logged. */
    public String log(String pod) {
        return client().pods().inNamespace(name).withName(pod).getLog();
    }

    /** Replaces some keys of a Secret. */
    public void replaceSecret(String secretName, Map<String, String> texts) {
        client().secrets().inNamespace(name).withName(secretName).edit(secret -> {
            texts.forEach((key, text) -> secret.getData()
                    .put(key, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
            return secret;
        });
    }

    public void labelAllNodes(String key, String value) {
        editNodes(labels -> labels.put(key, value));
    }

    public void removeLabelOfNodes(String key) {
        editNodes(labels -> labels.remove(key));
    }

    private void editNodes(Consumer<Map<String, String>> change) {
        client().nodes()
                .list()
                .getItems()
                .forEach(node -> client().nodes()
                        .withName(node.getMetadata().getName())
                        .edit(present -> {
                            change.accept(present.getMetadata().getLabels());
                            return present;
                        }));
    }

    public Optional<Secret> secret(String secretName) {
        return Optional.ofNullable(
                client().secrets().inNamespace(name).withName(secretName).get());
    }

    /** Objects that pgfork made for an instance, as {@code Kind/name}. */
    public List<String> objectsOf(String instance) {
        return new Leftovers(client(), name).of(instance);
    }

    /** Objects that belong to the resource of that uid, as {@code Kind/name}. */
    public List<String> objectsOwnedBy(String uid) {
        return new Leftovers(client(), name).ownedBy(uid);
    }

    /** Volumes and snapshots that exist for claims of this namespace. */
    public List<String> storage() {
        return storageOf(name);
    }

    /** Volumes and snapshots that exist for claims of any namespace, be it gone or not. */
    public List<String> storageOf(String namespace) {
        return new Leftovers(client(), namespace).onStorage();
    }

    /**
     * Waits until the assertion holds.
     *
     * @param what is waited for, as one would say it
     * @throws AssertionError with its last complaint if it does not come true
     */
    public void eventually(String what, ThrowingCallable assertion) {
        eventually(what, () -> {}, assertion);
    }

    /**
     * Waits until the assertion holds, and gives up at once when it cannot come true any more.
     *
     * @param stillPossible throws when there is no use in waiting
     */
    public void eventually(String what, Runnable stillPossible, ThrowingCallable assertion) {
        try {
            Awaitility.await(what)
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(100))
                    .failFast(stillPossible::run)
                    .ignoreExceptions()
                    .untilAsserted(assertion::call);
        } catch (ConditionTimeoutException | TerminalFailureException e) {
            throw new AssertionError("%s: not within %s%n%s".formatted(what, PATIENCE, e.getMessage()), e);
        }
    }
}
