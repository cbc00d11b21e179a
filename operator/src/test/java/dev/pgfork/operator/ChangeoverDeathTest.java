package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.mock.SimulatedInstances.Commit;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
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
            var client = new Client(lives, cluster);
            lives.goOnUntil(client::write);
            assertThat(lives.live(() -> thereAndBack(lives, client)))
                    .as("actions of a changeover")
                    .isGreaterThanOrEqualTo(10);
        }
    }

    private static void thereAndBack(Lives lives, Client client) {
        changeover(lives, client, "replica");
        lives.spare();
        changeover(lives, client, "shop");
    }

    /** One that was aborted is asked for again: it must be possible. */
    private static void changeover(Lives life, Client client, String to) {
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

    private static PromotionStatus promote(Lives life, Client client, String to) {
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

    /** Writes through the Service {@code shop}. */
    private static final class Client {
        private final Lives life;
        private final SimulatedCluster cluster;
        private final List<Commit> acknowledged = new ArrayList<>();

        Client(Lives life, SimulatedCluster cluster) {
            this.life = life;
            this.cluster = cluster;
        }

        void write() {
            assertThat(tryToWrite()).as("a server behind the Service").isTrue();
        }

        boolean tryToWrite() {
            var commit = endpoint().flatMap(pod -> cluster.instances().commit(uid(pod)));
            commit.ifPresent(acknowledged::add);
            return commit.isPresent();
        }

        private Optional<Pod> endpoint() {
            var selector = life.client()
                    .services()
                    .inNamespace("prod")
                    .withName("shop")
                    .require()
                    .getSpec()
                    .getSelector();
            return life.client().pods().inNamespace("prod").withLabels(selector).list().getItems().stream()
                    .findFirst();
        }

        private static String uid(Pod pod) {
            return pod.getMetadata().getUid();
        }

        void assertNothingLost() {
            var primary = uid(endpoint().orElseThrow());
            assertThat(acknowledged).allMatch(commit -> cluster.instances().has(primary, commit), "is still there");
        }
    }
}
