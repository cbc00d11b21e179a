package dev.pgfork.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.mock.TestApiServer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContentBuilder;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InformersTest {
    private static final Owner SHOP = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid-1");
    private static final Owner FORK = new Owner("pgfork.dev/v1alpha1", "PostgresFork", "prod", "pr-1", "uid-2");

    private final TestApiServer api = new TestApiServer();
    private final KubernetesClient client = api.client();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private Informers informers = informers(Namespaces.ALL);

    private Informers informers(Namespaces namespaces) {
        return new Informers(
                client,
                namespaces,
                (kind, namespace, name) -> asked.add(kind.toLowerCase(Locale.ROOT) + " " + namespace + "/" + name),
                Duration.ofMillis(20));
    }

    @AfterEach
    void close() {
        informers.close();
        api.close();
    }

    @Test
    void holdsWhatIsOursAndNothingElse() {
        client.resource(secret("ours", Labels.of(SHOP))).create();
        client.resource(secret("theirs", Map.of("app", "shop"))).create();

        informers.start();

        assertThat(informers.get(Secret.class, "prod", "ours")).isPresent();
        assertThat(informers.get(Secret.class, "prod", "theirs")).isEmpty();
        assertThat(informers.in(Secret.class, "prod")).hasSize(1);
        assertThat(informers.in(Secret.class, "preview")).isEmpty();
        assertThat(informers.deaf()).isEmpty();
    }

    @Test
    void dropsTheContentOfConfigMaps() {
        informers.start();
        client.resource(new ConfigMapBuilder()
                        .withMetadata(meta("shop-g1", Labels.of(SHOP)))
                        .withData(Map.of("instance.sh", "…"))
                        .build())
                .create();

        await().until(() -> informers.get(ConfigMap.class, "prod", "shop-g1").isPresent());

        assertThat(informers
                        .get(ConfigMap.class, "prod", "shop-g1")
                        .orElseThrow()
                        .getData())
                .isNullOrEmpty();
    }

    @Test
    void asksTheResourceThatTheLabelsName() {
        informers.start();

        client.resource(secret("a", Labels.of(FORK))).create();
        await().until(() -> asked.contains("postgresfork prod/pr-1"));
        asked.clear();
        client.resource(secret("a", Labels.of(FORK))).delete();
        await().until(() -> asked.contains("postgresfork prod/pr-1"));
    }

    @Test
    void asksForksWhenTheirSourceChangesAndTheSourceWhenForksComeAndGo() {
        informers.start();
        create("kind: PostgresFork\nmetadata: {name: pr-1, namespace: prod}\nspec: {from: {name: shop}}");
        await().until(() -> asked.contains("postgresdatabase prod/shop"));
        asked.clear();

        create("kind: PostgresDatabase\nmetadata: {name: shop, namespace: prod}\nspec: {storage: {size: 1Gi}}");
        await().until(() -> asked.contains("postgresfork prod/pr-1"));
        assertThat(informers.forksOf("PostgresDatabase", "prod", "shop"))
                .extracting(fork -> fork.getMetadata().getName())
                .containsExactly("pr-1");
        assertThat(informers.forksOf("PostgresDatabase", "preview", "shop")).isEmpty();
        asked.clear();

        client.resources(PostgresFork.class)
                .inNamespace("prod")
                .withName("pr-1")
                .delete();
        await().until(() -> asked.contains("postgresdatabase prod/shop"));
    }

    @Test
    void doesNotAskForksWhenTheirNumberChanges() {
        informers.start();
        create("kind: PostgresFork\nmetadata: {name: pr-1, namespace: prod}\nspec: {from: {name: shop}}");
        create("kind: PostgresDatabase\nmetadata: {name: shop, namespace: prod}\nspec: {storage: {size: 1Gi}}");
        status("{\"status\":{\"forks\":0}}");
        await().until(() -> Collections.frequency(asked, "postgresfork prod/pr-1") == 2);
        asked.clear();

        status("{\"status\":{\"forks\":1}}");
        status("{\"status\":{\"forks\":2,\"phase\":\"Ready\"}}");
        await().until(() -> !asked.isEmpty());

        assertThat(asked).containsExactly("postgresfork prod/pr-1");
    }

    @Test
    void noticesThatSnapshotsHaveBeenInstalled() {
        create("kind: PostgresFork\nmetadata: {name: pr-1, namespace: prod}\nspec: {from: {name: shop}}");
        informers.start();
        assertThat(informers.isServed(VolumeSnapshot.class)).isFalse();
        asked.clear();

        api.installSnapshots();

        await().until(() -> asked.contains("postgresfork prod/pr-1"));
        assertThat(informers.isServed(VolumeSnapshot.class)).isTrue();
    }

    @Test
    void asksTheOwnerOfTheSnapshotThatAContentBelongsTo() {
        api.installSnapshots();
        informers.start();
        var snapshot = client.resource(new VolumeSnapshotBuilder()
                        .withMetadata(meta("cut", Labels.of(FORK)))
                        .withNewSpec()
                        .endSpec()
                        .build())
                .create();
        await().until(() -> informers.get(VolumeSnapshot.class, "prod", "cut").isPresent());
        asked.clear();

        client.resource(new VolumeSnapshotContentBuilder()
                        .withNewMetadata()
                        .withName("snapcontent-1")
                        .endMetadata()
                        .withNewSpec()
                        .withNewVolumeSnapshotRef()
                        .withNamespace("prod")
                        .withName("cut")
                        .withUid(snapshot.getMetadata().getUid())
                        .endVolumeSnapshotRef()
                        .endSpec()
                        .build())
                .create();

        await().until(() -> asked.contains("postgresfork prod/pr-1"));
        assertThat(informers.get(VolumeSnapshotContent.class, null, "snapcontent-1"))
                .isPresent();
    }

    @Test
    void watchesOnlyTheNamespacesThatItWasGiven() {
        informers.close();
        informers = informers(new Namespaces(new TreeSet<>(List.of("prod", "preview"))));
        client.resource(secret("ours", Labels.of(SHOP))).create();
        client.resource(new SecretBuilder(secret("ours", Labels.of(SHOP)))
                        .editMetadata()
                        .withNamespace("elsewhere")
                        .endMetadata()
                        .build())
                .create();

        informers.start();

        assertThat(informers.get(Secret.class, "prod", "ours")).isPresent();
        assertThat(informers.get(Secret.class, "elsewhere", "ours")).isEmpty();
        assertThat(informers.all(PostgresDatabase.class)).isEmpty();
    }

    @Test
    void saysWhatItCannotSee() {
        api.refuse(call -> call.resource().equals("secrets"), 403, "secrets is forbidden");

        assertThatThrownBy(informers::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot watch secrets: secrets is forbidden");
    }

    @Test
    void showsOwnWritesBeforeTheyAreHeardOf() {
        informers.start();
        var written = secret("ours", Labels.of(SHOP));
        written.getMetadata().setResourceVersion("1000000");

        informers.remember(written);

        assertThat(informers.get(Secret.class, "prod", "ours")).isPresent();
        assertThat(informers.in(Secret.class, "prod")).hasSize(1);
        assertThat(informers.in(Secret.class, "preview")).isEmpty();
    }

    private void create(String yaml) {
        HasMetadata object = client.getKubernetesSerialization().unmarshal("apiVersion: pgfork.dev/v1alpha1\n" + yaml);
        client.resource(object).create();
    }

    private void status(String patch) {
        client.resources(PostgresDatabase.class)
                .inNamespace("prod")
                .withName("shop")
                .subresource("status")
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    private static Secret secret(String name, Map<String, String> labels) {
        return new SecretBuilder().withMetadata(meta(name, labels)).build();
    }

    private static ObjectMeta meta(String name, Map<String, String> labels) {
        return new ObjectMetaBuilder()
                .withNamespace("prod")
                .withName(name)
                .withLabels(labels)
                .build();
    }
}
