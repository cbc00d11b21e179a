package dev.pgfork.cli.cluster;

import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.Kind;
import dev.pgfork.cli.resource.PgResource;
import dev.pgfork.cli.resource.ResourceName;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** pgfork's resources in a cluster, and the Secrets that belong to them. Close it after use. */
public final class Cluster implements AutoCloseable {
    private static final int NOT_FOUND = 404;

    private final KubernetesClient client;
    private final ConnectionSettings settings;
    private final Pods pods;
    private final Watches watches;

    /**
     * @param settings that the client was made by
     * @param pods of the client's namespace
     */
    public Cluster(KubernetesClient client, ConnectionSettings settings, Pods pods, Watches watches) {
        this.client = client;
        this.settings = settings;
        this.pods = pods;
        this.watches = watches;
    }

    public ConnectionSettings settings() {
        return settings;
    }

    public Pods pods() {
        return pods;
    }

    /** In which everything without a namespace is looked for. */
    public String namespace() {
        return client.getNamespace();
    }

    /** @throws Failure if there is none of that name */
    public PgResource get(ResourceName name) {
        return find(name).orElseThrow(() -> new Failure(name.absence(namespace())));
    }

    /** @throws Failure if there is none of that name, or it is no fork */
    public PgResource.Fork fork(ResourceName name) {
        return switch (get(name)) {
            case PgResource.Fork fork -> fork;
            case PgResource other -> throw new Failure("%s is no fork".formatted(other.title()));
        };
    }

    public Optional<PgResource> find(ResourceName name) {
        return Arrays.stream(Kind.values())
                .filter(kind -> name.kind().isEmpty() || name.kind().get() == kind)
                .flatMap(kind -> find(kind, name.name()).stream())
                .findFirst();
    }

    public Optional<PgResource> find(Kind kind, String name) {
        return Optional.ofNullable(client.resources(kind.type())
                        .inNamespace(namespace())
                        .withName(name)
                        .get())
                .map(PgResource::of);
    }

    /** Everything in the namespace. */
    public List<PgResource> all() {
        return Arrays.stream(Kind.values())
                .flatMap(kind -> client.resources(kind.type()).inNamespace(namespace()).list().getItems().stream())
                .map(PgResource::of)
                .toList();
    }

    /** Everything in all namespaces. */
    public List<PgResource> allNamespaces() {
        return Arrays.stream(Kind.values())
                .flatMap(kind -> client.resources(kind.type()).inAnyNamespace().list().getItems().stream())
                .map(PgResource::of)
                .toList();
    }

    public PgResource create(HasMetadata object) {
        return PgResource.of(client.resource(object).inNamespace(namespace()).create());
    }

    /** @param mergePatch JSON, as in {@code kubectl patch --type=merge} */
    public PgResource patch(PgResource resource, String mergePatch) {
        return PgResource.of(client.resources(resource.kind().type())
                .inNamespace(resource.namespace())
                .withName(resource.name())
                .patch(PatchContext.of(PatchType.JSON_MERGE), mergePatch));
    }

    public void delete(PgResource resource) {
        client.resource(resource.object()).delete();
    }

    public Watches watches() {
        return watches;
    }

    /**
     * The texts in a Secret.
     *
     * @throws Failure if there is none of that name
     */
    public Map<String, String> secret(String name) {
        var secret = client.secrets().inNamespace(namespace()).withName(name).get();
        if (secret == null) {
            throw new Failure("there is no Secret %s in namespace %s".formatted(name, namespace()));
        }
        return secret.getData().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> new String(Base64.getDecoder().decode(entry.getValue()), StandardCharsets.UTF_8)));
    }

    /** What the API server's refusal means, in a sentence. */
    public static String explain(KubernetesClientException refusal) {
        var status = refusal.getStatus();
        if (status != null && status.getMessage() != null) {
            return refusal.getCode() == NOT_FOUND
                            && status.getMessage().contains("could not find the requested resource")
                    ? "pgfork is not installed in this cluster: it does not know pgfork's resources"
                    : status.getMessage();
        }
        Throwable cause = refusal;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof TimeoutException
                ? "the API server does not answer in time"
                : "the API server cannot be asked: " + cause;
    }

    @Override
    public void close() {
        client.close();
    }
}
