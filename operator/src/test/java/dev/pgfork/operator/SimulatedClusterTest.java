package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.mock.Stage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole operator on the simulated cluster: what is asked for comes into being, and goes without a trace. */
class SimulatedClusterTest {
    private final SimulatedCluster cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
    private final KubernetesClient client = cluster.client();
    private TestOperator operator = TestOperator.start(cluster, Clock.systemUTC());

    @BeforeEach
    void makeDatabase() {
        apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, namespace: prod}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                """);
        eventually(() -> assertThat(databasePhase()).isEqualTo(DatabasePhase.Ready));
    }

    @AfterEach
    void close() {
        assertThat(operator.failures()).isEmpty();
        operator.close();
        cluster.close();
    }

    @Test
    void aForkBecomesReadyAndLeavesNothingBehind() {
        makeFork();
        eventually(() -> assertThat(forkPhase()).isEqualTo(ForkPhase.Ready));
        eventually(() -> assertThat(cluster.snapshots()).isZero());
        assertThat(cluster.volumes()).isEqualTo(2);

        client.resource(fork()).delete();

        eventually(() -> assertThat(objects("pr-1")).isEmpty());
        eventually(() -> assertThat(cluster.volumes()).isEqualTo(1));
        assertThat(operator.broken()).isEmpty();
    }

    @Test
    void aDatabaseLeavesNothingBehindUnderDelete() {
        client.resource(database()).delete();

        eventually(() -> assertThat(objects("shop")).isEmpty());
        eventually(() -> assertThat(cluster.volumes()).isZero());
    }

    @Test
    void aHeldUpForkGoesOnWhenItIsReleased() {
        cluster.hold(Stage.OPENED);
        makeFork();
        eventually(() -> assertThat(forkPhase()).isEqualTo(ForkPhase.Quarantine));
        assertThat(client.secrets().inNamespace("prod").withName("pr-1-app").get())
                .isNull();

        cluster.release(Stage.OPENED);

        eventually(() -> assertThat(forkPhase()).isEqualTo(ForkPhase.Ready));
        assertThat(client.secrets().inNamespace("prod").withName("pr-1-app").get())
                .isNotNull();
    }

    @Test
    void anotherOperatorGoesOnWhereOneStopped() {
        cluster.hold(Stage.SNAPSHOT_READY);
        makeFork();
        eventually(() -> assertThat(cluster.snapshots()).isEqualTo(1));
        operator.close();
        cluster.release(Stage.SNAPSHOT_READY);

        operator = TestOperator.start(cluster, Clock.systemUTC());

        eventually(() -> assertThat(forkPhase()).isEqualTo(ForkPhase.Ready));
    }

    private void makeFork() {
        apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-1, namespace: prod}
                spec:
                  from: {name: shop}
                """);
    }

    private void apply(String yaml) {
        HasMetadata object = client.getKubernetesSerialization().unmarshal(yaml);
        client.resource(object).create();
    }

    private PostgresDatabase database() {
        return Objects.requireNonNull(client.resources(PostgresDatabase.class)
                .inNamespace("prod")
                .withName("shop")
                .get());
    }

    private @Nullable DatabasePhase databasePhase() {
        return Optional.ofNullable(database().getStatus())
                .map(PostgresDatabaseStatus::phase)
                .orElse(null);
    }

    private @Nullable ForkPhase forkPhase() {
        return Optional.ofNullable(fork().getStatus())
                .map(PostgresForkStatus::phase)
                .orElse(null);
    }

    private PostgresFork fork() {
        return Objects.requireNonNull(client.resources(PostgresFork.class)
                .inNamespace("prod")
                .withName("pr-1")
                .get());
    }

    private Stream<String> objects(String instance) {
        return Stream.of(
                        client.services(),
                        client.secrets(),
                        client.configMaps(),
                        client.persistentVolumeClaims(),
                        client.apps().statefulSets(),
                        client.pods(),
                        client.resources(VolumeSnapshot.class),
                        client.resources(PostgresDatabase.class),
                        client.resources(PostgresFork.class))
                .flatMap(type -> type.inNamespace("prod").list().getItems().stream())
                .map(object -> (HasMetadata) object)
                .filter(object -> object.getMetadata().getName().startsWith(instance))
                .map(object -> object.getKind() + " " + object.getMetadata().getName());
    }

    private static void eventually(ThrowingRunnable assertion) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(assertion);
    }
}
