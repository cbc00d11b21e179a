package dev.pgfork.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An API server that keeps objects in memory and knows pgfork's kinds; a new one for each test. */
final class ApiServer implements BeforeEachCallback, AfterEachCallback {
    static final String NAMESPACE = "prod";

    /** Tells of each request, unless it is told not to; held here, for loggers that nobody holds are forgotten. */
    private static final Logger LOGGER = Logger.getLogger("io.fabric8.mockwebserver");

    static {
        LOGGER.setLevel(Level.WARNING);
    }

    private KubernetesCrudDispatcher objects;
    private KubernetesMockServer server;
    private KubernetesClient client;

    @Override
    public void beforeEach(ExtensionContext context) {
        objects = new KubernetesCrudDispatcher();
        server = new KubernetesMockServer(
                new Context(new ObjectMapper()), new MockWebServer(), new HashMap<>(), objects, false);
        server.init();
        List.of(PostgresDatabase.class, PostgresFollower.class, PostgresFork.class)
                .forEach(type ->
                        objects.expectCustomResource(CustomResourceDefinitionContext.fromCustomResourceType(type)));
        client = new KubernetesClientBuilder().withConfig(config(NAMESPACE)).build();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        client.close();
        server.destroy();
    }

    Config config(String namespace) {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(server.url("/"))
                .withNamespace(namespace)
                .withRequestRetryBackoffLimit(0)
                // The mock server garbles an answer now and then while the client asks it to change to HTTP/2.
                .withHttp2Disable(true)
                .build();
    }

    KubernetesClient client() {
        return client;
    }

    /** Creates what a file of the test's resources describes, with the status that stands there. */
    void has(String file) {
        Arrays.stream(text(file).split("(?m)^---\\s*$")).forEach(this::create);
    }

    private void create(String yaml) {
        var object = Yaml.read(yaml);
        var namespace = Objects.requireNonNullElse(object.getMetadata().getNamespace(), NAMESPACE);
        var created = client.resource(object).inNamespace(namespace).create();
        // The server has given it others, as a real one would.
        replaceInStore(created.getMetadata().getUid(), object.getMetadata().getUid());
        replaceInStore(
                created.getMetadata().getCreationTimestamp(),
                object.getMetadata().getCreationTimestamp());
    }

    private void replaceInStore(String text, String by) {
        if (by != null) {
            objects.getMap().replaceAll((key, json) -> json.replace("\"" + text + "\"", "\"" + by + "\""));
        }
    }

    /** The operator goes on: the status becomes that of the file. */
    void becomes(String yaml) {
        client.resource(Yaml.read(yaml)).inNamespace(NAMESPACE).updateStatus();
    }

    <T extends HasMetadata> Optional<T> find(Class<T> type, String name) {
        return Optional.ofNullable(
                client.resources(type).inNamespace(NAMESPACE).withName(name).get());
    }

    <T extends HasMetadata> T get(Class<T> type, String name) {
        return find(type, name).orElseThrow();
    }

    static String text(String file) {
        try (var stream = Objects.requireNonNull(ApiServer.class.getResourceAsStream(file), file)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
