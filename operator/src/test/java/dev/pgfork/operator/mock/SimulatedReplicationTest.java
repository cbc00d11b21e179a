package dev.pgfork.operator.mock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.instance.VerbRefusedException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The simulated servers keep what the real ones keep; otherwise tests on them would prove nothing. */
class SimulatedReplicationTest {
    private static final String SHOP = "shop-g1-0";
    private static final String REPLICA = "replica-g1-0";

    private final Disks disks = new Disks();
    private final SimulatedInstances instances = new SimulatedInstances(() -> {});

    @BeforeEach
    void startAPrimaryAndAStandbyOfIt() {
        disks.create("shop", Disk.EMPTY);
        start("shop", Map.of("PGFORK_ROLE", "primary", "PGFORK_SEED", "initdb"));
        attach(SHOP, "pgfork_replica_1");
        disks.create("replica", disks.volume("shop").orElseThrow());
        start("replica", standbyOf("shop"));
    }

    @Test
    void aStandbyHasWhatItsPrimaryHas() {
        var commit = instances.commit("shop").orElseThrow();

        assertThat(instances.has("replica", commit)).isTrue();
        assertThat(instances.commit("replica")).isEmpty();
        assertThat(instances.isReady("replica")).isTrue();
    }

    @Test
    void withoutItsSlotAStandbyReceivesNothing() {
        instances.sql(
                "prod",
                SHOP,
                "postgres",
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                        + " WHERE slot_name = 'pgfork_replica_1' AND slot_type = 'physical';");
        var commit = instances.commit("shop").orElseThrow();

        assertThat(instances.has("replica", commit)).isFalse();
        assertThat(instances.isReady("replica")).isFalse();
    }

    @Test
    void aChangeoverLosesNothing() {
        var commit = instances.commit("shop").orElseThrow();

        var proof = instances.fence("prod", SHOP, 2);

        assertThat(proof.isCleanShutdown()).isTrue();
        assertThat(instances.fence("prod", SHOP, 2)).isEqualTo(proof);
        assertThat(instances.commit("shop")).isEmpty();
        assertThat(hasReplayedPast(proof)).isTrue();

        attach(REPLICA, "pgfork_shop_1");
        assertThat(instances.promote("prod", REPLICA, 2)).isEqualTo(2);
        assertThat(instances.promote("prod", REPLICA, 2)).isEqualTo(2);
        instances.follow("prod", SHOP, 2, "replica-instance.prod.svc");

        assertThat(instances.has("replica", commit)).isTrue();
        var later = instances.commit("replica").orElseThrow();
        assertThat(instances.has("shop", later)).isTrue();
        assertThat(instances.twoPrimaries()).isEmpty();
    }

    @Test
    void aFrozenReceiverLacksWhatTheFenceWroteLast() {
        instances.freezeReceiver("replica");

        assertThat(hasReplayedPast(instances.fence("prod", SHOP, 2))).isFalse();

        instances.unfence("prod", SHOP, 3);
        assertThat(instances.commit("shop")).isPresent();
        assertThatThrownBy(() -> instances.fence("prod", SHOP, 2))
                .isInstanceOfSatisfying(
                        VerbRefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo("EpochTooLow"));
    }

    @Test
    void whoHasWrittenAfterItsSuccessorCannotFollow() {
        instances.freezeReceiver("replica");
        instances.commit("shop");
        instances.promote("prod", REPLICA, 2);
        attach(REPLICA, "pgfork_shop_1");
        instances.fence("prod", SHOP, 2);
        instances.follow("prod", SHOP, 2, "replica-instance.prod.svc");

        assertThat(instances.isReady("shop")).isFalse();
        assertThat(instances.has("shop", instances.commit("replica").orElseThrow()))
                .isFalse();
    }

    @Test
    void twoPrimariesAreRemembered() {
        instances.promote("prod", REPLICA, 2);

        assertThat(instances.twoPrimaries())
                .containsExactly("replica-g1-0 at epoch 2 on timeline 2 and shop-g1-0 at epoch 1 on timeline 1");
    }

    @Test
    void aRoleSurvivesItsPod() {
        instances.fence("prod", SHOP, 2);
        instances.stopAllBut(List.of("replica"));
        start("shop", Map.of("PGFORK_ROLE", "primary", "PGFORK_SEED", "initdb"));

        assertThat(instances.phase("shop")).contains(Phase.fenced);
    }

    @Test
    void aTemplateAloneMakesNoPrimaryOfAStandby() {
        instances.stopAllBut(List.of("shop"));
        var template = new HashMap<>(standbyOf("shop"));
        template.putAll(Map.of("PGFORK_ROLE", "primary", "PGFORK_EPOCH", "9"));
        start("replica", template);

        assertThat(instances.commit("replica")).isEmpty();
        assertThat(instances.isReady("replica")).isTrue();
    }

    private boolean hasReplayedPast(FenceProof proof) {
        return disks.volume("replica").orElseThrow().lsn() > proof.checkpoint().bytes();
    }

    private void attach(String pod, String slot) {
        instances.sql("prod", pod, "postgres", "SELECT pg_create_physical_replication_slot('" + slot + "', true)");
    }

    private Map<String, String> standbyOf(String leader) {
        return Map.of(
                "PGFORK_ROLE", "standby",
                "PGFORK_SEED", "snapshot",
                "PGFORK_LEADER", leader + "-instance.prod.svc",
                "PGFORK_SOURCE_TIMELINE", "1",
                "PGFORK_SYSTEM_IDENTIFIER", disks.volume("shop").orElseThrow().systemIdentifier());
    }

    /** A pod, with the name of the resource as its uid and that of its volume. */
    private void start(String name, Map<String, String> template) {
        var environment = new HashMap<>(Map.of(
                "PGFORK_NAME",
                name,
                "PGFORK_UID",
                name,
                "PGFORK_GENERATION",
                "1",
                "PGFORK_EPOCH",
                "1",
                "PGFORK_SLOT",
                "pgfork_" + name + "_1"));
        environment.putAll(template);
        instances.start(new SimulatedInstance(
                "prod",
                name + "-g1-0",
                name,
                name,
                environment,
                disks,
                name,
                "",
                "",
                Instant.EPOCH,
                Phase.quarantine,
                null));
        instances.open(name);
    }
}
