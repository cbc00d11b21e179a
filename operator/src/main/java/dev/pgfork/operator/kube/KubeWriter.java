package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import org.jspecify.annotations.Nullable;

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
     * Sets one label of an object that was observed to be the owner's, and only of the very one observed; one that is
     * gone stays gone.
     *
     * @param value {@code null}: takes the label away
     */
    void label(Owner owner, HasMetadata observed, String label, @Nullable String value);

    /**
     * Adds a finalizer, as {@link #label} sets a label; others' stay. An object that is being deleted takes none, and
     * is left as it is.
     */
    void addFinalizer(Owner owner, HasMetadata observed, String finalizer);

    /** Takes a finalizer away, if it is there; others' stay. */
    void removeFinalizer(Owner owner, HasMetadata observed, String finalizer);

    /** Sets one annotation, or takes it away, as {@link #label} does with a label. */
    void annotate(Owner owner, HasMetadata observed, String annotation, @Nullable String value);

    /**
     * Lets a claim that was observed to be the owner's ask for more, and only the very one observed, as it was seen: if
     * it has changed meanwhile it is left as it is.
     *
     * @throws IllegalArgumentException if the size is not larger than what the claim asked for
     */
    void grow(Owner owner, PersistentVolumeClaim observed, Quantity size);

    /**
     * Deletes an object that was observed to be the owner's, and only the very one observed (precondition on its uid).
     * Pods end with their grace period, always.
     */
    void delete(Owner owner, HasMetadata observed);
}
