package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator dies at every single action of a reset, a rest and the end of a fork, and another one goes on. */
class ForkLifeDeathTest {

    /** Of the last reset; each is later than the one before, and all have come. */
    private Instant resetAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(1, ChronoUnit.DAYS);

    @ParameterizedTest
    @EnumSource
    void aForkLivesOnWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.makeDatabase();
            makeFork(lives, cluster);
            assertThat(lives.live(() -> resetRestAndEnd(lives, cluster)))
                    .as("deaths")
                    .isGreaterThanOrEqualTo(moment.deathsOf(15));
        }
    }

    private static void makeFork(Lives life, SimulatedCluster cluster) {
        life.make("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-1, namespace: prod}
                spec: {from: {name: shop}, ttl: 2h}
                """);
        life.goOnUntil(() -> {
            is(life, ForkPhase.Ready);
            assertThat(cluster.snapshots()).isZero();
        });
    }

    private void resetRestAndEnd(Lives life, SimulatedCluster cluster) {
        reset(life, cluster);
        change(life, "2h", true);
        life.goOnUntil(() -> {
            is(life, ForkPhase.Suspended);
            assertThat(pods(life)).isZero();
        });
        change(life, "2h", false);
        life.goOnUntil(() -> is(life, ForkPhase.Ready));
        change(life, "1s", false);
        life.goOnUntil(() -> {
            is(life, ForkPhase.Expired);
            assertThat(cluster.volumes()).as("volumes").isEqualTo(1);
            assertThat(pods(life)).isZero();
        });
        life.spare();
        reset(life, cluster);
    }

    private void reset(Lives life, SimulatedCluster cluster) {
        resetAt = resetAt.plusSeconds(1);
        change(life, "2h", false);
        life.goOnUntil(() -> {
            is(life, ForkPhase.Ready);
            var status = Objects.requireNonNull(life.fork().getStatus());
            assertThat(status.reset()).isNotNull();
            assertThat(status.reset().at()).isEqualTo(resetAt.toString());
            assertThat(status.reset().outcome()).as("%s", status.reset()).isEqualTo(Outcome.Done);
            assertThat(status.instance().generation()).isEqualTo(status.reset().generation());
            assertThat(cluster.volumes()).as("volumes").isEqualTo(2);
            assertThat(cluster.snapshots()).isZero();
        });
    }

    private void change(Lives life, String ttl, boolean suspend) {
        life.client()
                .resources(PostgresFork.class)
                .inNamespace("prod")
                .withName("pr-1")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"spec\":{\"ttl\":\"%s\",\"suspend\":%s,\"resetAt\":\"%s\"}}"
                                .formatted(ttl, suspend, resetAt));
    }

    private static void is(Lives life, ForkPhase phase) {
        var fork = life.fork();
        assertThat(fork.getStatus()).isNotNull();
        assertThat(fork.getStatus().phase()).isEqualTo(phase);
        assertThat(fork.getStatus().observedGeneration())
                .isEqualTo(fork.getMetadata().getGeneration());
    }

    private static long pods(Lives life) {
        return life.client()
                .pods()
                .inNamespace("prod")
                .withLabel("pgfork.dev/instance", "pr-1")
                .list()
                .getItems()
                .size();
    }
}
