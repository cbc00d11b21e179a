package dev.pgfork.operator.kube;

/** Where to ask for the reconciliation of a resource. */
@FunctionalInterface
public interface ReconcileRequests {

    /** @param kind in any case: labels have it in lower case */
    void reconcile(String kind, String namespace, String name);
}
