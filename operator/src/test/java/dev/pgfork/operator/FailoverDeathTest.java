package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.FencedBy;
import dev.pgfork.api.v1alpha1.LastFailover;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.mock.SimulatedCluster;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The operator dies at every single action of a failover whose fence only the end of the pod proves, which Kubernetes
 * tells once. Another one goes on: the standby takes over with everything that was acknowledged, and the old primary
 * follows it.
 *
 * <p>One life goes from the database's own instance to the follower, the next one back. What comes after an action one
 * way comes before the next action the same way in the other case; so both together see each way whole.
 */
class FailoverDeathTest {

    @ParameterizedTest
    @EnumSource
    void theStandbyTakesOverWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            cluster.addNode();
            lives.makeDatabase();
            lives.client()
                    .resources(PostgresDatabase.class)
                    .inNamespace("prod")
                    .withName("shop")
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"spec\":{\"failover\":{\"mode\":\"Automatic\",\"after\":\"0s\"}}}");
            lives.makeFollower();
            var client = new ServiceClient(lives, cluster);
            lives.goOnUntil(client::write);
            assertThat(lives.live(() -> failOver(lives, cluster, client)))
                    .as("actions of a failover")
                    .isGreaterThanOrEqualTo(moment.deathsOf(12));
        }
    }

    private static void failOver(Lives life, SimulatedCluster cluster, ServiceClient client) {
        var from = Objects.requireNonNull(life.database().getStatus().primary());
        var to = from.equals("shop") ? "replica" : "shop";
        cluster.instances().crash(podOf(life, from));
        life.goOnUntil(() -> {
            client.tryToWrite();
            assertThat(life.database().getStatus())
                    .returns(to, PostgresDatabaseStatus::primary)
                    .returns(null, PostgresDatabaseStatus::changeover)
                    .returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase);
        });
        assertThat(life.database().getStatus().failover())
                .isNotNull()
                .returns(from, LastFailover::from)
                .returns(to, LastFailover::to)
                .returns(FencedBy.PodEnded, LastFailover::fencedBy);
        client.assertNothingLost();
        life.goOnUntil(() -> assertFollows(life, from));
    }

    private static void assertFollows(Lives life, String name) {
        if (name.equals("shop")) {
            assertThat(Conditions.isTrue(life.database().getStatus().conditions(), "OwnInstance"))
                    .isTrue();
        } else {
            life.assertFollowerIsReady();
            assertThat(life.follower().getStatus().instance().role()).isEqualTo("standby");
        }
    }

    private static String podOf(Lives life, String instance) {
        var pods = life.client()
                .pods()
                .inNamespace("prod")
                .withLabel("pgfork.dev/instance", instance)
                .list()
                .getItems();
        assertThat(pods).hasSize(1);
        return pods.getFirst().getMetadata().getUid();
    }
}
