package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator dies at every action while the volumes of a database and of its follower grow. */
class GrowthDeathTest {
    private int size = 1;

    @ParameterizedTest
    @EnumSource
    void bothVolumesGrowWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.makeDatabase();
            lives.makeFollower();
            assertThat(lives.live(() -> grow(lives, cluster))).as("deaths").isGreaterThanOrEqualTo(moment.deathsOf(4));
        }
    }

    /** The follower inherits its size, and both servers are told what fits the volume that they have. */
    private void grow(Lives life, SimulatedCluster cluster) {
        size++;
        var wanted = size + "Gi";
        life.change(life.database(), "{\"spec\":{\"storage\":{\"size\":\"%s\"}}}".formatted(wanted));
        life.goOnUntil(() -> {
            for (var claim : List.of("shop-g1", "replica-g1")) {
                assertThat(cluster.client()
                                .persistentVolumeClaims()
                                .inNamespace("prod")
                                .withName(claim)
                                .require()
                                .getStatus()
                                .getCapacity())
                        .containsEntry("storage", new Quantity(wanted));
                assertThat(configurations(cluster, claim))
                        .as("kept WAL of " + claim)
                        .contains("%dMB".formatted(size * 256));
            }
            assertResized(life.database().getStatus().conditions());
            assertResized(life.follower().getStatus().conditions());
            life.assertFollowerIsReady();
        });
    }

    private void assertResized(@Nullable List<Condition> conditions) {
        assertThat(Conditions.find(conditions, "Resized"))
                .hasValueSatisfying(
                        condition -> assertThat(condition.getMessage()).endsWith(" has " + size + "Gi"));
    }

    /** What the next pod starts with. */
    private static String configurations(SimulatedCluster cluster, String set) {
        var name = cluster
                .client()
                .apps()
                .statefulSets()
                .inNamespace("prod")
                .withName(set)
                .require()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getVolumes()
                .stream()
                .filter(volume -> volume.getConfigMap() != null)
                .map(volume -> volume.getConfigMap().getName())
                .findFirst()
                .orElseThrow();
        return Objects.requireNonNull(cluster.client()
                .configMaps()
                .inNamespace("prod")
                .withName(name)
                .require()
                .getData()
                .get("postgresql.conf"));
    }
}
