package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.fork.SourceInstance;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.ObjectsInMemory;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a fork in namespace preview is made of if database shop, in namespace prod, demands the step mask. */
class MaskedSourcesTest {
    private static final String PASSED =
            "[{name: mask, origin: Source, fork: shop-masked, location: 'ConfigMap prod/masks, key k'}]";
    private static final String OURS = "[{apiVersion: v1, kind: PostgresDatabase, name: shop, uid: uid-of-shop}]";

    private final ObjectsInMemory objects = new ObjectsInMemory();

    @BeforeEach
    void makeShop() {
        objects.stored(Serialization.unmarshal("""
                apiVersion: v1
                kind: Namespace
                metadata: {name: preview}
                """, Namespace.class));
        shop("mask");
    }

    private void shop(String... steps) {
        var list = new StringBuilder();
        for (var step : steps) {
            list.append("{name: %s, configMap: {name: masks, key: k}},".formatted(step));
        }
        objects.cached(Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, namespace: prod, uid: uid-of-shop}
                spec: {storage: {size: 1Gi}, forks: {namespaces: {from: All}, maxForks: 7, sanitize: [%s]}}
                status: {primary: shop, conditions: [{type: Ready, status: "True"}]}
                """.formatted(list), PostgresDatabase.class));
    }

    private PostgresFork copy(String phase, String owners, String passed) {
        return Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata:
                  name: shop-masked
                  namespace: prod
                  uid: uid-of-copy
                  labels: {pgfork.dev/masked-copy: "true"}
                  ownerReferences: %s
                spec: {from: {name: shop}, suspend: true}
                status:
                  phase: %s
                  conditions: [{type: Available, status: "False", reason: %2$s}]
                  instance: {generation: 2, systemIdentifier: "1"}
                  suspended: {since: s, lsn: 0/3000000, timeline: 2}
                  source: {kind: PostgresDatabase, name: shop, namespace: prod, uid: uid-of-shop, lsnBefore: 0/1, timeline: 1}
                  effective: {image: "postgres:17", storage: {size: 1Gi}, database: app, owner: app}
                  sanitizedBy: %s
                """.formatted(owners, phase, passed), PostgresFork.class);
    }

    private SourceInstance found() {
        return found(new ForkSource(null, "shop", "prod"));
    }

    private SourceInstance found(ForkSource from) {
        return new ForkableSources(objects, true).find("preview", from).orElseThrow();
    }

    private void assertWaits(String why) {
        var source = found();
        assertThat(source.serves()).isFalse();
        assertThat(source.reason()).isEqualTo("MaskedCopyNotReady");
        assertThat(source.trouble()).contains("shop-masked", why);
        assertThat(source.instance().uid()).isNotEqualTo("uid-of-shop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Suspended", "Resetting"})
    void theStoppedCopyIsForked(String phase) {
        objects.cached(copy(phase, OURS, PASSED));
        var source = found();
        assertThat(source.serves()).isTrue();
        assertThat(source.instance().uid()).isEqualTo("uid-of-copy");
        assertThat(source.names().generationName()).isEqualTo("shop-masked-g2");
        assertThat(source.stopped()).isPresent();
        assertThat(source.rules().steps()).as("it has passed them").isEmpty();
        assertThat(source.rules().passed()).hasSize(1);
        assertThat(source.consent().allows("preview", Map.of())).isTrue();
        assertThat(source.consent().maxForks()).as("the database's rules").contains(7);
    }

    @Test
    void inTheSameNamespaceTheDatabaseIsForked() {
        objects.cached(copy("Suspended", OURS, PASSED));
        var source = new ForkableSources(objects, true)
                .find("prod", new ForkSource(null, "shop"))
                .orElseThrow();
        assertThat(source.instance().uid()).isEqualTo("uid-of-shop");
        assertThat(source.rules().steps()).hasSize(1);
    }

    @Test
    void whatDemandsNothingIsForkedItself() {
        shop();
        objects.cached(copy("Suspended", OURS, PASSED));
        assertThat(found().instance().uid()).isEqualTo("uid-of-shop");
    }

    /** As long as it follows that very database. */
    @ParameterizedTest
    @CsvSource({"uid-of-shop, true", "uid-of-an-earlier-shop, false"})
    void aFollowerOfItIsNotForkedEither(String leader, boolean copied) {
        var rules = "{namespaces: [{namespace: prod, from: All}], sanitize: [{namespace: prod, step: {name: mask}}]}";
        objects.cached(
                copy("Suspended", OURS, PASSED),
                Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresFollower
                        metadata: {name: replica, namespace: prod, uid: uid-of-replica}
                        spec: {follows: {name: shop}}
                        status: {leader: {kind: PostgresDatabase, name: shop, uid: %s}, forks: %s}
                        """.formatted(leader, rules), PostgresFollower.class));
        var source = found(new ForkSource(ForkSource.Kind.PostgresFollower, "replica", "prod"));
        assertThat(source.instance().uid()).isEqualTo(copied ? "uid-of-copy" : "uid-of-replica");
        assertThat(source.rules().steps().isEmpty()).as("it may be handed over").isEqualTo(copied);
    }

    /** The copy has noted what was allowed when it was made. */
    @Test
    void whoeverNamesTheCopyAsksForForksOfItsDatabase() {
        objects.cached(copy("Suspended", OURS, PASSED));
        var named = new ForkSource(ForkSource.Kind.PostgresFork, "shop-masked", "prod");
        assertThat(found(named).instance().uid()).isEqualTo("uid-of-copy");
        assertThat(found(named).consent().maxForks()).contains(7);
        objects.cached(Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, namespace: prod, uid: uid-of-shop}
                spec: {storage: {size: 1Gi}, forks: {sanitize: [{name: mask, configMap: {name: masks, key: k}}]}}
                status: {primary: shop, conditions: [{type: Ready, status: "True"}]}
                """, PostgresDatabase.class));
        assertThat(new ForkableSources(objects, true).find("preview", named)).isEmpty();
    }

    @Test
    void whoeverNamesTheCopyGetsNoOtherDataThanTheCopys() {
        shop();
        objects.cached(copy("Suspended", OURS, PASSED));
        var named = new ForkSource(ForkSource.Kind.PostgresFork, "shop-masked", "prod");
        assertThat(found(named).instance().uid())
                .as("masked, though nobody demands it any more")
                .isEqualTo("uid-of-copy");
    }

    @Test
    void withoutACopyItWaits() {
        assertWaits("Making");
        assertThat(found().rules().steps()).as("nothing has passed them").hasSize(1);
    }

    @Test
    void somebodyElsesForkOfThatNameIsNoCopy() {
        objects.cached(copy("Suspended", OURS.replace("uid-of-shop", "uid-of-an-earlier-shop"), PASSED));
        assertWaits("NameTaken");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Quarantine | []     | Quarantine",
                "Ready      | PASSED | Ready",
                "Suspended  | []     | has not passed all steps",
                "Unavailable | PASSED | Unavailable"
            })
    void aCopyThatIsNotStoppedOrNotMaskedIsWaitedFor(String phase, String passed, String why) {
        objects.cached(copy(phase, OURS, passed.replace("PASSED", PASSED)));
        assertWaits(why);
    }

    /** Whoever has woken it may have written to it. */
    @Test
    void aCopyThatServesIsWaitedFor() {
        var awake = copy("Ready", OURS, PASSED);
        awake.getStatus().conditions().getFirst().setType("Ready");
        awake.getStatus().conditions().getFirst().setStatus("True");
        objects.cached(awake);
        assertWaits("Ready");
    }

    @Test
    void aStepThatIsDemandedSinceIsWaitedFor() {
        shop("mask", "audit");
        objects.cached(copy("Suspended", OURS, PASSED));
        assertWaits("has not passed all steps");
    }

    @Test
    void aServerThatStillRunsIsWaitedFor() {
        objects.cached(copy("Suspended", OURS, PASSED), Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: {name: shop-masked-g2-0, namespace: prod}
                """, Pod.class));
        assertThat(found().serves()).isFalse();
    }

    /** A cache that is late shows the copy that was there, and the volume of that name is another one by now. */
    @Test
    void theApiServerSaysWhatTheCopyIs() {
        objects.cached(copy("Suspended", OURS, PASSED));
        var anew = copy("Starting", OURS, "[]");
        anew.getMetadata().setUid("uid-of-the-next-copy");
        objects.stored(anew);
        assertWaits("Starting");
    }

    @Test
    void whatIsMadeOfACopyIsHeldToWhatTheDatabaseDemands() {
        var demands = new SourceDemands(objects, new Members(objects));
        var abroad = Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-42, namespace: preview, uid: uid-of-pr-42}
                spec: {from: {name: shop, namespace: prod}}
                status:
                  source: {kind: PostgresFork, name: shop-masked, namespace: prod, uid: uid-of-copy}
                  sanitizedBy: %s
                """.formatted(PASSED), PostgresFork.class);
        var copy = copy("Suspended", OURS, PASSED);
        objects.cached(copy);
        assertThat(demands.of(abroad).steps()).isEmpty();
        shop("mask", "audit");
        assertThat(demands.of(abroad).steps()).as("by way of the copy").hasSize(1);
        objects.remove(copy);
        assertThat(demands.of(abroad).steps()).as("without the copy").hasSize(1);
    }
}
