package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.operator.fork.SanitizeRules;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.ObjectsInMemory;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose sanitize steps a fork must pass, by what it is made of. */
class SourceDemandsTest {
    private final ObjectsInMemory objects = new ObjectsInMemory();
    private final SourceDemands demands = new SourceDemands(objects, new Members(objects));

    private PostgresDatabase shop(String... steps) {
        var list = String.join(
                ", ",
                List.of(steps).stream()
                        .map(step -> "{name: %s, configMap: {name: masks, key: k}}".formatted(step))
                        .toList());
        var shop = Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresDatabase
                        metadata: {name: shop, namespace: prod, uid: uid-of-shop}
                        spec: {storage: {size: 1Gi}, forks: {sanitize: [%s]}}
                        """.formatted(list), PostgresDatabase.class);
        objects.cached(shop);
        return shop;
    }

    private PostgresFork fork(String name, String from, String sourceUid, String passed) {
        var fork = Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresFork
                        metadata: {name: %s, namespace: prod, uid: uid-of-%1$s}
                        spec: {from: %s}
                        status: {source: {uid: %s}, sanitizedBy: [%s]}
                        """.formatted(name, from, sourceUid, passed), PostgresFork.class);
        objects.cached(fork);
        return fork;
    }

    private PostgresFollower follower(String name, String follows) {
        var follower = Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresFollower
                        metadata: {name: %s, namespace: prod, uid: uid-of-%1$s}
                        spec: {follows: %s}
                        """.formatted(name, follows), PostgresFollower.class);
        objects.cached(follower);
        return follower;
    }

    private static List<String> names(SanitizeRules rules) {
        return rules.steps().stream().map(demand -> demand.step().name()).toList();
    }

    @Test
    void whatAForkHasPassedIsNotRepeated() {
        shop("mask");
        var fork = fork(
                "pr-1",
                "{name: shop}",
                "uid-of-shop",
                "{name: mask, origin: Source, fork: pr-1, location: 'ConfigMap prod/masks, key k'}");
        assertThat(names(demands.of(fork))).isEmpty();
        assertThat(demands.of(fork).passed()).hasSize(1);
    }

    @Test
    void aRuleThatCameLaterHoldsForForksOfAnOlderFork() {
        shop("mask", "audit");
        var fork = fork(
                "pr-1",
                "{name: shop}",
                "uid-of-shop",
                "{name: mask, origin: Source, fork: pr-1, location: 'ConfigMap prod/masks, key k'}");
        var of = fork("pr-2", "{kind: PostgresFork, name: pr-1}", "uid-of-pr-1", "");
        assertThat(names(demands.of(fork))).containsExactly("audit");
        assertThat(names(demands.of(of))).containsExactly("audit");
    }

    /** Whoever makes a fork in between may demand a step of that name of its forks. */
    @Test
    void anothersStepOfThatNameIsNotTheSources() {
        shop("mask");
        var passed = "{name: mask, origin: Source, fork: pr-1, location: 'ConfigMap prod/nothing, key k'}";
        assertThat(names(demands.of(fork("pr-1", "{name: shop}", "uid-of-shop", passed))))
                .containsExactly("mask");
    }

    @Test
    void aStepOfTheForksOwnOfThatNameIsNotTheSources() {
        shop("mask");
        var fork = fork("pr-1", "{name: shop}", "uid-of-shop", "{name: mask, origin: Own, fork: pr-1}");
        assertThat(names(demands.of(fork))).containsExactly("mask");
    }

    /** Or making it again would set free what it has said meanwhile. */
    @Test
    void anotherDatabaseOfThatNameSpeaksForOneThatIsGone() {
        shop("mask");
        assertThat(names(demands.of(fork("pr-1", "{name: shop}", "uid-of-an-earlier-shop", ""))))
                .containsExactly("mask");
    }

    @Test
    void whatNobodyHasASayAboutAnyMoreIsKnown() {
        var fork = fork("pr-1", "{kind: PostgresFollower, name: gone}", "uid-of-follower", "");
        var masked = fork(
                "pr-2",
                "{name: gone}",
                "uid-of-gone",
                "{name: mask, origin: Source, fork: pr-2, location: 'ConfigMap prod/masks, key k'}");
        assertThat(demands.isAnswered(fork)).isFalse();
        assertThat(demands.isAnswered(masked)).isTrue();
        shop();
        assertThat(demands.isAnswered(fork("pr-3", "{name: shop}", "uid-of-shop", "")))
                .isTrue();
    }

    @Test
    void aFollowerHasItsLeadersHoweverFarAway() {
        shop("mask");
        var first = follower("first", "{name: shop}");
        var second = follower("second", "{kind: PostgresFollower, name: first}");
        assertThat(names(demands.of(first))).containsExactly("mask");
        assertThat(names(demands.of(second))).containsExactly("mask");
    }

    @Test
    void whoFollowEachOtherByNameAreAskedOnce() {
        follower("a", "{kind: PostgresFollower, name: b}");
        assertThat(names(demands.of(follower("b", "{kind: PostgresFollower, name: a}"))))
                .isEmpty();
    }

    @Test
    void whatWasDemandedOfAFollowersDataOutlivesItsLeader() {
        var follower = follower("left", "{name: shop}");
        follower.setStatus(Serialization.unmarshal("""
                        leader: {kind: PostgresDatabase, name: shop, uid: uid-of-shop}
                        unfollowed: {epoch: 2}
                        forks:
                          sanitize: [{namespace: prod, step: {name: mask, configMap: {name: masks, key: k}}}]
                          sanitizedBy: [{name: older, origin: Source, fork: pr-1, location: 'ConfigMap prod/masks, key k'}]
                        """, PostgresFollowerStatus.class));
        assertThat(names(demands.of(follower))).containsExactly("mask");
        assertThat(demands.of(follower).passed()).hasSize(1);
        shop("mask", "audit");
        assertThat(names(demands.of(follower))).containsExactly("mask", "audit");
        objects.cached(Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresDatabase
                        metadata: {name: shop, namespace: prod, uid: uid-of-another}
                        spec: {storage: {size: 1Gi}}
                        """, PostgresDatabase.class));
        assertThat(names(demands.of(follower)))
                .as("another of that name has no say")
                .containsExactly("mask");
    }

    /** Its SQL is in the fork's namespace, and not in the one of what the fork comes from. */
    @Test
    void aForkDemandsStepsOfItsOwnForks() {
        shop("mask");
        var fork = fork(
                "pr-1",
                "{name: shop}",
                "uid-of-shop",
                "{name: mask, origin: Source, fork: pr-1, location: 'ConfigMap prod/masks, key k'}");
        fork.getMetadata().setNamespace("preview");
        fork.setSpec(Serialization.unmarshal("""
                        from: {name: shop, namespace: prod}
                        forks: {sanitize: [{name: mask, configMap: {name: masks, key: k}}]}
                        """, PostgresForkSpec.class));
        assertThat(demands.of(fork).steps())
                .singleElement()
                .satisfies(demand -> assertThat(demand.namespace()).isEqualTo("preview"));
        shop("mask", "audit");
        assertThat(demands.of(fork).steps())
                .extracting(demand -> demand.namespace() + "/" + demand.step().name())
                .containsExactly("prod/audit", "preview/mask");
    }
}
