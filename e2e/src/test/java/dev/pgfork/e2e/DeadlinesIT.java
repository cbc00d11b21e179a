package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.LocalCluster;
import dev.pgfork.e2e.cluster.Operator;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClass;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A step that takes too long is named, with the object that it waits for; once the cause is gone the fork completes by
 * itself.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeadlinesIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final String SETTING = "PGFORK_STEP_DEADLINE";

    private Operator operator;
    private String usualDeadline;
    private Instance shop;

    @BeforeAll
    void shortenTheDeadline() {
        operator = new Operator(NAMESPACE.client());
        usualDeadline = operator.set(SETTING, "PT4S");
        // The CSI sidecars may read these two once they are there; as upstream ships them they may read none.
        NAMESPACE.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: keys}
                rules:
                  - apiGroups: [""]
                    resources: [secrets]
                    resourceNames: [key-for-snapshots, key-for-volumes]
                    verbs: [get]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: keys}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: keys}
                subjects:
                  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                """);
        shop = NAMESPACE.database("shop").awaitReadyInTheEnd();
    }

    @AfterAll
    void restoreTheDeadline() {
        operator.set(SETTING, usualDeadline);
        NAMESPACE
                .client()
                .resources(VolumeSnapshotClass.class)
                .withLabel("pgfork.dev/e2e", NAMESPACE.name())
                .delete();
        NAMESPACE
                .client()
                .resources(StorageClass.class)
                .withLabel("pgfork.dev/e2e", NAMESPACE.name())
                .delete();
    }

    private static Instance fork(String name, String settings) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec:
                  from: {name: shop}
                  %s
                """.formatted(name, settings));
        return NAMESPACE.fork(name);
    }

    /**
     * The CSI sidecars want a Secret that a class names before they talk to the driver: a cause that can be removed.
     */
    private static void createSecret(String name) {
        NAMESPACE.apply("""
                apiVersion: v1
                kind: Secret
                metadata: {name: %s}
                stringData: {key: value}
                """.formatted(name));
    }

    private static void assertLate(Instance fork, String reason, String... objects) {
        assertThat(fork.awaitNotReady(reason)).contains(objects);
        assertThat(fork.condition("Stalled")).startsWith("True, " + reason + ": ");
    }

    @Test
    void aSnapshotThatNeverGetsReady() {
        NAMESPACE.apply("""
                apiVersion: snapshot.storage.k8s.io/v1
                kind: VolumeSnapshotClass
                metadata:
                  name: %1$s-locked
                  labels: {pgfork.dev/e2e: %1$s}
                driver: %2$s
                deletionPolicy: Delete
                parameters:
                  csi.storage.k8s.io/snapshotter-secret-name: key-for-snapshots
                  csi.storage.k8s.io/snapshotter-secret-namespace: %1$s
                """.formatted(NAMESPACE.name(), shop.csiDriver()));
        var fork = fork("uncut", "storage: {volumeSnapshotClassName: %s-locked}".formatted(NAMESPACE.name()));
        assertLate(fork, "SnapshotNotReady", "VolumeSnapshot", "uncut");

        createSecret("key-for-snapshots");

        fork.awaitReadyInTheEnd();
    }

    @Test
    void aVolumeThatIsNeverBound() {
        NAMESPACE.apply("""
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata:
                  name: %1$s-locked
                  labels: {pgfork.dev/e2e: %1$s}
                provisioner: %2$s
                parameters:
                  csi.storage.k8s.io/provisioner-secret-name: key-for-volumes
                  csi.storage.k8s.io/provisioner-secret-namespace: %1$s
                """.formatted(NAMESPACE.name(), shop.csiDriver()));
        var fork = fork("unbound", "storage: {storageClassName: %s-locked}".formatted(NAMESPACE.name()));
        assertLate(fork, "VolumeNotBound", "PersistentVolumeClaim", "unbound-g1");

        createSecret("key-for-volumes");

        fork.awaitReadyInTheEnd();
    }

    @Test
    void aPodThatFindsNoNode() {
        var label = "pgfork.dev/e2e-" + NAMESPACE.name();
        var fork = fork("homeless", "pod: {nodeSelector: {%s: \"here\"}}".formatted(label));
        assertLate(fork, "PodUnschedulable", "Pod", "homeless-g1-0");

        NAMESPACE.labelAllNodes(label, "here");
        try {
            fork.awaitReadyInTheEnd();
        } finally {
            NAMESPACE.removeLabelOfNodes(label);
        }
    }

    /** Only the local cluster can be given the image afterwards. */
    @Test
    void anImageThatDoesNotExist() {
        var image = "pgfork-e2e/%s:17".formatted(NAMESPACE.name());
        var fork = fork("faceless", "image: " + image);
        assertLate(fork, "ImagePullFailed", "Pod", "faceless-g1-0", image);

        LocalCluster.underTest().ifPresent(cluster -> {
            cluster.giveImage(image);
            fork.awaitReadyInTheEnd();
        });
    }
}
