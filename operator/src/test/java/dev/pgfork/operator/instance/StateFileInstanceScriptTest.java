package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Role and epoch are decided before anything starts, by the state file and the pod template. */
@Tag("postgres")
class StateFileInstanceScriptTest {
    private final Instances instances = new Instances();

    @AfterEach
    void end() {
        instances.close();
    }

    @Test
    void theHigherEpochWinsAndIsRemembered() {
        var shop = instances.database().with("PGFORK_ROLE", "fenced").with("PGFORK_EPOCH", "2");
        assertThat(ScriptedInstance.phaseOf(shop.startAndWait())).isEqualTo("fenced");
        assertThat(shop.servers()).isEmpty();
        assertThat(shop.state()).contains("role=fenced\nepoch=2\n").contains("opened_by=shop-uid/1");
        assertThat(shop.stop("TERM")).isZero();

        shop.with("PGFORK_ROLE", "primary").with("PGFORK_EPOCH", "1");
        assertThat(ScriptedInstance.phaseOf(shop.startAndWait()))
                .as("an older template does not open it")
                .isEqualTo("fenced");
        assertThat(shop.stop("TERM")).isZero();

        shop.with("PGFORK_EPOCH", "2");
        assertThat(ScriptedInstance.phaseOf(shop.startAndWait()))
                .as("on a tie the file wins")
                .isEqualTo("fenced");
        assertThat(shop.stop("TERM")).isZero();

        shop.with("PGFORK_EPOCH", "3");
        assertThat(shop.startAndWait().path("epoch").asInt()).isEqualTo(3);
        assertThat(ScriptedInstance.phaseOf(shop.call("status"))).isEqualTo("running");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shorter", "other role", "empty", "no sum"})
    void aDamagedFileKeepsItDown(String damage) {
        var shop = instances.database();
        var state = shop.state();
        var damaged = switch (damage) {
            case "shorter" -> state.substring(0, state.length() - 3);
            case "other role" -> state.replace("role=primary", "role=standby");
            case "no sum" -> state.substring(0, state.indexOf("sum="));
            default -> "";
        };
        RootFileSystem.write(shop.volume.resolve("state"), damaged);
        assertThat(ScriptedInstance.phaseOf(shop.startAndWait())).isEqualTo("failedStateUnreadable");
        assertThat(shop.servers()).isEmpty();
        assertThat(shop.call("fence", "5").path("ok").asBoolean()).isFalse();
        assertThat(shop.state()).isEqualTo(damaged);
        assertThat(shop.probe("alive")).isTrue();
        assertThat(shop.probe("ready")).isFalse();
        assertThat(shop.stop("INT")).isZero();
    }

    /** Without its state file a standby could be anything: the template of a primary must not decide. */
    @ParameterizedTest
    @ValueSource(strings = {"shorter", "other leader", "no leader", "empty"})
    void aDamagedFileMakesNoPrimaryOfAStandby(String damage) {
        var shop = instances.database().running();
        var replica = instances.standbyOf(shop, Map.of()).running();
        assertThat(replica.stop("TERM")).isZero();
        var state = replica.state();
        assertThat(state).contains("role=standby\n").contains("leader=" + shop.host() + "\n");
        var damaged = switch (damage) {
            case "shorter" -> state.substring(0, state.indexOf("leader=") + "leader=shop".length());
            case "other leader" -> state.replace("leader=shop", "leader=chop");
            case "no leader" -> state.replaceFirst("leader=.*\n", "leader=\n");
            default -> "";
        };
        RootFileSystem.write(replica.volume.resolve("state"), damaged);
        replica.with("PGFORK_ROLE", "primary").with("PGFORK_EPOCH", "9");

        assertThat(ScriptedInstance.phaseOf(replica.startAndWait())).isEqualTo("failedStateUnreadable");
        assertThat(replica.servers()).isEmpty();
        assertThat(replica.call("promote", "9").path("ok").asBoolean()).isFalse();
        assertThat(replica.call("fence", "9").path("ok").asBoolean()).isFalse();
        assertThat(replica.callWith(shop.host(), "follow", "9").path("ok").asBoolean())
                .isFalse();
        assertThat(replica.state()).isEqualTo(damaged);
    }

    @Test
    void aSecondPodOnTheVolumeStaysOutUntilTheFirstIsGone() {
        var first = instances.database().running();
        var second = instances.on(first.volume, first.template);
        assertThat(ScriptedInstance.phaseOf(second.startAndWait())).isEqualTo("failedVolumeInUse");
        assertThat(second.call("fence", "7").path("reason").asText()).isEqualTo("NotStarted");
        assertThat(first.state()).contains("role=primary");
        assertThat(first.sql("postgres", "SELECT 1")).isEqualTo("1");

        first.kill();
        await().atMost(ScriptedInstance.PATIENCE)
                .until(() -> ScriptedInstance.phaseOf(second.call("status")).equals("running"));
    }

    @Test
    void asksForWhatItNeedsToKnow() {
        for (var variable : List.of("PGFORK_ROLE", "PGFORK_EPOCH", "PGFORK_OWNER")) {
            var shop = instances.database().with(variable, "");
            var status = shop.startAndWait();
            assertThat(ScriptedInstance.phaseOf(status)).isEqualTo("failedMisconfigured");
            assertThat(status.path("message").asText()).contains(variable);
            assertThat(shop.stop("TERM")).isZero();
        }
        var adopted = instances.database().with("PGFORK_ADOPTED_OPENED_BY", "old/1");
        assertThat(ScriptedInstance.phaseOf(adopted.startAndWait())).isEqualTo("failedAdoptionNotSupported");
    }
}
