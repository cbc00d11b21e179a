package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.mock.SimulatedCluster;
import java.time.Clock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The operator dies at every single action of the life of a database and a fork, from their making to their deletion,
 * and another one, which knows only what the cluster knows, goes on.
 */
class OperatorDeathTest {

    @ParameterizedTest
    @EnumSource
    void anotherOneGoesOnWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.make("""
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: masks, namespace: prod}
                    data: {mask.sql: UPDATE customers, own.sql: UPDATE own}
                    """);
            assertThat(lives.live(() -> databaseAndFork(lives, cluster)))
                    .as("deaths")
                    .isGreaterThanOrEqualTo(moment.deathsOf(20));
        }
    }

    private static void databaseAndFork(Lives life, SimulatedCluster cluster) {
        cluster.instances().sanitizing.forgetWhatRan();
        life.make("""
                    apiVersion: pgfork.dev/v1alpha1
                    kind: PostgresDatabase
                    metadata: {name: shop, namespace: prod}
                    spec:
                      storage: {size: 1Gi}
                      deletionPolicy: Delete
                      forks: {sanitize: [{name: mask, configMap: {name: masks, key: mask.sql}}]}
                    """);
        life.make("""
                    apiVersion: pgfork.dev/v1alpha1
                    kind: PostgresFork
                    metadata: {name: pr-1, namespace: prod}
                    spec: {from: {name: shop}, sanitize: [{name: own, configMap: {name: masks, key: own.sql}}]}
                    """);
        life.goOnUntil(() -> {
            assertThat(life.fork().getStatus()).isNotNull().returns(ForkPhase.Ready, PostgresForkStatus::phase);
            assertThat(life.database().getStatus()).returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase);
            assertThat(cluster.snapshots()).isZero();
        });
        assertThat(cluster.volumes()).as("volumes").isEqualTo(2);
        assertThat(cluster.instances().sanitizing.ran())
                .as("sanitize steps")
                .containsExactly("UPDATE customers", "UPDATE own");
        assertThat(life.fork().getStatus().sanitizedBy()).hasSize(2);
        life.delete(life.fork());
        life.goOnUntil(() -> assertThat(cluster.volumes()).isEqualTo(1));
        life.delete(life.database());
        life.goOnUntil(() -> {
            assertThat(cluster.volumes()).isZero();
            assertThat(life.resources()).isZero();
            assertThat(life.secrets()).as("Secrets left").isZero();
        });
    }
}
