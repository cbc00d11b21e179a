package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.api.v1alpha1.FencedBy;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.database.ProofOfFence.Missing;
import dev.pgfork.operator.database.ProofOfFence.Next;
import dev.pgfork.operator.database.ProofOfFence.Proved;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.instance.PodLife;
import dev.pgfork.operator.kube.Looked;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of {@link ProofOfFence}. */
class ProofOfFenceTest {
    private static final ChangeoverStatus CHANGEOVER =
            ChangeoverStatus.begin("shop", "shop-replica", 8, ChangeoverWorld.START.toString());
    private static final FailoverStatus FAILOVER = FailoverStatus.begin(false, false, false, "node-1", null);
    private static final FailoverStatus VOUCHED = FailoverStatus.begin(false, false, true, "node-1", null);
    private static final Optional<Progress<FenceProof>> DONE =
            Optional.of(new Progress.Done<>(ChangeoverWorld.clean()));

    @Test
    void whatWasProvedOnceStaysProved() {
        var proof = of(FAILOVER.fenced(FencedBy.PodEnded), seen(Optional.empty(), false, "none", NodeState.UNKNOWN));
        assertThat(proof).isEqualTo(new Proved(FencedBy.PodEnded, Optional.empty()));
    }

    @Test
    void theScriptIsBelieved() {
        assertThat(of(FAILOVER, seen(DONE, false, "unknown", NodeState.NOT_READY)))
                .isEqualTo(new Proved(FencedBy.Instance, Optional.of(ChangeoverWorld.clean())));
    }

    @ParameterizedTest
    @CsvSource({
        "ENDED,    READY,          PodEnded",
        "none,     DELETED,        NodeDeleted",
        "RUNS,     DELETED,        NodeDeleted", // as its kubelet said when there was one
        "UNPROVEN, DELETED,        NodeDeleted",
        "RUNS,     OUT_OF_SERVICE, NodeOutOfService",
        "none,     OUT_OF_SERVICE, NodeOutOfService"
    })
    void kubernetesIsBelievedWhereNoOtherPodCanCome(String pod, NodeState node, FencedBy how) {
        assertThat(of(FAILOVER.stopping(), seen(Optional.empty(), true, pod, node)))
                .isEqualTo(new Proved(how, Optional.empty()));
        assertThat(of(FAILOVER.stopping(), seen(Optional.empty(), false, pod, node)))
                .isInstanceOf(Missing.class);
    }

    @Test
    void aPersonIsBelievedOnceNoOtherPodCanCome() {
        assertThat(of(VOUCHED.stopping(), seen(Optional.empty(), true, "none", NodeState.NOT_READY)))
                .isEqualTo(new Proved(FencedBy.Person, Optional.empty()));
        assertThat(of(VOUCHED, seen(Optional.empty(), false, "RUNS", NodeState.NOT_READY)))
                .isInstanceOfSatisfying(
                        Missing.class, missing -> assertThat(missing.next()).isEqualTo(Next.STOP_POD));
    }

    @ParameterizedTest
    @CsvSource({
        "ENDED,    NOT_READY, NodeNotReady",
        "ENDED,    UNKNOWN,   NodeNotSeen",
        "none,     NOT_READY, NodeNotReady",
        "none,     READY,     PodGoneUnseen",
        "UNPROVEN, READY,     PodGoneUnseen",
        "unknown,  READY,     PodNotSeen",
        "RUNS,     READY,     PodStopping",
        "RESTARTS, READY,     PodStopping"
    })
    void whatIsNotSeenIsMissing(String pod, NodeState node, String reason) {
        assertThat(of(FAILOVER.stopping(), seen(Optional.empty(), true, pod, node)))
                .isInstanceOfSatisfying(Missing.class, missing -> {
                    assertThat(missing.reason()).isEqualTo(reason);
                    assertThat(missing.next()).isEqualTo(Next.WAIT);
                    assertThat(missing.message()).contains("shop");
                });
    }

    @Test
    void tellsWhatAPersonCanDoAboutADeadMachine() {
        assertThat(of(FAILOVER.stopping(), seen(Optional.empty(), true, "RUNS", NodeState.NOT_READY)))
                .isInstanceOfSatisfying(
                        Missing.class,
                        missing -> assertThat(missing.message())
                                .contains(
                                        "Node node-1", "node.kubernetes.io/out-of-service", "fencedExternally: true"));
    }

    @Test
    void asksTheScriptFirstAndThenKubernetes() {
        var running = Optional.<Progress<FenceProof>>of(new Progress.Running<>());
        var failed = Optional.<Progress<FenceProof>>of(new Progress.Failed<>("the state file cannot be written"));
        expect(Next.FENCE, Duration.ZERO, seen(Optional.empty(), false, "RUNS", NodeState.READY));
        expect(Next.WAIT, Duration.ZERO, seen(running, false, "RUNS", NodeState.READY));
        expect(Next.STOP_POD, ProofOfFence.SCRIPT, seen(running, false, "RUNS", NodeState.READY));
        expect(Next.STOP_POD, ProofOfFence.SCRIPT, seen(Optional.empty(), false, "RUNS", NodeState.READY));
        expect(Next.STOP_POD, Duration.ZERO, seen(failed, false, "RUNS", NodeState.READY));
        expect(Next.STOP_POD, Duration.ZERO, seen(Optional.empty(), false, "RESTARTS", NodeState.READY));
        expect(Next.STOP_POD, Duration.ZERO, seen(Optional.empty(), false, "none", NodeState.READY));
        expect(Next.STOP_POD, Duration.ZERO, seen(Optional.empty(), false, "RUNS", NodeState.OUT_OF_SERVICE));
    }

    /** Design rule 4: neither silence nor a bare absence is ever a proof. */
    @Test
    void silenceProvesNothing() {
        var proofs = new ArrayList<String>();
        for (var failover : List.of(FAILOVER, FAILOVER.stopping())) {
            for (var pod : List.of("none", "unknown", "RUNS", "RESTARTS", "UNPROVEN", "ENDED")) {
                for (var node : List.of(NodeState.NOT_READY, NodeState.UNKNOWN, NodeState.READY)) {
                    for (var none : List.of(true, false)) {
                        var asked = ChangeoverWorld.fences().subList(0, 3);
                        asked.stream()
                                .filter(verb -> of(failover, seen(verb, none, pod, node)) instanceof Proved)
                                .forEach(verb -> proofs.add(pod + " " + node + " " + none));
                    }
                }
            }
        }
        assertThat(proofs).containsOnly("ENDED READY true");
    }

    private static void expect(Next next, Duration waited, FenceObservation seen) {
        assertThat(ProofOfFence.of(CHANGEOVER, FAILOVER, seen, waited))
                .isInstanceOfSatisfying(
                        Missing.class, missing -> assertThat(missing.next()).isEqualTo(next));
    }

    private static ProofOfFence of(FailoverStatus failover, FenceObservation seen) {
        return ProofOfFence.of(CHANGEOVER, failover, seen, Duration.ofHours(1));
    }

    static FenceObservation seen(Optional<Progress<FenceProof>> verb, boolean noReplicas, String pod, NodeState node) {
        Looked<PodLife> life = switch (pod) {
            case "none" -> new Looked.Absent<>();
            case "unknown" -> new Looked.Unknown<>("no route");
            default -> new Looked.Found<>(PodLife.valueOf(pod));
        };
        return new FenceObservation(verb, noReplicas, life, node);
    }
}
