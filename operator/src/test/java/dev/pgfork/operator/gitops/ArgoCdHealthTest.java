package dev.pgfork.operator.gitops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.status.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgoCdHealthTest {
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private static Map<String, Object> health(Map<String, Object> resource) {
        return ArgoCdLua.run(Examples.text("argocd/health.lua"), resource, Map.of());
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            database-ready,          Healthy,     Ready
            database-changeover,     Progressing, -
            follower-streaming,      Healthy,     Ready
            follower-catching-up,    Progressing, -
            follower-lagging,        Degraded,    Lagging
            fork-starting,           Progressing, -
            fork-quarantine,         Progressing, -
            fork-ready,              Healthy,     Ready
            fork-resetting,          Progressing, Resetting
            fork-suspended,          Suspended,   Suspended
            fork-expired,            Suspended,   Expired
            fork-expired-reapplied,  Suspended,   Expired
            fork-refused,            Degraded,    -
            """)
    void saysWhatKstatusSays(String recorded, String status, String reason) {
        var resource = Examples.recorded(recorded);
        var health = health(resource);
        assertThat(health).containsEntry("status", status);
        assertThat(health.get("message")).asString().matches("[A-Z]\\w+: .+");
        if (!reason.equals("-")) {
            assertThat(health.get("message")).asString().startsWith(reason + ": ");
        }
        assertThat(kstatus(resource))
                .isEqualTo(
                        switch (status) {
                            case "Healthy", "Suspended" -> Kstatus.Current;
                            case "Degraded" -> Kstatus.Failed;
                            default -> Kstatus.InProgress;
                        });
    }

    private static Kstatus kstatus(Map<String, Object> resource) {
        var typed = SERIALIZATION.convertValue(resource, GenericKubernetesResource.class);
        var status = Examples.at(resource, "status");
        var generation = (Number) status.get("observedGeneration");
        var conditions = SERIALIZATION.convertValue(status.get("conditions"), Condition[].class);
        List<Condition> all = Arrays.asList(conditions);
        return Kstatus.of(typed.getMetadata(), generation == null ? null : generation.longValue(), all);
    }

    @Test
    void waitsForTheOperatorToLook() {
        var unseen = new LinkedHashMap<>(Examples.recorded("fork-ready"));
        unseen.remove("status");
        assertThat(health(unseen)).containsEntry("status", "Progressing");
        var changed = Examples.recorded("fork-ready");
        Examples.at(changed, "metadata").put("generation", 1_000);
        assertThat(health(changed))
                .containsEntry("status", "Progressing")
                .containsEntry("message", "The latest change has not been looked at yet");
    }

    @Test
    void whatIsBeingDeletedIsOnItsWay() {
        var deleted = Examples.recorded("fork-ready");
        Examples.at(deleted, "metadata").put("deletionTimestamp", "2026-11-21T10:00:00Z");
        assertThat(health(deleted)).containsEntry("status", "Progressing").containsEntry("message", "Being deleted");
    }
}
