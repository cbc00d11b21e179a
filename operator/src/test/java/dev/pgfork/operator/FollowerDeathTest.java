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
        var number = 1;
        while (Life.diedAt(moment, number, FollowerDeathTest::diedInAFollowersLife)) {
            number++;
        }
        assertThat(number).as("actions of a follower's life").isGreaterThan(10);
    }

    private static boolean diedInAFollowersLife(Death death) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var life = new Life(cluster, death)) {
            makeDatabase(life);
            death.arm();
            makeFollower(life);
            assertThat(cluster.volumes()).as("volumes after %s", death).isEqualTo(2);
            life.goOnUntil(() -> assertThat(cluster.snapshots()).isZero());
            life.delete(life.follower());
            life.goOnUntil(() -> {
                assertThat(life.resources()).isEqualTo(1);
                assertThat(cluster.volumes()).isEqualTo(1);
                assertThat(cluster.instances().slots("shop"))
                        .as("slots left after %s", death)
                        .isEmpty();
            });
            return death.hasCome();
        }
    }

    private static void makeDatabase(Life life) {
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

    private static void makeFollower(Life life) {
        life.make("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: replica, namespace: prod}
                spec: {follows: {name: shop}}
                """);
        life.goOnUntil(() -> isReady(life));
    }

    private static void isReady(Life life) {
        assertThat(life.follower().getStatus()).isNotNull().returns(FollowerPhase.Ready, PostgresFollowerStatus::phase);
    }
}
