package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Tells of an object that came, went, or changed in what the listener looks at.
 *
 * @param seen the part that matters; objects that are equal in it are the same
 */
record Changes<T extends HasMetadata>(Function<T, Object> seen, Consumer<T> listener)
        implements ResourceEventHandler<T> {

    /** Every change, but not a watch that starts anew and repeats what is known. */
    static <T extends HasMetadata> Changes<T> any(Consumer<T> listener) {
        return new Changes<>(object -> object.getMetadata().getResourceVersion(), listener);
    }

    /** Only coming and going. */
    static <T extends HasMetadata> Changes<T> existence(Consumer<T> listener) {
        return new Changes<>(object -> true, listener);
    }

    @Override
    public void onAdd(T object) {
        listener.accept(object);
    }

    @Override
    public void onUpdate(T before, T now) {
        if (!Objects.equals(seen.apply(before), seen.apply(now))) {
            listener.accept(now);
        }
    }

    @Override
    public void onDelete(T object, boolean finalStateUnknown) {
        listener.accept(object);
    }
}
