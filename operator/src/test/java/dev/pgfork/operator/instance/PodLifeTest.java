package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.kube.Looked;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may still run, as kubelets and Nodes say. */
class PodLifeTest {

    @ParameterizedTest
    @CsvSource({
        "Running,   running,                RUNS",
        "Running,   terminated,             RESTARTS", // the kubelet may have started it again already
        "Running,   waiting,                RESTARTS",
        "Pending,   waiting,                RESTARTS",
        "Pending,   nothing,                RESTARTS",
        "Succeeded, terminated,             ENDED",
        "Failed,    terminated,             ENDED",
        "Failed,    running,                UNPROVEN", // pod garbage collection
        "Failed,    nothing,                UNPROVEN",
        "Failed,    ContainerStatusUnknown, UNPROVEN"
    })
    void onlyAnEndThatAKubeletSawIsOne(String phase, String container, PodLife life) {
        assertThat(PodLife.of(pod(phase, container))).isEqualTo(life);
    }

    @Test
    void oneContainerThatHasNotEndedIsEnough() {
        var pod = new PodBuilder(pod("Failed", "terminated"))
                .editStatus()
                .addNewContainerStatus()
                .withName("injected")
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
        assertThat(PodLife.of(pod)).isEqualTo(PodLife.UNPROVEN);
    }

    @Test
    void aPodWithoutStatusMayRunSoon() {
        assertThat(PodLife.of(new PodBuilder().build())).isEqualTo(PodLife.RESTARTS);
    }

    @Test
    void aNodeIsDeletedOnlyIfItIsKnownToBe() {
        assertThat(NodeState.of(new Looked.Absent<>())).isEqualTo(NodeState.DELETED);
        assertThat(NodeState.of(new Looked.Unknown<>("403"))).isEqualTo(NodeState.UNKNOWN);
        assertThat(NodeState.of(new Looked.Found<>(new NodeBuilder().build()))).isEqualTo(NodeState.NOT_READY);
        assertThat(NodeState.of(new Looked.Found<>(node("True", "other")))).isEqualTo(NodeState.READY);
        assertThat(NodeState.of(new Looked.Found<>(node("Unknown", "other")))).isEqualTo(NodeState.NOT_READY);
        assertThat(NodeState.of(new Looked.Found<>(node("Unknown", NodeState.TAINT))))
                .isEqualTo(NodeState.OUT_OF_SERVICE);
    }

    private static Node node(String ready, String taint) {
        return new NodeBuilder()
                .withNewSpec()
                .addNewTaint()
                .withKey(taint)
                .withEffect("NoExecute")
                .endTaint()
                .endSpec()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready)
                .endCondition()
                .endStatus()
                .build();
    }

    private static Pod pod(String phase, String container) {
        var status = new PodBuilder().withNewStatus().withPhase(phase);
        if (container.equals("nothing")) {
            return status.endStatus().build();
        }
        var state =
                status.addNewContainerStatus().withName(InstancePod.CONTAINER).withNewState();
        var told = switch (container) {
            case "running" -> state.withNewRunning().endRunning();
            case "waiting" ->
                state.withNewWaiting().withReason("CrashLoopBackOff").endWaiting();
            case "terminated" ->
                state.withNewTerminated().withExitCode(137).withReason("Error").endTerminated();
            default ->
                state.withNewTerminated()
                        .withExitCode(137)
                        .withReason(container)
                        .endTerminated();
        };
        return told.endState().endContainerStatus().endStatus().build();
    }
}
