package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.LeaderReference;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerSpec;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Unfollowed;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MembersTest {
    private static final Owner SHOP = Templates.SHOP;
    private static final Owner REPLICA = Templates.SHOP_REPLICA;

    private final ObjectsInMemory objects = new ObjectsInMemory();
    private final Members members = new Members(objects);

    @Test
    void theLeadersOwnComesFirst() {
        objects.cached(database(null), follower("shop-a", "shop", null), follower("shop-b", "other", null));
        assertThat(members.of(SHOP)).extracting(Member::name).containsExactly("shop", "shop-a");
        assertThat(members.of(SHOP)).extracting(Member::isLeadersOwn).containsExactly(true, false);
    }

    @Test
    void kindsOfOneNameAreNotConfused() {
        objects.cached(follower("pr-42-replica", "pr-42", null));
        var fork = new Owner(SHOP.apiVersion(), "PostgresFork", "prod", "pr-42", "uid");
        assertThat(members.of(fork)).extracting(Member::name).containsExactly("pr-42");
    }

    @Test
    void whoHasLeftIsNoMember() {
        var left = status(null, new Unfollowed("0/1", 1, 2L, "2026-11-21T10:00:00Z"));
        objects.cached(database(null), follower("shop-a", "shop", left));
        assertThat(members.of(SHOP)).extracting(Member::name).containsExactly("shop");
    }

    /** Whatever its status says: it may be lost, or of a time before. */
    @Test
    void whoHasPasswordsOfItsOwnHasLeft() {
        objects.cached(database(null), follower("shop-replica", "shop", null), passwordsOf("shop-replica"));
        assertThat(members.of(SHOP)).extracting(Member::name).containsExactly("shop");
        objects.cached(follower("shop-replica", "shop", status(1, null)));
        assertThat(members.of(SHOP)).extracting(Member::name).containsExactly("shop");
        objects.cached(passwordsOf("shop"));
        assertThat(members.of(SHOP)).extracting(Member::name).containsExactly("shop", "shop-replica");
    }

    private static Secret passwordsOf(String authority) {
        return new SecretBuilder(secret(REPLICA, "shop-replica-roles", "pgfork.password"))
                .editMetadata()
                .addToAnnotations(Labels.AUTHORITY, authority)
                .endMetadata()
                .build();
    }

    @Test
    void aMemberIsWhereItsGenerationIs() {
        objects.cached(
                database(2),
                follower("shop-replica", "shop", status(3, null)),
                pod(SHOP, "shop-g1-0", true, Map.of()),
                pod(REPLICA, "shop-replica-g3-0", true, Map.of(Labels.READ, "shop")));
        var all = members.of(SHOP);
        assertThat(all).extracting(Member::generation).containsExactly(2, 3);
        assertThat(all.getFirst().pod()).as("of another generation").isEmpty();
        assertThat(all.getLast().pod()).isPresent();
        assertThat(all.getLast().slot()).isEqualTo("pgfork_shop_replica_51aa0c3d");
    }

    @Test
    void itsServerIsFoundByItsOwnSecrets() {
        objects.cached(
                database(null),
                pod(SHOP, "shop-g1-0", true, Map.of()),
                secret(SHOP, "shop-tls", "ca.crt"),
                secret(SHOP, "shop-roles", "pgfork.password"));
        assertThat(members.of(SHOP).getFirst().address()).hasValueSatisfying(address -> {
            assertThat(address.host()).isEqualTo("10.1.2.3");
            assertThat(address.password()).isEqualTo("of pgfork.password");
        });
        objects.cached(secret(REPLICA, "shop-roles", "pgfork.password"));
        assertThat(members.of(SHOP).getFirst().address())
                .as("somebody else's Secret")
                .isEmpty();
    }

    @Test
    void readsAreServedByWhoIsLabelledAndReady() {
        assertThat(reads(pod(SHOP, "shop-g1-0", true, Map.of(Labels.READ, "shop"))))
                .isTrue();
        assertThat(reads(pod(SHOP, "shop-g1-0", false, Map.of(Labels.READ, "shop"))))
                .isFalse();
        assertThat(reads(pod(SHOP, "shop-g1-0", true, Map.of()))).isFalse();
    }

    private boolean reads(Pod pod) {
        objects.cached(database(null), pod);
        return members.of(SHOP).getFirst().servesReads();
    }

    private static PostgresDatabase database(@Nullable Integer generation) {
        var database = new PostgresDatabase();
        database.setMetadata(new ObjectMetaBuilder()
                .withName(SHOP.name())
                .withNamespace(SHOP.namespace())
                .withUid(SHOP.uid())
                .build());
        database.setStatus(new PostgresDatabaseStatus(
                null,
                null,
                null,
                instance(generation),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null));
        return database;
    }

    private static PostgresFollower follower(String name, String leader, @Nullable PostgresFollowerStatus status) {
        var follower = new PostgresFollower();
        follower.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(REPLICA.namespace())
                .withUid(REPLICA.uid())
                .build());
        follower.setSpec(new PostgresFollowerSpec(
                null, null, null, null, null, null, new LeaderReference(null, leader), null, null, null, null));
        follower.setStatus(status);
        return follower;
    }

    private static PostgresFollowerStatus status(@Nullable Integer generation, @Nullable Unfollowed unfollowed) {
        return new PostgresFollowerStatus(
                null,
                null,
                null,
                instance(generation),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                unfollowed,
                null,
                null,
                null,
                null,
                null);
    }

    private static InstanceStatus instance(@Nullable Integer generation) {
        return new InstanceStatus(null, null, null, null, null, null, generation);
    }

    private static Pod pod(Owner owner, String name, boolean ready, Map<String, String> labels) {
        return new PodBuilder(SeenInstances.running(ready))
                .editMetadata()
                .withName(name)
                .withLabels(labels)
                .withAnnotations(Map.of(Labels.OWNER_UID, owner.uid()))
                .endMetadata()
                .build();
    }

    private static Secret secret(Owner owner, String name, String key) {
        return new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(owner.namespace())
                .withOwnerReferences(List.of(owner.reference()))
                .endMetadata()
                .withData(SecretData.encode(Map.of(key, "of " + key)))
                .build();
    }
}
