package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.mock.SimulatedCluster;
import java.time.Clock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator dies at every single action of a follower's life, and another one goes on. */
class FollowerDeathTest {

    @ParameterizedTest
    @EnumSource
    void aFollowerLivesOnWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.makeDatabase();
            assertThat(lives.live(() -> follower(lives, cluster)))
                    .as("actions of a follower's life")
                    .isGreaterThanOrEqualTo(moment.deathsOf(10));
        }
    }

    private static void follower(Lives life, SimulatedCluster cluster) {
        life.makeFollower();
        assertThat(cluster.volumes()).as("volumes").isEqualTo(2);
        life.goOnUntil(() -> assertThat(cluster.snapshots()).isZero());
        life.delete(life.follower());
        life.goOnUntil(() -> {
            assertThat(life.resources()).isEqualTo(1);
            assertThat(cluster.volumes()).isEqualTo(1);
            assertThat(cluster.instances().slots("shop")).as("slots left").isEmpty();
        });
    }
}
