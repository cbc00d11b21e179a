package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.time.Clock;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The operator dies at every action of the life of a masked copy and of a fork that is made of it; a reset is one of
 * any fork's.
 */
class MaskedCopyDeathTest {
    private static final String RULES = "[{\"op\":\"add\",\"path\":\"/spec/forks\",\"value\":"
            + "{\"namespaces\":{\"from\":\"%s\"},\"sanitize\":[%s]}}]";
    private static final String MASK = "{\"name\":\"mask\",\"configMap\":{\"name\":\"masks\",\"key\":\"mask.sql\"}}";

    @ParameterizedTest
    @EnumSource
    void onlyMaskedDataLeaveAndNothingIsLeft(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.make("""
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: masks, namespace: prod}
                    data: {mask.sql: UPDATE customers}
                    """);
            lives.makeDatabase();
            assertThat(lives.live(() -> copyAndFork(lives, cluster)))
                    .as("deaths")
                    .isGreaterThanOrEqualTo(moment.deathsOf(25));
        }
    }

    private static void copyAndFork(Lives life, SimulatedCluster cluster) {
        cluster.instances().sanitizing.forgetWhatRan();
        rules(life, RULES.formatted("All", MASK));
        life.make("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-1, namespace: preview}
                spec: {from: {name: shop, namespace: prod}}
                """);
        life.goOnUntil(() -> {
            assertThat(status(life, "preview", "pr-1")).returns(ForkPhase.Ready, PostgresForkStatus::phase);
            assertThat(status(life, "prod", "shop-masked")).returns(ForkPhase.Suspended, PostgresForkStatus::phase);
            assertThat(cluster.snapshots()).as("snapshots").isZero();
        });
        var fork = status(life, "preview", "pr-1");
        assertThat(Objects.requireNonNull(fork.source()).name()).isEqualTo("shop-masked");
        assertThat(fork.sanitizedBy()).hasSize(1);
        assertThat(cluster.instances().sanitizing.ran()).containsExactly("UPDATE customers");
        assertThat(cluster.volumes()).as("volumes").isEqualTo(3);

        life.client().resources(PostgresFork.class).inNamespace("preview").delete();
        rules(life, RULES.formatted("Same", ""));
        life.goOnUntil(() -> {
            assertThat(life.client()
                            .resources(PostgresFork.class)
                            .inAnyNamespace()
                            .list()
                            .getItems())
                    .isEmpty();
            assertThat(cluster.volumes()).as("volumes").isEqualTo(1);
            assertThat(cluster.snapshots()).as("snapshots").isZero();
            assertThat(life.client()
                            .resources(VolumeSnapshotContent.class)
                            .list()
                            .getItems())
                    .isEmpty();
        });
    }

    private static void rules(Lives life, String patch) {
        life.client().resource(life.database()).patch(PatchContext.of(PatchType.JSON), patch);
    }

    private static PostgresForkStatus status(Lives life, String namespace, String name) {
        var fork = life.client()
                .resources(PostgresFork.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
        assertThat(fork).isNotNull();
        assertThat(fork.getStatus()).isNotNull();
        return fork.getStatus();
    }
}
