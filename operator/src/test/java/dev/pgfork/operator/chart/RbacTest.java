package dev.pgfork.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.TestOperator;
import dev.pgfork.operator.action.ActionListener;
import dev.pgfork.operator.mock.ApiCall;
import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.mock.Stage;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The operator may do what it does, and nothing else. */
class RbacTest {
    /**
     * Scripts are simulated here, so nobody calls them by exec; nobody else writes while a finalizer is removed; and no
     * primary is down.
     */
    private static final Set<String> NOT_SEEN_HERE = Set.of(
            "get /nodes",
            "get /pods",
            "get /pods/exec",
            "create /pods/exec",
            "get pgfork.dev/postgresdatabases",
            "get pgfork.dev/postgresfollowers",
            "get pgfork.dev/postgresforks");

    private static final String FORK = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresFork
            metadata: {name: %s, namespace: prod}
            spec:
              from: {name: shop}
            """;

    @Test
    void theChartAllowsWhatTheOperatorDoesAndNothingElse() throws InterruptedException {
        var used = new TreeSet<>(NOT_SEEN_HERE);
        // Ahead of the API server's own clock: every object looks old enough to be suspicious.
        var clock = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(5));
        try (var cluster = SimulatedCluster.withSnapshots(clock)) {
            TestOperator.leadOnce(cluster);
            try (var operator = TestOperator.start(cluster, clock, Duration.ofMinutes(1), new ActionListener() {})) {
                liveThrough(cluster, operator);
                assertThat(operator.broken()).isEmpty();
            }
            cluster.api().calls(TestOperator.TOKEN).stream()
                    .filter(call -> !call.resource().isEmpty())
                    .forEach(call -> used.addAll(needed(call)));
        }

        assertThat(used).containsExactlyElementsOf(allowed());
    }

    /** Whoever may create an object looks at the one that stands in the way; nothing does here. */
    private static List<String> needed(ApiCall call) {
        var object = " " + call.group() + "/" + call.resource();
        return call.verb().equals("create")
                ? List.of("create" + object, "get" + object)
                : List.of(call.verb() + object);
    }

    private static void liveThrough(SimulatedCluster cluster, TestOperator operator) {
        var client = cluster.client();
        cluster.hold(Stage.POD_SCHEDULED);
        create(client, """
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, namespace: prod}
                spec:
                  storage: {size: 1Gi}
                  superuserAccess: true
                  deletionPolicy: Delete
                  forks: {namespaces: {from: All}}
                """);
        await().until(() -> cluster.api().calls(TestOperator.TOKEN).stream()
                .anyMatch(
                        call -> call.resource().equals("events") && call.verb().equals("list")));
        cluster.release(Stage.POD_SCHEDULED);
        awaitPhase(client, PostgresDatabase.class, "shop", "Ready");
        client.resources(PostgresDatabase.class)
                .inNamespace("prod")
                .withName("shop")
                .patch(PatchContext.of(PatchType.JSON_MERGE), """
                {"spec": {"superuserAccess": false}}""");
        await().until(() ->
                client.secrets().inNamespace("prod").withName("shop-superuser").get() == null);

        getAnotherImage(client);
        keepDrainsOff(client, true);
        keepDrainsOff(client, false);
        for (var name : Set.of("pr-1", "pr-2")) {
            create(client, FORK.formatted(name));
            awaitPhase(client, PostgresFork.class, name, "Ready");
        }
        forkIntoAnotherNamespace(client);
        keepAMaskedCopy(client);
        followAndRebuild(client);
        cluster.hold(Stage.SNAPSHOT_CUT);
        create(client, FORK.formatted("refused"));
        await().until(() -> client.resources(VolumeSnapshot.class).inNamespace("prod").list().getItems().stream()
                .anyMatch(snapshot -> snapshot.getMetadata().getName().startsWith("refused")));
        cluster.instances().report("shop", RbacTest::withoutFsync);
        cluster.release(Stage.SNAPSHOT_CUT);
        awaitPhase(client, PostgresFork.class, "refused", "Refused");

        sayTheSameTwice(cluster, operator);
        client.resources(PostgresFork.class).inNamespace("prod").delete();
        await().until(() -> client.resources(PostgresFork.class)
                .inNamespace("prod")
                .list()
                .getItems()
                .isEmpty());
        client.resources(PostgresDatabase.class).inNamespace("prod").delete();
        await().until(() -> client.persistentVolumeClaims()
                .inNamespace("prod")
                .list()
                .getItems()
                .isEmpty());
    }

    private static void keepDrainsOff(KubernetesClient client, boolean wanted) {
        client.resources(PostgresDatabase.class)
                .inNamespace("prod")
                .withName("shop")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\": {\"pod\": {\"disruptionBudget\": %s}}}".formatted(wanted));
        var budget =
                client.policy().v1().podDisruptionBudget().inNamespace("prod").withName("shop");
        await().atMost(Duration.ofSeconds(30)).until(() -> wanted == (budget.get() != null));
    }

    /** Which is tried in a pod first. */
    private static void getAnotherImage(KubernetesClient client) {
        var shop = client.resources(PostgresDatabase.class).inNamespace("prod").withName("shop");
        shop.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"image\": \"postgres:17.6\"}}");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Conditions.isTrue(shop.get().getStatus().conditions(), "PodCurrent"));
        awaitPhase(client, PostgresDatabase.class, "shop", "Ready");
    }

    private static void forkIntoAnotherNamespace(KubernetesClient client) {
        create(client, """
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-1, namespace: preview}
                spec: {from: {name: shop, namespace: prod}}
                """);
        var contents = client.resources(VolumeSnapshotContent.class).withLabel("pgfork.dev/namespace", "preview");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !contents.list().getItems().isEmpty());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> contents.list().getItems().isEmpty());
        client.resources(PostgresFork.class).inNamespace("preview").delete();
    }

    /** Its mask is missing. It is told to rest when somebody wakes it, and goes when it is not wanted any more. */
    private static void keepAMaskedCopy(KubernetesClient client) {
        var rules = """
                [{"op": "add", "path": "/spec/forks/sanitize", "value": [%s]}]""";
        var shop = client.resources(PostgresDatabase.class).inNamespace("prod").withName("shop");
        shop.patch(
                PatchContext.of(PatchType.JSON),
                rules.formatted("{\"name\": \"mask\", \"configMap\": {\"name\": \"masks\", \"key\": \"k\"}}"));
        var copy = client.resources(PostgresFork.class).inNamespace("prod").withName("shop-masked");
        await().until(() -> copy.get() != null);
        copy.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"suspend\": false}}");
        await().until(() -> copy.require().getSpec().suspend());
        shop.patch(PatchContext.of(PatchType.JSON), rules.formatted(""));
        await().atMost(Duration.ofSeconds(30)).until(() -> copy.get() == null);
    }

    private static void followAndRebuild(KubernetesClient client) {
        create(client, """
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: {name: another}
                provisioner: csi.another.example.com
                """);
        create(client, """
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: replica, namespace: prod}
                spec:
                  follows: {name: shop}
                  storage: {storageClassName: another}
                """);
        awaitPhase(client, PostgresFollower.class, "replica", "Ready");
        client.persistentVolumeClaims()
                .inNamespace("prod")
                .withName("replica-g1")
                .delete();
        await().until(() ->
                client.pods().inNamespace("prod").withName("replica-g2-0").get() != null);
        awaitPhase(client, PostgresFollower.class, "replica", "Ready");
        unfollow(client);
        client.resources(PostgresFollower.class).inNamespace("prod").delete();
        await().until(() -> client.resources(PostgresFollower.class)
                .inNamespace("prod")
                .list()
                .getItems()
                .isEmpty());
    }

    private static void unfollow(KubernetesClient client) {
        var replica =
                client.resources(PostgresFollower.class).inNamespace("prod").withName("replica");
        replica.patch(PatchContext.of(PatchType.JSON_MERGE), """
                {"spec": {"unfollow": true, "deletionPolicy": "Delete"}}""");
        await().until(() -> Conditions.isTrue(replica.get().getStatus().conditions(), "Unfollowed"));
        awaitPhase(client, PostgresFollower.class, "replica", "Ready");
    }

    private static void sayTheSameTwice(SimulatedCluster cluster, TestOperator operator) {
        for (var i = 0; i < 2; i++) {
            cluster.instances().makeUnreachable("shop");
            operator.reconcile(PostgresDatabase.KIND, "prod", "shop");
            awaitPhase(cluster.client(), PostgresDatabase.class, "shop", "Unavailable");
            cluster.instances().makeReachable("shop");
            operator.reconcile(PostgresDatabase.KIND, "prod", "shop");
            awaitPhase(cluster.client(), PostgresDatabase.class, "shop", "Ready");
        }
    }

    private static ForkSafety withoutFsync(ForkSafety is) {
        return new ForkSafety(
                is.uid(),
                is.systemIdentifier(),
                is.timeline(),
                is.inRecovery(),
                false,
                is.fullPageWrites(),
                is.walLevel(),
                is.separateWalVolume(),
                is.tablespaces());
    }

    private static Set<String> allowed() {
        var chart = RenderedChart.with("forksAcrossNamespaces: true");
        var allowed = new TreeSet<String>();
        Stream.concat(
                        chart.all(ClusterRole.class).stream().map(ClusterRole::getRules),
                        chart.all(Role.class).stream().map(Role::getRules))
                .flatMap(rules -> rules.stream())
                .forEach(rule -> allowed.addAll(permissions(rule).toList()));
        return allowed;
    }

    private static Stream<String> permissions(PolicyRule rule) {
        return rule.getApiGroups().stream()
                .flatMap(group -> rule.getResources().stream()
                        .flatMap(
                                resource -> rule.getVerbs().stream().map(verb -> verb + " " + group + "/" + resource)));
    }

    private static void create(KubernetesClient client, String yaml) {
        HasMetadata object = client.getKubernetesSerialization().unmarshal(yaml);
        client.resource(object).create();
    }

    private static <T extends CustomResource<?, ?>> void awaitPhase(
            KubernetesClient client, Class<T> type, String name, String phase) {
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            var resource = client.genericKubernetesResources(HasMetadata.getApiVersion(type), HasMetadata.getKind(type))
                    .inNamespace("prod")
                    .withName(name)
                    .get();
            return phase.equals(Objects.requireNonNull(resource).get("status", "phase"));
        });
    }
}
