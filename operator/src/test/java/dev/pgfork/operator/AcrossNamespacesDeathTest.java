package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator dies at every action of the life of a fork whose source is in another namespace. */
class AcrossNamespacesDeathTest {

    /** Of the last reset; each is later than the one before, and all have come. */
    private Instant resetAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(1, ChronoUnit.DAYS);

    @ParameterizedTest
    @EnumSource
    void nothingIsLeftInAnyNamespaceWhereverItDies(Death.Moment moment) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, moment)) {
            lives.makeDatabase();
            allow(lives, "All");
            assertThat(lives.live(() -> fork(lives, cluster))).as("deaths").isGreaterThanOrEqualTo(moment.deathsOf(15));
        }
    }

    @Test
    void aResetIsMadeOnlyWithConsentWhereverItDies() {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var lives = new Lives(cluster, Death.Moment.AFTER)) {
            lives.makeDatabase();
            allow(lives, "All");
            make(lives, cluster);
            assertThat(lives.live(() -> resetWithAndWithout(lives, cluster)))
                    .as("deaths")
                    .isGreaterThanOrEqualTo(15);
        }
    }

    private static void allow(Lives lives, String from) {
        lives.change(lives.database(), "{\"spec\":{\"forks\":{\"namespaces\":{\"from\":\"%s\"}}}}".formatted(from));
    }

    private void resetWithAndWithout(Lives life, SimulatedCluster cluster) {
        reset(life, cluster, Outcome.Done);
        allow(life, "Same");
        reset(life, cluster, Outcome.Refused);
        allow(life, "All");
    }

    private void reset(Lives life, SimulatedCluster cluster, Outcome outcome) {
        resetAt = resetAt.plusSeconds(1);
        var fork = pr1(life);
        fork.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"resetAt\":\"%s\"}}".formatted(resetAt));
        life.goOnUntil(() -> {
            var status = Objects.requireNonNull(fork.require().getStatus());
            assertThat(status.phase()).isEqualTo(ForkPhase.Ready);
            assertThat(status.reset()).isNotNull();
            assertThat(status.reset().at()).isEqualTo(resetAt.toString());
            assertThat(status.reset().outcome()).as("%s", status.reset()).isEqualTo(outcome);
            assertThat(cluster.volumes()).as("volumes").isEqualTo(2);
            assertNothingHandedOver(life, cluster);
        });
    }

    private static Resource<PostgresFork> pr1(Lives life) {
        return life.client()
                .resources(PostgresFork.class)
                .inNamespace("preview")
                .withName("pr-1");
    }

    private static Resource<PostgresFork> make(Lives life, SimulatedCluster cluster) {
        life.make("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr-1, namespace: preview}
                spec: {from: {name: shop, namespace: prod}}
                """);
        var fork = pr1(life);
        life.goOnUntil(() -> {
            assertThat(fork.require().getStatus()).isNotNull().returns(ForkPhase.Ready, PostgresForkStatus::phase);
            assertNothingHandedOver(life, cluster);
        });
        assertThat(cluster.volumes()).as("volumes").isEqualTo(2);
        return fork;
    }

    private static void fork(Lives life, SimulatedCluster cluster) {
        var fork = make(life, cluster);
        fork.delete();
        life.goOnUntil(() -> {
            assertThat(fork.get()).isNull();
            assertThat(cluster.volumes()).as("volumes").isEqualTo(1);
            assertNothingHandedOver(life, cluster);
            assertThat(life.client().secrets().inNamespace("preview").list().getItems())
                    .isEmpty();
        });
    }

    private static void assertNothingHandedOver(Lives life, SimulatedCluster cluster) {
        assertThat(cluster.snapshots()).as("snapshots of the storage").isZero();
        assertThat(life.client()
                        .resources(VolumeSnapshot.class)
                        .inAnyNamespace()
                        .list()
                        .getItems())
                .isEmpty();
        assertThat(life.client().resources(VolumeSnapshotContent.class).list().getItems())
                .isEmpty();
    }
}
