package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The operator dies at every single action of a changeover, while a client writes. Another one goes on: the changeover
 * ends, nothing that was acknowledged is lost, everybody streams, the way back is open, and (the simulated cluster sees
 * to that) there never were two primaries.
 */
class ChangeoverDeathTest {

    @ParameterizedTest
    @EnumSource
    void nothingIsLostInAChangeoverWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.makeDatabase();
            lives.makeFollower();
            var client = new ServiceClient(lives, cluster);
            lives.goOnUntil(client::write);
            assertThat(lives.live(() -> thereAndBack(lives, client)))
                    .as("actions of a changeover")
                    .isGreaterThanOrEqualTo(moment.deathsOf(10));
        }
    }

    private static void thereAndBack(Lives lives, ServiceClient client) {
        changeover(lives, client, "replica");
        lives.spare();
        changeover(lives, client, "shop");
    }

    /** One that was aborted is asked for again: it must be possible. */
    static void changeover(Lives life, ServiceClient client, String to) {
        var first = promote(life, client, to);
        if (first.outcome() != PromotionStatus.Outcome.Done) {
            assertThat(first.outcome()).as(first.toString()).isEqualTo(PromotionStatus.Outcome.Aborted);
            var second = promote(life, client, to);
            assertThat(second.outcome()).as(second.toString()).isEqualTo(PromotionStatus.Outcome.Done);
        }
        life.goOnUntil(() -> {
            client.write();
            assertThat(life.database().getStatus())
                    .returns(to, PostgresDatabaseStatus::primary)
                    .returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase);
            life.assertFollowerIsReady();
        });
        client.assertNothingLost();
    }

    private static PromotionStatus promote(Lives life, ServiceClient client, String to) {
        var at = Instant.now().toString();
        life.client()
                .resources(PostgresDatabase.class)
                .inNamespace("prod")
                .withName("shop")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"promote\":{\"to\":\"%s\",\"at\":\"%s\"}}}".formatted(to, at));
        life.goOnUntil(() -> {
            client.tryToWrite();
            assertThat(life.database().getStatus().promotion())
                    .isNotNull()
                    .returns(at, PromotionStatus::at)
                    .matches(promotion -> promotion.outcome() != null, "has an outcome");
        });
        return Objects.requireNonNull(life.database().getStatus().promotion());
    }
}
