package dev.pgfork.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.mock.TestApiServer;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FabricObjectReaderTest {
    private final TestApiServer api = new TestApiServer();
    private final KubernetesClient client = api.client();
    private final Informers informers =
            new Informers(client, Namespaces.ALL, (kind, namespace, name) -> {}, Duration.ofHours(1));
    private final ObjectReader reader = new FabricObjectReader(informers, client);

    @AfterEach
    void close() {
        informers.close();
        api.close();
    }

    @Test
    void listsByLabels() {
        var shop = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid-1");
        var cart = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "cart", "uid-2");
        client.resource(secret("shop-app", Labels.of(shop))).create();
        client.resource(secret("cart-app", Labels.of(cart))).create();
        informers.start();

        assertThat(reader.list(Secret.class, "prod", Labels.of(shop)))
                .extracting(secret -> secret.getMetadata().getName())
                .containsExactly("shop-app");
        assertThat(reader.list(Secret.class, "prod", Map.of())).hasSize(2);
        assertThat(reader.get(Secret.class, "prod", "cart-app")).isPresent();
    }

    @Test
    void asksTheApiServerForWhatIsNotOurs() {
        client.resource(secret("theirs", Map.of())).create();
        client.resource(new PersistentVolumeBuilder()
                        .withNewMetadata()
                        .withName("pv-1")
                        .endMetadata()
                        .build())
                .create();

        assertThat(reader.getUncached(Secret.class, "prod", "theirs")).isPresent();
        assertThat(reader.getUncached(Secret.class, "prod", "other")).isEmpty();
        assertThat(reader.getUncached(PersistentVolume.class, null, "pv-1")).isPresent();
        assertThat(reader.listUncached(PersistentVolume.class, null)).hasSize(1);
        assertThat(reader.listUncached(Secret.class, "preview")).isEmpty();
    }

    @Test
    void whatCouldNotBeSeenIsNotAbsent() {
        api.refuse(call -> call.resource().equals("secrets"), 500, "etcd is down");

        assertThatThrownBy(() -> reader.getUncached(Secret.class, "prod", "theirs"))
                .isInstanceOf(KubernetesClientException.class);
        assertThatThrownBy(() -> reader.listUncached(Secret.class, "prod"))
                .isInstanceOf(KubernetesClientException.class);
    }

    @Test
    void tellsTheLatestWarningAboutAnObject() {
        var pod = pod("uid-1");
        event("a", "uid-1", "Warning", "FailedScheduling", "2026-11-21T10:00:00Z");
        event("b", "uid-1", "Warning", "FailedMount", "2026-11-21T10:00:05Z");
        event("c", "uid-1", "Normal", "Pulled", "2026-11-21T10:00:09Z");
        event("d", "uid-2", "Warning", "BackOff", "2026-11-21T10:00:09Z");

        assertThat(reader.lastWarning(pod)).contains("FailedMount: because");
        assertThat(reader.lastWarning(pod("uid-3"))).isEmpty();
        api.refuse(call -> call.resource().equals("events"), 403, "forbidden");
        assertThat(reader.lastWarning(pod)).isEmpty();
    }

    private void event(String name, String uid, String type, String reason, String time) {
        client.resource(new EventBuilder()
                        .withNewMetadata()
                        .withNamespace("prod")
                        .withName(name)
                        .endMetadata()
                        .withNewInvolvedObject()
                        .withUid(uid)
                        .endInvolvedObject()
                        .withType(type)
                        .withReason(reason)
                        .withMessage("because")
                        .withLastTimestamp(time)
                        .build())
                .create();
    }

    private static Pod pod(String uid) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("prod")
                .withName("shop-g1-0")
                .withUid(uid)
                .endMetadata()
                .build();
    }

    private static Secret secret(String name, Map<String, String> labels) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace("prod")
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build();
    }
}
