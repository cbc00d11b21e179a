package dev.pgfork.api.v1alpha1;

/** What proves that an old primary can accept no writes any more, and does not begin to by itself. */
public enum FencedBy {
    /** Its own script: it has stopped the server and written down that it is fenced. */
    Instance,
    /** A kubelet that is alive wrote that all its containers have ended; its StatefulSet starts no other pod. */
    PodEnded,
    /** Its Node was deleted: somebody knows that the machine is gone. Its StatefulSet starts no other pod. */
    NodeDeleted,
    /** Its Node has the taint {@code node.kubernetes.io/out-of-service}: somebody knows that the machine is off. */
    NodeOutOfService,
    /** Somebody vouches for it with {@code spec.promote.fencedExternally}. */
    Person
}
