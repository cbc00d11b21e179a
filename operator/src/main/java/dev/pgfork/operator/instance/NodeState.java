package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Looked;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.NodeStatus;
import java.util.List;
import java.util.Optional;

/** What is known of the machine that a pod was placed on. */
public enum NodeState {
    /** Its kubelet reports: what it says of pods is fresh. */
    READY,
    /** Its kubelet does not report, or reports trouble: nobody knows what runs on it. */
    NOT_READY,
    /** Somebody who knows that it is off has said so by a taint. */
    OUT_OF_SERVICE,
    /** Somebody has deleted the Node: there is no such machine any more. */
    DELETED,
    /** It could not be looked at. */
    UNKNOWN;

    /** Kubernetes' way to say that a machine is verified to be off. */
    public static final String TAINT = "node.kubernetes.io/out-of-service";

    public static NodeState of(Looked<Node> node) {
        return switch (node) {
            case Looked.Absent<Node> absent -> DELETED;
            case Looked.Unknown<Node> unknown -> UNKNOWN;
            case Looked.Found<Node>(Node found) ->
                isOutOfService(found) ? OUT_OF_SERVICE : isReady(found) ? READY : NOT_READY;
        };
    }

    /** Whether somebody who knows has said that nothing runs on it any more. */
    public boolean isGone() {
        return this == DELETED || this == OUT_OF_SERVICE;
    }

    private static boolean isOutOfService(Node node) {
        return Optional.ofNullable(node.getSpec()).map(NodeSpec::getTaints).stream()
                .flatMap(List::stream)
                .anyMatch(taint -> TAINT.equals(taint.getKey()));
    }

    private static boolean isReady(Node node) {
        return Optional.ofNullable(node.getStatus()).map(NodeStatus::getConditions).stream()
                .flatMap(List::stream)
                .anyMatch(condition -> "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
    }
}
