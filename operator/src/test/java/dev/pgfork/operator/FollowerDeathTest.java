package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
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
            makeDatabase(lives);
            assertThat(lives.live(() -> follower(lives, cluster)))
                    .as("actions of a follower's life")
                    .isGreaterThanOrEqualTo(10);
        }
    }

    private static void follower(Lives life, SimulatedCluster cluster) {
        makeFollower(life);
        assertThat(cluster.volumes()).as("volumes").isEqualTo(2);
        life.goOnUntil(() -> assertThat(cluster.snapshots()).isZero());
        life.delete(life.follower());
        life.goOnUntil(() -> {
            assertThat(life.resources()).isEqualTo(1);
            assertThat(cluster.volumes()).isEqualTo(1);
            assertThat(cluster.instances().slots("shop")).as("slots left").isEmpty();
        });
    }

    private static void makeDatabase(Lives life) {
        life.make("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, namespace: prod}
                spec: {storage: {size: 1Gi}, deletionPolicy: Delete}
                """);
        life.goOnUntil(() -> assertThat(life.database().getStatus())
                .isNotNull()
                .returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase));
    }

    private static void makeFollower(Lives life) {
        life.make("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: replica, namespace: prod}
                spec: {follows: {name: shop}}
                """);
        life.goOnUntil(() -> isReady(life));
    }

    private static void isReady(Lives life) {
        assertThat(life.follower().getStatus()).isNotNull().returns(FollowerPhase.Ready, PostgresFollowerStatus::phase);
    }
}
