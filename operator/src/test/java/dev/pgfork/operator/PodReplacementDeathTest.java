package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator dies at every action while a database and its follower get another image, and a wrong one before. */
class PodReplacementDeathTest {
    private int minor;

    @ParameterizedTest
    @EnumSource
    void bothPodsGetTheImageWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.makeDatabase();
            lives.makeFollower();
            assertThat(lives.live(() -> replace(lives))).as("actions of a life").isGreaterThanOrEqualTo(8);
        }
    }

    private void replace(Lives life) {
        minor++;
        var pod = pod(life, "shop-g1-0").getMetadata().getUid();
        life.change(life.database(), "{\"spec\":{\"image\":\"postgres:missing-%d\"}}".formatted(minor));
        life.goOnUntil(() -> {
            assertThat(podCurrent(life.database().getStatus().conditions()))
                    .returns("False", Condition::getStatus)
                    .returns("ImageRefused", Condition::getReason);
            assertThat(pod(life, "shop-g1-0").getMetadata().getUid()).isEqualTo(pod);
        });
        var image = "postgres:17." + minor;
        life.change(life.database(), "{\"spec\":{\"image\":\"%s\"}}".formatted(image));
        life.goOnUntil(() -> {
            assertThat(podCurrent(life.database().getStatus().conditions())).returns("True", Condition::getStatus);
            assertThat(podCurrent(life.follower().getStatus().conditions())).returns("True", Condition::getStatus);
            for (var name : List.of("shop-g1-0", "replica-g1-0")) {
                assertThat(pod(life, name).getSpec().getContainers().getFirst().getImage())
                        .isEqualTo(image);
            }
            life.assertFollowerIsReady();
            assertThat(life.client().pods().inNamespace("prod").list().getItems())
                    .as("no trial is left")
                    .hasSize(2);
        });
    }

    private static Condition podCurrent(@Nullable List<Condition> conditions) {
        return Conditions.find(conditions, "PodCurrent").orElseThrow(() -> new AssertionError("nothing to replace"));
    }

    private static Pod pod(Lives life, String name) {
        return life.client().pods().inNamespace("prod").withName(name).require();
    }
}
