package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The golden files show whole objects; the other tests say which of their traits somebody relies on. */
class InstanceResourcesTest {
    private static final Path FOLDER = Path.of("src/test/resources/dev/pgfork/operator/instance");

    private final InstanceResources resources = new InstanceResources(Templates.configuration());

    @ParameterizedTest
    @ValueSource(strings = {"database", "fork", "follower"})
    void objectsAreThoseOfTheGoldenFile(String name) throws IOException {
        var golden = FOLDER.resolve(name + ".yaml");
        var template = switch (name) {
            case "database" -> Templates.database();
            case "follower" -> Templates.follower();
            default -> Templates.fork();
        };
        var yaml = objects(template).stream().map(Serialization::asYaml).collect(Collectors.joining());
        if (Boolean.getBoolean("updateGolden")) {
            Files.createDirectories(FOLDER);
            Files.writeString(golden, yaml);
        }
        assertThat(yaml)
                .as("if the change is wanted: mvn -pl operator test -DupdateGolden=true")
                .isEqualTo(Files.readString(golden));
    }

    @Test
    void everyObjectHasTheLabelsThatInformersListenTo() {
        for (var object : objects(Templates.fork())) {
            assertThat(object.getMetadata().getLabels())
                    .as(object.getKind())
                    .containsAllEntriesOf(Labels.of(Templates.PR_42));
        }
    }

    @Test
    void everyObjectGoesWithItsOwnerButTheVolumeOfADatabase() {
        assertThat(objects(Templates.fork()))
                .allSatisfy(object ->
                        assertThat(object.getMetadata().getOwnerReferences()).hasSize(1));
        assertThat(objects(Templates.database()))
                .filteredOn(object -> object.getMetadata().getOwnerReferences().isEmpty())
                .extracting(HasMetadata::getKind)
                .containsExactly("PersistentVolumeClaim");
    }

    /** By the label it would take a volume for its own application's, and delete it because it is not in Git. */
    @Test
    void argoCdTakesNoObjectWithoutAnOwnerForItsApplications() {
        assertThat(objects(Templates.database()))
                .filteredOn(object -> object.getMetadata().getOwnerReferences().isEmpty())
                .isNotEmpty()
                .allSatisfy(object -> {
                    assertThat(object.getMetadata().getLabels()).doesNotContainKey("app.kubernetes.io/instance");
                    assertThat(object.getMetadata().getAnnotations())
                            .containsEntry("argocd.argoproj.io/sync-options", "Prune=false");
                });
    }

    @Test
    void aPodHasTheRecommendedLabelsThatItsUserGivesIt() {
        var template = Templates.follower(new PodSettings(
                Map.of("app.kubernetes.io/name", "checkout", "app.kubernetes.io/managed-by", "me"),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null));
        var pod = resources.statefulSet(template).getSpec().getTemplate();
        assertThat(pod.getMetadata().getLabels())
                .containsEntry("app.kubernetes.io/name", "checkout")
                .containsEntry("app.kubernetes.io/part-of", "pgfork")
                .as("informers listen to it")
                .containsEntry("app.kubernetes.io/managed-by", "pgfork");
    }

    @Test
    void whatHasNoOwnerReferenceIsStillRecognisedAsTheOwners() {
        assertThat(Templates.SHOP.owns(resources.volume(Templates.database()))).isTrue();
    }

    @Test
    void aPodIsRecognisedAsTheOwners() {
        var template = resources.statefulSet(Templates.fork()).getSpec().getTemplate();
        assertThat(template.getMetadata().getAnnotations())
                .containsEntry(Labels.OWNER_UID, Templates.PR_42.uid())
                .containsEntry("example.com/scrape", "true");
    }

    @Test
    void aUsersLabelsCannotTakeThePodFromItsService() {
        var service = resources.service(Templates.fork());
        var template = resources.statefulSet(Templates.fork()).getSpec().getTemplate();
        assertThat(template.getMetadata().getLabels())
                .containsAllEntriesOf(service.getSpec().getSelector())
                .containsEntry("team", "checkout");
    }

    @Test
    void onlyTheReadOnlyServiceOfADatabaseSelectsByTheLabelOfReading() {
        var pod = resources.statefulSet(Templates.database()).getSpec().getTemplate();
        assertThat(resources.readOnlyService(Templates.database()).getSpec().getSelector())
                .isEqualTo(Map.of(Labels.READ, "shop"));
        assertThat(pod.getMetadata().getLabels()).containsEntry(Labels.READ, "shop");
        assertThat(resources
                        .statefulSet(Templates.fork())
                        .getSpec()
                        .getTemplate()
                        .getMetadata()
                        .getLabels())
                .doesNotContainKey(Labels.READ);
    }

    @Test
    void aFollowerKeepsAwayFromItsLeaderUnlessTheUserSaysWhomToKeepAwayFrom() {
        assertThat(Serialization.asYaml(affinity(null)))
                .contains("preferredDuringScheduling", "pgfork.dev/instance: \"shop\"");

        var elsewhere = new AffinityBuilder()
                .withNewPodAntiAffinity()
                .addNewRequiredDuringSchedulingIgnoredDuringExecution()
                .withTopologyKey("zone")
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endPodAntiAffinity()
                .build();
        assertThat(affinity(elsewhere)).isEqualTo(elsewhere);

        var onNodes = Templates.fork().pod().affinity();
        assertThat(affinity(onNodes).getNodeAffinity()).isEqualTo(onNodes.getNodeAffinity());
        assertThat(affinity(onNodes).getPodAntiAffinity()).isNotNull();
        assertThat(resources
                        .statefulSet(Templates.database())
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getAffinity())
                .isNull();
    }

