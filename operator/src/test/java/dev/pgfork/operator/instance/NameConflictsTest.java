package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameConflictsTest {
    private final ObjectsInMemory objects = new ObjectsInMemory();
    private final InstanceResources resources = new InstanceResources(Templates.configuration());

    @Test
    void nothingIsInTheWay() {
        assertThat(find(Templates.SHOP, 1)).isEmpty();
        assertThat(objects.asked)
                .containsExactly(
                        "Service shop-instance",
                        "Service shop",
                        "Service shop-ro",
                        "Secret shop-ca",
                        "Secret shop-tls",
                        "Secret shop-roles",
                        "Secret shop-app",
                        "Secret shop-superuser",
                        "StatefulSet shop-g1",
                        "PersistentVolumeClaim shop-g1");
    }

    @Test
    void aClaimThatTheCacheHasNotHeardOfIsOurs() {
        objects.stored(resources.claimService(Templates.database()), service("shop"));
        assertThat(find(Templates.SHOP, 1)).isEmpty();
    }

    @Test
    void whatIsOursIsNotInTheWayWhenSomebodyHasDeletedTheClaim() {
        var database = Templates.database();
        objects.stored(
                resources.service(database),
                resources.readOnlyService(database),
                resources.volume(database),
                resources.statefulSet(database));
        assertThat(find(Templates.SHOP, 1)).isEmpty();
    }

    @Test
    void theClaimOfAnotherKindIsNamedWithItsOwner() {
        objects.stored(resources.claimService(Templates.database()));
        assertThat(find(fork("shop"), 1).orElseThrow())
                .contains("Service prod/shop-instance", "belongs to PostgresDatabase shop");
    }

    @Test
    void anEarlierResourceOfTheSameNameIsToldFromAnother() {
        objects.stored(resources.claimService(Templates.database()));
        var again = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "another-uid");
        assertThat(find(again, 1).orElseThrow()).contains("an earlier PostgresDatabase shop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop", "shop-ro"})
    void aUsersServiceIsInTheWay(String name) {
        objects.stored(service(name));
        assertThat(find(Templates.SHOP, 1).orElseThrow())
                .contains("Service prod/" + name, "was not made by pgfork")
                .contains("Choose another name, or delete it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop-ca", "shop-tls", "shop-roles", "shop-app", "shop-superuser"})
    void aUsersSecretIsInTheWay(String name) {
        objects.stored(new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("prod")
                .endMetadata()
                .build());
        assertThat(find(Templates.SHOP, 1).orElseThrow()).contains("Secret prod/" + name);
    }

    @Test
    void aUsersStatefulSetIsInTheWay() {
        objects.stored(new StatefulSetBuilder()
                .withNewMetadata()
                .withName("shop-g1")
                .withNamespace("prod")
                .endMetadata()
                .build());
        assertThat(find(Templates.SHOP, 1).orElseThrow()).contains("StatefulSet prod/shop-g1");
    }

    @Test
    void anEarlierDatabasesVolumeIsForTheDatabaseToJudge() {
        var retained = new PersistentVolumeClaimBuilder(resources.volume(Templates.database()))
                .editMetadata()
                .addToAnnotations("pgfork.dev/owner-uid", "uid-of-an-earlier-one")
                .endMetadata()
                .build();
        objects.stored(retained);
        assertThat(find(Templates.SHOP, 1)).isEmpty();
        assertThat(find(fork("shop"), 1).orElseThrow())
                .contains("PersistentVolumeClaim prod/shop-g1", "the data of an earlier PostgresDatabase shop");
    }

    @Test
    void aUsersVolumeIsInTheWay() {
        objects.stored(new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("shop-g1")
                .withNamespace("prod")
                .endMetadata()
                .build());
        assertThat(find(Templates.SHOP, 1).orElseThrow()).contains("was not made by pgfork");
    }

    @Test
    void aForkNeedsNoReadOnlyService() {
        objects.stored(service("pr-42-ro"));
        assertThat(find(Templates.PR_42, 1)).isEmpty();
    }

    @Test
    void whoOnlyRefersToAnObjectDoesNotHoldIt() {
        var referring = new OwnerReference("v1", null, null, "ConfigMap", "notes", "uid");
        objects.stored(new ServiceBuilder(service("shop"))
                .editMetadata()
                .withOwnerReferences(referring)
                .endMetadata()
                .build());
        assertThat(find(Templates.SHOP, 1).orElseThrow()).contains("was not made by pgfork");
    }

    private Optional<String> find(Owner owner, int generation) {
        return new NameConflicts(objects).find(owner, new InstanceNames(owner.name(), generation));
    }

    private static Owner fork(String name) {
        return new Owner("pgfork.dev/v1alpha1", "PostgresFork", "prod", name, "uid-of-fork");
    }

    private static Service service(String name) {
        return new ServiceBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("prod")
                .endMetadata()
                .build();
    }
}
