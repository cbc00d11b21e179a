package dev.pgfork.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.mock.TestApiServer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FabricKubeWriterTest {
    private static final Owner SHOP = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid-1");

    private final TestApiServer api = new TestApiServer();
    private final KubernetesClient client = api.client();
    private final KubernetesClient operators = new KubernetesClientBuilder()
            .withConfig(new ConfigBuilder(api.config())
                    .withUserAgent(FieldOwnership.NAME)
                    .build())
            .build();
    private final List<HasMetadata> written = new ArrayList<>();
    private final KubeWriter writer = new FabricKubeWriter(operators, written::add);

    @AfterEach
    void close() {
        operators.close();
        api.close();
    }

    @Test
    void createsAndLeavesWhatIsThere() {
        writer.create(SHOP, ours(Map.of("a", "1")));
        writer.create(SHOP, ours(Map.of("a", "2")));

        assertThat(stored().getData()).containsExactly(Map.entry("a", "1"));
    }

    @Test
    void appliesWhatIsNotThereAndWhatIs() {
        writer.apply(SHOP, ours(Map.of("a", "1", "b", "1")));
        writer.apply(SHOP, ours(Map.of("a", "2")));

        assertThat(stored().getData()).containsExactly(Map.entry("a", "2"));
    }

    @Test
    void anApplyDropsWhatACreateHadMade() {
        writer.create(SHOP, ours(Map.of("a", "1", "b", "1")));
        writer.apply(SHOP, ours(Map.of("a", "2")));

        assertThat(stored().getData()).containsExactly(Map.entry("a", "2"));
    }

    @Test
    void tellsWhatTheApiServerStored() {
        writer.create(SHOP, ours(Map.of("a", "1")));
        writer.create(SHOP, ours(Map.of("a", "1")));
        assertThat(written).hasSize(1);
        assertThat(written.getLast().getMetadata().getUid())
                .isEqualTo(stored().getMetadata().getUid());

        writer.apply(SHOP, ours(Map.of("a", "2")));
        assertThat(written.getLast().getMetadata().getResourceVersion())
                .isEqualTo(stored().getMetadata().getResourceVersion());
    }

    @Test
    void keepsWhatOthersAdded() {
        writer.apply(SHOP, ours(Map.of("a", "1")));
        client.resource(stored())
                .edit(map -> new ConfigMapBuilder(map)
                        .editMetadata()
                        .addToAnnotations("theirs", "kept")
                        .endMetadata()
                        .build());

        writer.apply(SHOP, ours(Map.of("a", "2")));

        assertThat(stored().getMetadata().getAnnotations()).containsEntry("theirs", "kept");
    }

    @Test
    void setsALabelOfTheVeryObjectAndTakesItAway() {
        writer.apply(SHOP, ours(Map.of("a", "1")));
        var observed = stored();

        writer.label(SHOP, observed, "pgfork.dev/read", "shop");
        assertThat(stored().getMetadata().getLabels()).containsEntry("pgfork.dev/read", "shop");
        assertThat(stored().getData()).containsExactly(Map.entry("a", "1"));
        assertThat(written.getLast().getMetadata().getLabels()).containsEntry("pgfork.dev/read", "shop");

        writer.label(SHOP, observed, "pgfork.dev/read", null);
        // The simulated server keeps a null where a real one takes the label away.
        assertThat(stored().getMetadata().getLabels().get("pgfork.dev/read")).isNull();

        client.resource(stored()).delete();
        writer.label(SHOP, observed, "pgfork.dev/read", "shop");
        assertThat(client.configMaps().inAnyNamespace().list().getItems()).isEmpty();
    }

    /** That others' stay, and that it goes again, only a real API server shows: this one appends to lists. */
    @Test
    void addsAFinalizerOnce() {
        writer.apply(SHOP, ours(Map.of("a", "1")));
        var observed = stored();
        writer.addFinalizer(SHOP, observed, "pgfork.dev/ours");
        assertThat(stored().getMetadata().getFinalizers()).containsExactly("pgfork.dev/ours");
        assertThat(written.getLast().getMetadata().getFinalizers()).containsExactly("pgfork.dev/ours");
        var version = stored().getMetadata().getResourceVersion();

        writer.addFinalizer(SHOP, observed, "pgfork.dev/ours");
        writer.removeFinalizer(SHOP, observed, "pgfork.dev/another");
        assertThat(stored().getMetadata().getResourceVersion()).isEqualTo(version);
        assertThat(stored().getData()).containsExactly(Map.entry("a", "1"));
    }

    @Test
    void addsAFinalizerOnlyToTheVeryObjectAndOnlyWhileItStays() {
        writer.apply(SHOP, ours(Map.of("a", "1")));
        var observed = stored();
        client.resource(observed).delete();
        writer.addFinalizer(SHOP, observed, "pgfork.dev/ours");
        writer.removeFinalizer(SHOP, observed, "pgfork.dev/ours");
        assertThat(client.configMaps().inAnyNamespace().list().getItems()).isEmpty();

        writer.apply(SHOP, ours(Map.of("a", "2")));
        writer.addFinalizer(SHOP, observed, "pgfork.dev/ours");
        assertThat(stored().getMetadata().getFinalizers())
                .as("of another object of that name")
                .isEmpty();
    }

    @Test
    void annotatesAndLeavesTheRest() {
        writer.apply(SHOP, ours(Map.of("a", "1")));
        var observed = stored();

        writer.annotate(SHOP, observed, "pgfork.dev/kept", "Diverged");
        writer.annotate(SHOP, observed, "pgfork.dev/other", "x");
        assertThat(stored().getMetadata().getAnnotations())
                .containsEntry("pgfork.dev/kept", "Diverged")
                .containsEntry("pgfork.dev/other", "x");
        assertThat(stored().getData()).containsExactly(Map.entry("a", "1"));

        client.resource(stored()).delete();
        writer.annotate(SHOP, observed, "pgfork.dev/kept", "Diverged");
        assertThat(client.configMaps().inAnyNamespace().list().getItems()).isEmpty();
    }

    @Test
    void growsTheVeryClaimAndNeverShrinksIt() {
        writer.create(SHOP, claim("uid-1"));
        var observed = storedClaim();
        writer.grow(SHOP, observed, new Quantity("2Gi"));
        assertThat(storedClaim().getSpec().getResources().getRequests()).containsEntry("storage", new Quantity("2Gi"));
        assertThat(storedClaim().getSpec().getAccessModes()).containsExactly("ReadWriteOncePod");

        assertThatThrownBy(() -> writer.grow(SHOP, storedClaim(), new Quantity("2Gi")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("never shrinks");
        assertThatThrownBy(() -> writer.grow(SHOP, claim("uid-2"), new Quantity("3Gi")))
                .isInstanceOf(IllegalArgumentException.class);

        // What has changed since it was seen is looked at again first.
        writer.grow(SHOP, observed, new Quantity("3Gi"));
        assertThat(storedClaim().getSpec().getResources().getRequests()).containsEntry("storage", new Quantity("2Gi"));
        client.resource(observed).delete();
        writer.grow(SHOP, observed, new Quantity("3Gi"));
        assertThat(client.persistentVolumeClaims().inAnyNamespace().list().getItems())
                .isEmpty();
    }

    private PersistentVolumeClaim storedClaim() {
        return client.persistentVolumeClaims()
                .inNamespace("prod")
                .withName("shop-g1")
                .require();
    }

    private static PersistentVolumeClaim claim(String ownerUid) {
        return new PersistentVolumeClaimBuilder()
                .withMetadata(new ObjectMetaBuilder(map(ownerUid, Map.of()).getMetadata())
                        .withName("shop-g1")
                        .build())
                .withNewSpec()
                .withAccessModes("ReadWriteOncePod")
                .withNewResources()
                .withRequests(Map.of("storage", new Quantity("1Gi")))
                .endResources()
                .endSpec()
                .build();
    }

    @Test
    void touchesNothingOfSomebodyElse() {
        client.resource(map("uid-2", Map.of("a", "theirs"))).create();

        assertThatThrownBy(() -> writer.create(SHOP, ours(Map.of("a", "1"))))
                .isInstanceOf(NameTakenException.class)
                .hasMessageContaining("ConfigMap shop exists and belongs to PostgresDatabase shop");
        assertThatThrownBy(() -> writer.apply(SHOP, ours(Map.of("a", "1")))).isInstanceOf(NameTakenException.class);

        assertThat(stored().getData()).containsExactly(Map.entry("a", "theirs"));
    }

    @Test
    void doesNotOverwriteWhatSomebodyMadeBetweenLookingAndApplying() {
        api.createBefore(call -> call.verb().equals("patch"), map("uid-2", Map.of("a", "theirs")));

        assertThatThrownBy(() -> writer.apply(SHOP, ours(Map.of("a", "1")))).isInstanceOf(NameTakenException.class);

        assertThat(stored().getData()).containsExactly(Map.entry("a", "theirs"));
    }

    @Test
    void refusesObjectsThatDoNotCarryTheOwnersUid() {
        var foreign = map("uid-2", Map.of());

        assertThatThrownBy(() -> writer.create(SHOP, foreign)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.apply(SHOP, foreign)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.delete(SHOP, foreign)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.label(SHOP, foreign, "pgfork.dev/read", "shop"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> writer.annotate(SHOP, foreign, "pgfork.dev/kept", "Diverged"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(client.configMaps().inAnyNamespace().list().getItems()).isEmpty();
    }

    @Test
    void deletesExactlyTheObjectThatWasObserved() {
        writer.create(SHOP, ours(Map.of("a", "1")));
        var observed = stored();
        client.resource(observed).delete();
        client.resource(ours(Map.of("a", "2"))).create();

        writer.delete(SHOP, observed);
        assertThat(stored().getData()).containsExactly(Map.entry("a", "2"));

        writer.delete(SHOP, stored());
        assertThat(client.configMaps().inAnyNamespace().list().getItems()).isEmpty();
        writer.delete(SHOP, observed);
    }

    @Test
    void deletesOnlyWhatWasObserved() {
        assertThatThrownBy(() -> writer.delete(SHOP, ours(Map.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("never observed");
    }

    @Test
    void saysWhatTheApiServerSaid() {
        api.refuse(call -> call.verb().equals("create"), 403, "configmaps \"shop\" is forbidden: exceeded quota");

        assertThatThrownBy(() -> writer.create(SHOP, ours(Map.of())))
                .isInstanceOf(KubernetesClientException.class)
                .satisfies(error -> assertThat(ApiErrors.message(error))
                        .isEqualTo("configmaps \"shop\" is forbidden: exceeded quota"));
    }

    private ConfigMap stored() {
        return Objects.requireNonNull(
                client.configMaps().inNamespace("prod").withName("shop").get());
    }

    private static ConfigMap ours(Map<String, String> data) {
        return map("uid-1", data);
    }

    private static ConfigMap map(String ownerUid, Map<String, String> data) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("prod")
                .withName("shop")
                .withOwnerReferences(
                        new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", ownerUid).reference())
                .endMetadata()
                .withData(data)
                .build();
    }
}
