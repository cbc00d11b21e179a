package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.fork.SourceInstance;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.kube.ObjectsInMemory;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose volume is cut, and which role it should have then. */
class ForkableSourcesTest {
    private final ObjectsInMemory objects = new ObjectsInMemory();

    @ParameterizedTest
    @CsvSource({"shop, shop-g1", "replica, replica-g2"})
    void aDatabaseIsForkedWhereItsPrimaryIs(String primary, String volume) {
        var source = source(primary, new ForkSource(null, "shop"));
        assertThat(source.instance().name()).isEqualTo(primary);
        assertThat(source.names().generationName()).isEqualTo(volume);
        assertThat(source.serves()).isTrue();
        assertThat(source.template()).hasValueSatisfying(template -> {
            assertThat(template.owner().name())
                    .as("settings are the database's")
                    .isEqualTo("shop");
            assertThat(template.role()).isEqualTo(Role.PRIMARY);
            assertThat(template.membership().leader()).isNull();
        });
    }

    @Test
    void aFollowerIsForkedAsAStandby() {
        var source = source("shop", new ForkSource(ForkSource.Kind.PostgresFollower, "replica"));
        assertThat(source.names().generationName()).isEqualTo("replica-g2");
        assertThat(source.template()).hasValueSatisfying(template -> {
            assertThat(template.role()).isEqualTo(Role.STANDBY);
            assertThat(template.membership().authority().uid()).isEqualTo("uid-of-shop");
        });
    }

    @ParameterizedTest
    @CsvSource({"All, '', true", "Same, '', false", "Selector, preview, true", "Selector, other, false"})
    void inAnotherNamespaceItIsThereOnlyForThoseThatItAllows(String from, String label, boolean allowed) {
        objects.stored(Serialization.unmarshal("""
                        apiVersion: v1
                        kind: Namespace
                        metadata: {name: preview, labels: {tier: "%s"}}
                        """.formatted(label), Namespace.class));
        var open = Serialization.unmarshal(
                """
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresDatabase
                        metadata: {name: open, namespace: prod, uid: uid-of-open}
                        spec:
                          storage: {size: 1Gi}
                          forks: {namespaces: {from: %s%s}}
                        """.formatted(from, from.equals("Selector") ? ", selector: {matchLabels: {tier: preview}}" : ""),
                PostgresDatabase.class);
        objects.cached(open);
        for (var database : List.of("open", "missing")) {
            objects.asked.clear();
            assertThat(new ForkableSources(objects, true).find("preview", new ForkSource(null, database, "prod")))
                    .as(database)
                    .matches(found -> found.isPresent() == (allowed && database.equals("open")));
            if (allowed && database.equals("open")) {
                assertThat(objects.asked)
                        .as("no cache decides")
                        .containsExactly("Namespace preview", "PostgresDatabase open");
            } else {
                assertThat(objects.asked).as("the same work, there or not").containsExactly("Namespace preview");
            }
        }
    }

    /** A cache that is late shows what was allowed before. */
    @Test
    void whatTheApiServerDoesNotAllowIsNotThere() {
        preview();
        objects.cached(open("All"));
        objects.stored(open("Same"));
        assertThat(new ForkableSources(objects, true).find("preview", new ForkSource(null, "open", "prod")))
                .isEmpty();
    }

    /** Its owner's masks went with its source: nobody knows what its data would have to pass. */
    @ParameterizedTest
    @CsvSource({"'', false", "'{name: mask, origin: Source, fork: left}', true"})
    void aForkThatNobodyHasASayAboutStaysInItsNamespaceUnlessItsDataAreMasked(String passed, boolean allowed) {
        preview();
        objects.cached(Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresFork
                        metadata: {name: left, namespace: prod, uid: uid-of-left}
                        spec: {from: {name: gone}}
                        status:
                          source: {kind: PostgresDatabase, name: gone, namespace: prod, uid: uid-of-gone}
                          forks: {namespaces: [{namespace: prod, from: All}]}
                          sanitizedBy: [%s]
                        """.formatted(passed), PostgresFork.class));
        assertThat(new ForkableSources(objects, true)
                        .find("preview", new ForkSource(ForkSource.Kind.PostgresFork, "left", "prod")))
                .matches(found -> found.isPresent() == allowed);
    }

    /** Another one that its spec names may have been refused. */
    @Test
    void aForkInheritsTheImageThatServes() {
        objects.cached(Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresDatabase
                        metadata: {name: shop, namespace: prod, uid: uid-of-shop}
                        spec: {storage: {size: 1Gi}, image: "postgres:missing"}
                        status: {primary: shop, instance: {image: "postgres:17"}}
                        """, PostgresDatabase.class));
        var source = new ForkableSources(objects, true)
                .find("prod", new ForkSource(null, "shop", null))
                .orElseThrow();
        assertThat(source.template().orElseThrow().image()).isEqualTo("postgres:17");
    }

    private void preview() {
        objects.stored(Serialization.unmarshal("""
                        apiVersion: v1
                        kind: Namespace
                        metadata: {name: preview}
                        """, Namespace.class));
    }

    private static PostgresDatabase open(String from) {
        return Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresDatabase
                        metadata: {name: open, namespace: prod, uid: uid-of-open}
                        spec: {storage: {size: 1Gi}, forks: {namespaces: {from: %s}}}
                        """.formatted(from), PostgresDatabase.class);
    }

    @Test
    void aFollowerIsForkedWhereItsLeaderAllows() {
        assertThat(source("shop", new ForkSource(ForkSource.Kind.PostgresFollower, "replica"))
                        .consent()
                        .allows("preview", Map.of()))
                .isFalse();
    }

    private SourceInstance source(String primary, ForkSource from) {
        objects.cached(
                Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresDatabase
                        metadata: {name: shop, namespace: prod, uid: uid-of-shop}
                        spec: {storage: {size: 1Gi}}
                        status: {primary: %s, epoch: 2, conditions: [{type: Ready, status: "True"}]}
                        """.formatted(primary), PostgresDatabase.class),
                Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresFollower
                        metadata: {name: replica, namespace: prod, uid: uid-of-replica}
                        spec: {follows: {name: shop}}
                        status:
                          instance: {generation: 2}
                          leader: {kind: PostgresDatabase, name: shop, uid: uid-of-shop, primary: %s}
                          effective: {image: "postgres:17", storage: {size: 1Gi}, database: app, owner: app}
                        """.formatted(primary), PostgresFollower.class));
        return new ForkableSources(objects, true).find("prod", from).orElseThrow();
    }
}
