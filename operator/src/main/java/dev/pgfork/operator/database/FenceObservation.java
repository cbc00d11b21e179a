package dev.pgfork.operator.database;

import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.instance.PodLife;
import dev.pgfork.operator.kube.Looked;
import java.util.Optional;

/**
 * What was seen of a primary that is to be fenced although it does not serve.
 *
 * @param verb the answer of its script; empty: never asked, or by an operator that is gone
 * @param noReplicas its StatefulSet is there, wants no pod, and the StatefulSet controller has seen that
 * @param pod Absent: there is no pod of it
 * @param node that the pod is or was on
 */
public record FenceObservation(
        Optional<Progress<FenceProof>> verb, boolean noReplicas, Looked<PodLife> pod, NodeState node) {}