    private Affinity affinity(@Nullable Affinity wanted) {
        var template = Templates.follower(new PodSettings(null, null, null, wanted, null, null, null, null, null));
        return resources.statefulSet(template).getSpec().getTemplate().getSpec().getAffinity();
    }

    @Test
    void aServiceIsOutdatedByWhatItsUserChanges() {
        var plain = service(new ServiceSettings(null, null));
        var loud = service(new ServiceSettings(ServiceSettings.Type.LoadBalancer, Map.of("a", "1", "b", "2")));
        assertThat(InstanceResources.isOutdated(plain, plain)).isFalse();
        assertThat(InstanceResources.isOutdated(loud, loud)).isFalse();
        assertThat(InstanceResources.isOutdated(loud, plain)).as("type").isTrue();
        assertThat(InstanceResources.isOutdated(plain, loud)).as("back again").isTrue();
        var less = service(new ServiceSettings(ServiceSettings.Type.LoadBalancer, Map.of("a", "1")));
        assertThat(InstanceResources.isOutdated(less, loud)).as("one less").isTrue();
        var other = service(new ServiceSettings(ServiceSettings.Type.LoadBalancer, Map.of("a", "1", "b", "3")));
        assertThat(InstanceResources.isOutdated(other, loud))
                .as("another value")
                .isTrue();

        var seen = service(new ServiceSettings(ServiceSettings.Type.LoadBalancer, Map.of("a", "1", "b", "2")));
        seen.getMetadata().getAnnotations().put("cloud.example/id", "lb-1");
        assertThat(InstanceResources.isOutdated(loud, seen))
                .as("somebody else's annotation")
                .isFalse();
    }

    private static Service service(ServiceSettings settings) {
        return new InstanceResources(Templates.configuration())
                .service(Templates.database().withService(settings));
    }

    @Test
    void noServiceSelectsByRole() {
        for (var service : List.of(
                resources.claimService(Templates.database()),
                resources.service(Templates.database()),
                resources.readOnlyService(Templates.database()))) {
            assertThat(service.getSpec().getSelector()).doesNotContainKey(Labels.ROLE);
        }
    }

    @Test
    void thePodSeesVerifiersAndNoPasswordButItsOwnForReplication() {
        var volumes = Serialization.asYaml(resources
                .statefulSet(Templates.database(true))
                .getSpec()
                .getTemplate()
                .getSpec()
                .getVolumes());
        assertThat(volumes).contains("shop-roles", "replication.password");
        assertThat(volumes.replace("replication.password", "")).doesNotContain("password", "shop-ca", "shop-app");
    }

    @Test
    void superuserAccessChangesTheConfigurationAndNotThePodTemplate() {
        var without = resources.statefulSet(Templates.database(false)).getSpec().getTemplate();
        var with = resources.statefulSet(Templates.database(true)).getSpec().getTemplate();
        without.getSpec().getVolumes().removeIf(volume -> volume.getConfigMap() != null);
        with.getSpec().getVolumes().removeIf(volume -> volume.getConfigMap() != null);
        assertThat(with).isEqualTo(without);
        assertThat(resources.configMap(Templates.database(true)).getData().get("pg_hba.conf"))
                .isNotEqualTo(
                        resources.configMap(Templates.database(false)).getData().get("pg_hba.conf"));
    }

    @Test
    void aVolumeTellsWhoseItIs() {
        assertThat(resources.volume(Templates.database()).getMetadata().getAnnotations())
                .containsEntry(Labels.VOLUME_DATABASE, "shop")
                .containsEntry(Labels.VOLUME_BOOTSTRAP_OWNER, "app");
    }

    @Test
    void theOrderOfAMapDoesNotChangeTheResult() {
        var labels = Map.of("a", "1", "b", "2", "c", "3", "d", "4", "e", "5");
        var reversed = new java.util.LinkedHashMap<String, String>();
        labels.keySet().stream()
                .sorted(java.util.Comparator.reverseOrder())
                .forEach(key -> reversed.put(key, labels.get(key)));
        assertThat(Serialization.asYaml(resources.statefulSet(Templates.fork(labelled(labels)))))
                .isEqualTo(Serialization.asYaml(resources.statefulSet(Templates.fork(labelled(reversed)))));
    }

    private static PodSettings labelled(Map<String, String> labels) {
        return new PodSettings(labels, labels, labels, null, null, null, null, null, null);
    }

    private List<HasMetadata> objects(InstanceTemplate template) {
        return Stream.<HasMetadata>of(
                        resources.claimService(template),
                        resources.service(template),
                        resources.readOnlyService(template),
                        resources.configMap(template),
                        resources.volume(template),
                        resources.statefulSet(template))
                .filter(object ->
                        template.isDatabase() || !object.getMetadata().getName().endsWith("-ro"))
                .toList();
    }
}
