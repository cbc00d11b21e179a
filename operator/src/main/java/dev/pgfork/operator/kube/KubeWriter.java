package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** The only way to change objects in the API server. Calls are idempotent; errors are the client's own exceptions. */
public interface KubeWriter {

    /**
     * Creates the object; one that is there and is the owner's is left as it is.
     *
     * @throws NameTakenException if an object of that name belongs to somebody else; it is not touched
     */
    void create(Owner owner, HasMetadata object);

    /**
     * Creates the object, or brings the owner's existing one to the desired fields by server-side apply.
     *
     * @throws NameTakenException if an object of that name belongs to somebody else; it is not touched
     */
    void apply(Owner owner, HasMetadata object);

    /**
     * Deletes an object that was observed to be the owner's, and only the very one observed (precondition on its uid).
     * Pods end with their grace period, always.
     */
    void delete(Owner owner, HasMetadata observed);
}
