package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.api.v1alpha1.FencedBy;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.instance.PodLife;
import dev.pgfork.operator.kube.Looked;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether it is proved that a primary which does not serve can accept no writes any more. Not to see it is no proof: it
 * may be well, and cut off from the operator only.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>seen</th><th>result</th></tr>
 * <tr><td>proved before</td><td>as then</td></tr>
 * <tr><td>its script has answered {@code fence}</td><td>Instance</td></tr>
 * <tr><td>no replicas, somebody vouches</td><td>Person</td></tr>
 * <tr><td>no replicas, Node deleted</td><td>NodeDeleted</td></tr>
 * <tr><td>no replicas, Node out of service</td><td>NodeOutOfService</td></tr>
 * <tr><td>no replicas, pod ended, Node Ready</td><td>PodEnded</td></tr>
 * <tr><td>pod runs, nobody vouches, Node there, script not asked</td><td>missing: FENCE</td></tr>
 * <tr><td>the same, script asked less than 60 s ago</td><td>missing: WAIT</td></tr>
 * <tr><td>anything else, pod not told to stop</td><td>missing: STOP_POD</td></tr>
 * <tr><td>told to stop</td><td>missing: WAIT, and what a person can do</td></tr>
 * </table>
 *
 * <p>All but the first proofs demand that Kubernetes starts no other pod: a new one would begin to accept writes again
 * from what the volume says. A fence by the script is on the volume.
 */
sealed interface ProofOfFence {
    Duration SCRIPT = Duration.ofSeconds(60);

    /** @param server what the script said of its control file, if it was the script */
    record Proved(FencedBy how, Optional<FenceProof> server) implements ProofOfFence {}

    /**
     * @param reason CamelCase
     * @param message what is missing, and what a person can do if it does not come by itself
     */
    record Missing(String reason, String message, Next next) implements ProofOfFence {}

    /** What gets the operator nearer to a proof. */
    enum Next {
        WAIT,
        /** Ask the script. */
        FENCE,
        /** Have Kubernetes end the pod, and start no other. */
        STOP_POD
    }

    /**
     * @param changeover a failover
     * @param waited since its fence began
     */
    static ProofOfFence of(
            ChangeoverStatus changeover, FailoverStatus failover, FenceObservation seen, Duration waited) {
        return known(failover, seen)
                .<ProofOfFence>map(proof -> proof)
                .orElseGet(() -> missing(changeover.from(), failover, seen, waited));
    }

    private static Optional<Proved> known(FailoverStatus failover, FenceObservation seen) {
        if (failover.fencedBy() != null) {
            return Optional.of(new Proved(failover.fencedBy(), Optional.empty()));
        }
        if (seen.verb().orElse(null) instanceof Progress.Done<FenceProof>(FenceProof proof)) {
            return Optional.of(new Proved(FencedBy.Instance, Optional.of(proof)));
        }
        return seen.noReplicas()
                ? withoutPods(failover, seen).map(how -> new Proved(how, Optional.empty()))
                : Optional.empty();
    }

    private static Optional<FencedBy> withoutPods(FailoverStatus failover, FenceObservation seen) {
        if (failover.fencedExternally()) {
            return Optional.of(FencedBy.Person);
        }
        return switch (seen.node()) {
            case DELETED -> Optional.of(FencedBy.NodeDeleted);
            case OUT_OF_SERVICE -> Optional.of(FencedBy.NodeOutOfService);
            case READY ->
                seen.pod().found().filter(life -> life == PodLife.ENDED).map(life -> FencedBy.PodEnded);
            case NOT_READY, UNKNOWN -> Optional.empty();
        };
    }

    private static Missing missing(String from, FailoverStatus failover, FenceObservation seen, Duration waited) {
        if (failover.stopPod()) {
            return stopping(from, failover, seen);
        }
        var runs = seen.pod().found().filter(life -> life == PodLife.RUNS).isPresent();
        var asked = seen.verb();
        var mayAnswer = asked.isEmpty() || asked.get() instanceof Progress.Running;
        if (runs
                && !seen.node().isGone()
                && mayAnswer
                && !failover.fencedExternally()
                && waited.compareTo(SCRIPT) < 0) {
            return new Missing(
                    "Fencing", "Instance %s is being fenced".formatted(from), asked.isEmpty() ? Next.FENCE : Next.WAIT);
        }
        return new Missing("StoppingPod", "The pod of instance %s is being stopped".formatted(from), Next.STOP_POD);
    }

    private static Missing stopping(String from, FailoverStatus failover, FenceObservation seen) {
        if (!seen.noReplicas()) {
            return waiting("StoppingPod", "The StatefulSet of instance %s still wants a pod".formatted(from));
        }
        if (seen.node() == NodeState.NOT_READY || seen.node() == NodeState.UNKNOWN) {
            return machine(from, failover, seen.node());
        }
        return switch (seen.pod()) {
            case Looked.Absent<PodLife> absent -> vouch(from, "is gone, and nobody saw how it ended");
            case Looked.Unknown<PodLife>(String reason) ->
                waiting("PodNotSeen", "The pod of instance %s cannot be looked at: %s".formatted(from, reason));
            case Looked.Found<PodLife>(PodLife life) ->
                life == PodLife.UNPROVEN
                        ? vouch(from, "is said to be over, but not by its node")
                        : waiting("PodStopping", "The pod of instance %s has not ended yet".formatted(from));
        };
    }

    private static Missing machine(String from, FailoverStatus failover, NodeState state) {
        var node = failover.node() == null ? "The node of instance " + from : "Node " + failover.node();
        return waiting(
                state == NodeState.UNKNOWN ? "NodeNotSeen" : "NodeNotReady",
                ("%s %s, so instance %s may still accept writes. Once you know that the machine is off, delete the Node"
                                + " or taint it %s; or set spec.promote with a new time and fencedExternally: true")
                        .formatted(
                                node,
                                state == NodeState.UNKNOWN ? "cannot be looked at" : "does not answer",
                                from,
                                NodeState.TAINT));
    }

    private static Missing vouch(String from, String what) {
        return waiting(
                "PodGoneUnseen",
                ("The pod of instance %s %s. Once you know that this server runs nowhere, set spec.promote with a new"
                                + " time and fencedExternally: true")
                        .formatted(from, what));
    }

    private static Missing waiting(String reason, String message) {
        return new Missing(reason, message, Next.WAIT);
    }
}
