package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Forks in other namespaces than their source: only where the owner of the data allows it, and nothing is left. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsentIT {

    @RegisterExtension
    static final TestNamespace PROD = new TestNamespace();

    @RegisterExtension
    static final TestNamespace PREVIEW = new TestNamespace();

    @RegisterExtension
    static final TestNamespace OTHER = new TestNamespace();

    private static final String TIER = "pgfork-test/tier";

    private Instance shop;
    private Instance fork;
    private List<String> storage;

    @BeforeAll
    void makeTheSource() {
        shop = PROD.makeDatabase("shop");
        shop.psql("create table customers (name text)");
        shop.psql("insert into customers values ('ada')");
        shop.psql("grant select on customers to public");
        storage = PROD.storage();
    }

    private static Instance fork(TestNamespace where, String name, TestNamespace of, String kind, String source) {
        where.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec: {from: {kind: %s, name: %s, namespace: %s}}
                """.formatted(name, kind, source, of.name()));
        return where.fork(name);
    }

    private static Instance forkOfShop(TestNamespace where, String name) {
        return fork(where, name, PROD, "PostgresDatabase", "shop");
    }

    private void allow(String namespaces) {
        PROD.client()
                .genericKubernetesResources("pgfork.dev/v1alpha1", "PostgresDatabase")
                .inNamespace(PROD.name())
                .withName("shop")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"forks\":{\"namespaces\":%s}}}".formatted(namespaces));
    }

    private static void label(TestNamespace namespace, String tier) {
        PROD.client()
                .namespaces()
                .withName(namespace.name())
                .edit(present -> new NamespaceBuilder(present)
                        .editMetadata()
                        .addToLabels(TIER, tier)
                        .endMetadata()
                        .build());
    }

    private static String customers(Instance instance) throws SQLException {
        return instance.login().query("select string_agg(name, ' ') from customers");
    }

    /** Nothing that was made for a handing-over is there any more, wherever it was. */
    private void assertNothingHandedOver() {
        PROD.eventually("no snapshot is left", () -> {
            for (var namespace : List.of(PROD, PREVIEW, OTHER)) {
                assertThat(PROD.client()
                                .resources(VolumeSnapshot.class)
                                .inNamespace(namespace.name())
                                .list()
                                .getItems())
                        .isEmpty();
            }
            assertThat(PROD.client()
                            .resources(VolumeSnapshotContent.class)
                            .withLabel("pgfork.dev/instance")
                            .list()
                            .getItems())
                    .filteredOn(content -> List.of(PREVIEW.name(), OTHER.name())
                            .contains(content.getSpec().getVolumeSnapshotRef().getNamespace()))
                    .isEmpty();
            assertThat(PROD.storage()).isEqualTo(storage);
        });
    }

    @Test
    @Order(1)
    void aSourceThatDoesNotConsentLooksAsIfItWereNotThere() {
        var there = forkOfShop(PREVIEW, "there");
        var missing = fork(PREVIEW, "missing", PROD, "PostgresDatabase", "nothing");
        assertThat(there.awaitRefused("NotAllowed"))
                .isEqualTo(missing.awaitRefused("NotAllowed").replace("nothing", "shop"));
        assertThat(withoutTimes(there)).isEqualTo(withoutTimes(missing).replace("nothing", "shop"));
        assertThat(PREVIEW.objectsOf("there")).isEmpty();
        assertThat(PREVIEW.objectsOf("missing")).isEmpty();
        assertThat(shop.databaseStatus().forks()).as("forks of shop").isZero();
        there.delete();
        missing.delete();
    }

    private static String withoutTimes(Instance refused) {
        return refused.forkStatus().toString().replaceAll("[0-9-]+T[0-9:.]+Z", "TIME");
    }

    @Test
    @Order(2)
    void aForkIsMadeInANamespaceWithTheLabel() throws SQLException {
        label(PREVIEW, "preview");
        fork = forkOfShop(PREVIEW, "pr-42");
        fork.awaitRefused("NotAllowed");
        allow("{\"from\":\"Selector\",\"selector\":{\"matchLabels\":{\"%s\":\"preview\"}}}".formatted(TIER));
        fork.awaitReadyInTheEnd();
        assertThat(customers(fork)).isEqualTo("ada");
        assertNothingHandedOver();
        assertThat(PROD.secret("pr-42-app")).isEmpty();
        PROD.eventually(
                "shop counts it",
                () -> assertThat(shop.databaseStatus().forks()).isOne());
        forkOfShop(OTHER, "unlabelled").awaitRefused("NotAllowed");
        OTHER.fork("unlabelled").delete();
    }

    @Test
    @Order(3)
    void forksOfForksCannotWidenWhatTheOwnerAllows() throws SQLException {
        change(fork, "{\"spec\":{\"forks\":{\"namespaces\":{\"from\":\"All\"}}}}");
        var second = fork(OTHER, "second", PREVIEW, "PostgresFork", "pr-42");
        second.awaitRefused("NotAllowed");
        label(OTHER, "preview");
        second.awaitReadyInTheEnd();
        assertThat(customers(second)).isEqualTo("ada");

        change(fork, "{\"spec\":{\"forks\":{\"namespaces\":{\"from\":\"Same\"}}}}");
        var third = fork(OTHER, "third", PREVIEW, "PostgresFork", "pr-42");
        third.awaitRefused("NotAllowed");
        third.delete();
        second.delete();
        second.awaitGone();
        assertNothingHandedOver();
    }

    @Test
    @Order(4)
    void withoutTheLabelAForkLivesOnButIsNotMadeAgain() throws SQLException {
        label(PREVIEW, "other");
        change(fork, "{\"spec\":{\"resetAt\":\"%s\"}}".formatted(Instant.now().minusSeconds(1)));
        PREVIEW.eventually("the reset is refused", () -> {
            var reset = Objects.requireNonNull(fork.forkStatus().reset());
            assertThat(reset.outcome()).isEqualTo(Outcome.Refused);
            assertThat(reset.reason()).isEqualTo("NotAllowed");
        });
        fork.awaitReady();
        assertThat(customers(fork)).isEqualTo("ada");
        fork.delete();
        fork.awaitGone();
        PREVIEW.eventually(
                "its volume is gone", () -> assertThat(PREVIEW.storage()).isEmpty());
    }

    @Test
    @Order(5)
    void aSourceThatIsDeletedWhileItIsForkedLeavesNothing() {
        PROD.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: brief}
                spec: {storage: {size: 1Gi}, deletionPolicy: Delete, forks: {namespaces: {from: All}, maxForks: 1}}
                """);
        var brief = PROD.database("brief").awaitReady();
        var early = fork(PREVIEW, "early", PROD, "PostgresDatabase", "brief");
        awaitHandedOver(PREVIEW.name(), "early");
        fork(OTHER, "too-many", PROD, "PostgresDatabase", "brief").awaitRefused("MaxForksReached");
        OTHER.fork("too-many").delete();
        brief.delete();
        brief.awaitGone();
        PREVIEW.eventually(
                "it has data, or is refused", () -> assertThat(early.phase()).isIn("Ready", "Refused"));
        early.delete();
        early.awaitGone();
        PREVIEW.eventually(
                "its volume is gone", () -> assertThat(PREVIEW.storage()).isEmpty());
        assertNothingHandedOver();
    }

    /** So that what is deleted then is in the middle of it. */
    private static void awaitHandedOver(String namespace, String fork) {
        var ours = Map.of("pgfork.dev/namespace", namespace, "pgfork.dev/instance", fork);
        await().atMost(Duration.ofMinutes(2))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> !PROD.client()
                        .resources(VolumeSnapshotContent.class)
                        .withLabels(ours)
                        .list()
                        .getItems()
                        .isEmpty());
    }

    /** Two pairs of namespaces at once: Kubernetes takes its time over those that have pods. */
    @Test
    @Order(6)
    void namespacesGoInAnyOrderAndLeaveNothing() throws SQLException {
        allow("{\"from\":\"All\",\"selector\":null}");
        var client = PROD.client();
        for (var name : List.of("source-first", "fork-first")) {
            for (var end : List.of("source", "fork")) {
                client.resource(namespace(name, end)).create();
            }
            PROD.apply("""
                    apiVersion: pgfork.dev/v1alpha1
                    kind: PostgresFork
                    metadata: {name: golden, namespace: %s}
                    spec: {from: {name: shop, namespace: %s}, suspend: true}
                    """.formatted(name(name, "source"), PROD.name()));
        }
        for (var name : List.of("source-first", "fork-first")) {
            awaitPhase(name(name, "source"), "golden", ForkPhase.Suspended);
            PROD.apply("""
                    apiVersion: pgfork.dev/v1alpha1
                    kind: PostgresFork
                    metadata: {name: late, namespace: %s}
                    spec: {from: {kind: PostgresFork, name: golden, namespace: %s}}
                    """.formatted(name(name, "fork"), name(name, "source")));
            awaitHandedOver(name(name, "fork"), "late");
            var order = name.equals("source-first") ? List.of("source", "fork") : List.of("fork", "source");
            order.forEach(end -> client.namespaces().withName(name(name, end)).delete());
        }
        for (var name : List.of("source-first", "fork-first")) {
            for (var end : List.of("source", "fork")) {
                PROD.eventually(
                        "namespace " + name(name, end) + " is gone",
                        () -> assertThat(client.namespaces()
                                        .withName(name(name, end))
                                        .get())
                                .isNull());
                PROD.eventually(
                        "its storage is empty",
                        () -> assertThat(PROD.storageOf(name(name, end))).isEmpty());
            }
        }
        assertNothingHandedOver();
        assertThat(customers(shop)).isEqualTo("ada");
    }

    private static Namespace namespace(String pair, String end) {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName(name(pair, end))
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build();
    }

    private static String name(String pair, String end) {
        return PROD.name() + "-" + pair + "-" + end;
    }

    private static void awaitPhase(String namespace, String name, ForkPhase phase) {
        PROD.client()
                .resources(PostgresFork.class)
                .inNamespace(namespace)
                .withName(name)
                .waitUntilCondition(
                        fork -> fork != null
                                && fork.getStatus() != null
                                && fork.getStatus().phase() != null
                                && fork.getStatus().phase().compareTo(phase) >= 0,
                        3,
                        TimeUnit.MINUTES);
    }

    private static void change(Instance fork, String patch) {
        PROD.client()
                .resources(PostgresFork.class)
                .inNamespace(PREVIEW.name())
                .withName(fork.name())
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }
}
