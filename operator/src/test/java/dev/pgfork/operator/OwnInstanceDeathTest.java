package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The operator dies at every single action while a database's own instance is removed and made anew, its follower being
 * the primary. Another one goes on: the instance streams from a volume of its own, nothing is left of the old one, and
 * the way back is open.
 */
class OwnInstanceDeathTest {

    @ParameterizedTest
    @EnumSource
    void theOwnInstanceGoesAndComesBackWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.makeDatabase();
            lives.makeFollower();
            promote(lives, "replica");
            lives.goOnUntil(() -> assertOwnInstance(lives, "Streaming"));
            assertThat(lives.live(() -> goAndComeBack(lives, cluster)))
                    .as("actions of a removal and a return")
                    .isGreaterThanOrEqualTo(moment.deathsOf(10));
            promote(lives, "shop");
        }
    }

    private static void goAndComeBack(Lives life, SimulatedCluster cluster) {
        var before = life.database().getStatus().instance().generation();
        want(life, "Removed");
        life.goOnUntil(() -> {
            assertOwnInstance(life, "Removed");
            assertThat(cluster.volumes()).as("volumes").isEqualTo(1);
            assertThat(cluster.instances().slots("replica")).as("slots left").isEmpty();
        });
        want(life, "Running");
        life.goOnUntil(() -> {
            assertOwnInstance(life, "Streaming");
            assertThat(life.database().getStatus().instance().generation()).isEqualTo(before + 1);
            assertThat(cluster.snapshots()).isZero();
        });
        assertThat(cluster.volumes()).as("volumes").isEqualTo(2);
    }

    private static void assertOwnInstance(Lives life, String reason) {
        assertThat(Conditions.find(life.database().getStatus().conditions(), "OwnInstance"))
                .get()
                .satisfies(condition -> {
                    assertThat(condition.getReason()).as(condition.getMessage()).isEqualTo(reason);
                    assertThat(condition.getStatus()).isEqualTo("True");
                });
    }

    private static void want(Lives life, String ownInstance) {
        patch(life, "{\"spec\":{\"ownInstance\":\"%s\"}}".formatted(ownInstance));
    }

    private static void promote(Lives life, String to) {
        patch(life, "{\"spec\":{\"promote\":{\"to\":\"%s\",\"at\":\"%s\"}}}".formatted(to, Instant.now()));
        life.goOnUntil(() -> {
            assertThat(life.database().getStatus())
                    .returns(to, PostgresDatabaseStatus::primary)
                    .returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase)
                    .returns(null, PostgresDatabaseStatus::changeover);
            life.assertFollowerIsReady();
        });
    }

    private static void patch(Lives life, String json) {
        life.client()
                .resources(PostgresDatabase.class)
                .inNamespace("prod")
                .withName("shop")
                .patch(PatchContext.of(PatchType.JSON_MERGE), json);
    }
}
