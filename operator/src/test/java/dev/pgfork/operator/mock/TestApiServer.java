package dev.pgfork.operator.mock;

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
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClass;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/**
 * An API server that keeps objects in memory. It knows pgfork's kinds; VolumeSnapshots only once they are installed.
 */
public final class TestApiServer implements AutoCloseable {
    private static final List<Class<? extends HasMetadata>> SNAPSHOT_TYPES =
            List.of(VolumeSnapshot.class, VolumeSnapshotContent.class, VolumeSnapshotClass.class);

    /** What it has learned of types takes longer than most tests, and holds nothing else. */
    private static final KubernetesSerialization TYPES = new KubernetesSerialization();

    private volatile Runnable changed = () -> {};
    private final ApiDispatcher dispatcher = new ApiDispatcher(() -> changed.run());
    private final MockWebServer web = new MockWebServer();
    private final KubernetesMockServer server;
    private final KubernetesClient client;

    public TestApiServer() {
        server = new KubernetesMockServer(new Context(new ObjectMapper()), web, new HashMap<>(), dispatcher, false);
        server.init();
        dispatcher.expectCustomResource(CustomResourceDefinitionContext.fromCustomResourceType(PostgresDatabase.class));
        dispatcher.expectCustomResource(CustomResourceDefinitionContext.fromCustomResourceType(PostgresFork.class));
        dispatcher.expectCustomResource(CustomResourceDefinitionContext.fromCustomResourceType(PostgresFollower.class));
        client = newClient();
    }

    public void installSnapshots() {
        SNAPSHOT_TYPES.forEach(type -> dispatcher.expectCustomResource(new CustomResourceDefinitionContext.Builder()
                .withGroup(HasMetadata.getGroup(type))
                .withVersion(HasMetadata.getVersion(type))
                .withKind(HasMetadata.getKind(type))
                .withPlural(HasMetadata.getPlural(type))
                .withScope(type == VolumeSnapshot.class ? "Namespaced" : "Cluster")
                .withStatusSubresource(type != VolumeSnapshotClass.class)
                .build()));
    }

    /** For the test itself and for what plays the rest of the cluster. */
    public KubernetesClient client() {
        return client;
    }

    public KubernetesClient newClient() {
        return new KubernetesClientBuilder()
                .withConfig(config())
                .withKubernetesSerialization(TYPES)
                .build();
    }

    public Config config() {
        return config("");
    }

    /** @param token by which {@link #calls} tells who asked */
    public Config config(String token) {
        return new ConfigBuilder(Config.empty())
                .withOauthToken(token)
                .withMasterUrl(url())
                .withNamespace("test")
                .withRequestRetryBackoffLimit(0)
                // The mock server garbles an answer now and then while the client asks it to change to HTTP/2.
                .withHttp2Disable(true)
                .build();
    }

    public String url() {
        return server.url("/");
    }

    /** Everything that was asked so far with this token. */
    public Set<ApiCall> calls(String token) {
        return dispatcher.calls(token);
    }

    /** From now on such calls fail. */
    public void refuse(Predicate<ApiCall> calls, int code, String message) {
        dispatcher.refuse(
                call -> calls.test(call) ? Optional.of(new ApiDispatcher.Refusal(code, message)) : Optional.empty());
    }

    /** From now on such calls get no answer until the latch is open. */
    public void hang(Predicate<ApiCall> calls, CountDownLatch until) {
        dispatcher.hang(calls, until);
    }

    /** Somebody else makes the object right before the next such call is answered. */
    public void createBefore(Predicate<ApiCall> calls, HasMetadata object) {
        dispatcher.createBefore(calls, object);
    }

    public void refuseNothing() {
        dispatcher.refuseNothing();
    }

    void onChange(Runnable listener) {
        changed = listener;
    }

    void collectGarbage() {
        dispatcher.collectGarbage();
        // It keeps every request for tests that want to see them; none of ours does.
        web.reset();
    }

    @Override
    public void close() {
        client.close();
        server.destroy();
    }
}
