package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.mock.SimulatedInstances.ScriptFailure;
import dev.pgfork.operator.postgres.ForkSafety;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What bad input refers to: good sources, and such as are broken, refused, expired, or of somebody else. */
final class BadInputWorld {
    private static final String SOURCES = """
            apiVersion: v1
            kind: Namespace
            metadata: {name: prod, labels: {team: shop}}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: masks, namespace: prod}
            data:
              mask.sql: UPDATE customers
              empty.sql: ""
              psql.sql: "\\\\i /etc/passwd"
              commit.sql: "UPDATE customers;\\nCOMMIT;"
              fails.sql: UPDATE fails
            binaryData:
              binary.sql: AAEC
            ---
            apiVersion: snapshot.storage.k8s.io/v1
            kind: VolumeSnapshotClass
            metadata: {name: others}
            driver: other.example.com
            deletionPolicy: Delete
            ---
            apiVersion: snapshot.storage.k8s.io/v1
            kind: VolumeSnapshotClass
            metadata: {name: retaining}
            driver: csi.example.com
            deletionPolicy: Retain
            """;

    private static final Duration LONG = Duration.ofSeconds(60);

    private BadInputWorld() {}

    /** Somebody else's object in namespace {@code prod}. */
    static String foreign(String kind, String name) {
        var spec = switch (kind) {
            case "StatefulSet" ->
                "{replicas: 0, selector: {}, template: {metadata: {}, spec: {containers: [{name: theirs}]}}}";
            case "PersistentVolumeClaim" -> "{storageClassName: none-such}";
            default -> "{}";
        };
        return "apiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: prod}\n%s"
                .formatted(
                        kind.equals("StatefulSet") ? "apps/v1" : "v1",
                        kind,
                        name,
                        kind.equals("Secret") ? "" : "spec: " + spec + "\n");
    }

    /** Returns once all is as the cases want it. */
    static void make(SimulatedCluster cluster) {
        var broken = new ScriptFailure("InitdbFailed", "initdb", "", 0);
        cluster.instances().failPrivatePhase("broken", broken);
        cluster.instances().failPrivatePhase("no-such-locale", broken);
        cluster.instances().failPrivatePhase("lets-in-nobody", new ScriptFailure("AccessRoleMissing", "nobody", "", 0));
        cluster.instances().report("unsafe", BadInputWorld::withoutFsync);
        cluster.api()
                .refuse(
                        call -> call.name().equals("not-readable-app"),
                        403,
                        "secrets \"not-readable-app\" is forbidden");
        make(cluster.client(), SOURCES);
        databases().forEach(yaml -> make(cluster.client(), yaml));
        await().atMost(LONG).untilAsserted(() -> {
            for (var name : List.of("shop", "masked", "unsafe")) {
                assertThat(phase(cluster.client(), "PostgresDatabase", name))
                        .as(name)
                        .isEqualTo("Ready");
            }
        });
        copies().forEach(yaml -> make(cluster.client(), yaml));
        await().atMost(LONG).untilAsserted(() -> {
            assertThat(phase(cluster.client(), "PostgresFollower", "shop-replica"))
                    .isEqualTo("Ready");
            assertThat(phase(cluster.client(), "PostgresFork", "resting")).isEqualTo("Suspended");
            assertThat(phase(cluster.client(), "PostgresFork", "expired")).isEqualTo("Expired");
        });
    }

    /** Whether they serve does not matter of most, so those are refused and cost nothing. */
    private static Stream<String> databases() {
        return Stream.of(
                database("prod", "shop", "{}"),
                database("prod", "masked", "{sanitize: [{name: mask, configMap: {name: masks, key: mask.sql}}]}"),
                database("prod", "broken", "{}"),
                database("prod", "unsafe", "{}"),
                refused("prod", "refused", "{}"),
                refused("prod", "capped", "{maxForks: 0}"),
                refused("elsewhere", "private", "{}"),
                refused(
                        "elsewhere",
                        "choosy",
                        "{namespaces: {from: Selector, selector: {matchLabels: {team: other}}}}"),
                refused(
                        "elsewhere",
                        "muddled",
                        "{namespaces: {from: Selector, selector: {matchExpressions: [{operator: Like}]}}}"),
                refused(
                        "elsewhere",
                        "wary",
                        "{namespaces: {from: All}, sanitize: [{name: mask, secret: {name: no-masks, key: x}}]}"));
    }

    private static String refused(String namespace, String name, String forks) {
        return database(namespace, name, forks) + "  parameters: {fsync: 'off'}\n";
    }

    private static String database(String namespace, String name, String forks) {
        return BadInput.DATABASE.replace("NAME, namespace: prod", name + ", namespace: " + namespace) + "  forks: "
                + forks + "\n";
    }

    private static Stream<String> copies() {
        return Stream.of(
                BadInput.FOLLOWER.replace("NAME", "shop-replica"),
                BadInput.FORK.replace("NAME", "resting") + "  suspend: true\n",
                BadInput.FORK.replace("NAME", "expired") + "  ttl: 1s\n");
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

    private static String phase(KubernetesClient client, String kind, String name) {
        return SeenResource.of(client.genericKubernetesResources("pgfork.dev/v1alpha1", kind)
                        .inNamespace("prod")
                        .withName(name)
                        .require())
                .status()
                .path("phase")
                .asText();
    }

    static HasMetadata make(KubernetesClient client, String yaml) {
        HasMetadata last = null;
        for (var document : yaml.split("(?m)^---\n", -1)) {
            HasMetadata object = client.getKubernetesSerialization().unmarshal(document);
            last = client.resource(object).create();
        }
        if (last == null) {
            throw new IllegalArgumentException("no document");
        }
        return last;
    }
}
