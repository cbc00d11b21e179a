package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;

/**
 * The finalizer on a pod that a failover stops. Its kubelet writes how it ended and deletes it in the next moment; with
 * the finalizer the pod stays, ended, until that is on record. It is on no other pod, and comes off as soon as the
 * proof is written down or nobody asks for it any more.
 */
public final class PodHold {
    public static final String FINALIZER = "pgfork.dev/end-on-record";

    private PodHold() {}

    public static boolean isOn(Pod pod) {
        return pod.getMetadata().getFinalizers() != null
                && pod.getMetadata().getFinalizers().contains(FINALIZER);
    }

    /**
     * Whether it can be put on, and tells anything then: Kubernetes takes none on a pod that is being deleted, and of
     * one that was never placed on a node no kubelet says how it ended.
     */
    public static boolean fits(Pod pod) {
        return !isOn(pod)
                && pod.getMetadata().getDeletionTimestamp() == null
                && pod.getSpec() != null
                && pod.getSpec().getNodeName() != null;
    }

    /** The owner's pods that carry it, of whatever generation. */
    public static List<Pod> held(ObjectReader objects, Owner owner) {
        return objects.list(Pod.class, owner.namespace(), Map.of(Labels.INSTANCE, owner.name())).stream()
                .filter(owner::owns)
                .filter(PodHold::isOn)
                .toList();
    }
}
