package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Objects that were just written and that the informer has not heard of yet. Without them a resource that is deleted
 * right after its volume was made could go in the belief that there is none.
 */
final class OwnWrites<T extends HasMetadata> implements ResourceEventHandler<T> {
    /** An event that was missed must not keep an object alive here. */
    private static final Duration LIFE = Duration.ofSeconds(10);

    private final Map<String, Write<T>> writes = new ConcurrentHashMap<>();

    private record Write<T>(T object, long at) {
        boolean isOld() {
            return System.nanoTime() - at > LIFE.toNanos();
        }
    }

    void remember(T object) {
        writes.put(Cache.metaNamespaceKeyFunc(object), new Write<>(object, System.nanoTime()));
    }

    Optional<T> newest(String key, Optional<T> cached) {
        var write = writes.computeIfPresent(key, (same, known) -> known.isOld() ? null : known);
        return write == null || cached.filter(seen -> knows(seen, write)).isPresent()
                ? cached
                : Optional.of(write.object());
    }

    List<T> merged(List<T> cached, Predicate<T> wanted) {
        if (writes.isEmpty()) {
            return cached;
        }
        Map<String, T> merged = new LinkedHashMap<>();
        cached.forEach(object -> merged.put(Cache.metaNamespaceKeyFunc(object), object));
        writes.forEach((key, write) -> {
            if (wanted.test(write.object())) {
                newest(key, Optional.ofNullable(merged.get(key))).ifPresent(object -> merged.put(key, object));
            }
        });
        return List.copyOf(merged.values());
    }

    @Override
    public void onAdd(T object) {
        heard(object);
    }

    @Override
    public void onUpdate(T before, T now) {
        heard(now);
    }

    @Override
    public void onDelete(T object, boolean finalStateUnknown) {
        heard(object);
    }

    private void heard(T object) {
        writes.computeIfPresent(
                Cache.metaNamespaceKeyFunc(object), (key, write) -> knows(object, write) ? null : write);
    }

    private static <T extends HasMetadata> boolean knows(T seen, Write<T> write) {
        return version(seen) >= version(write.object());
    }

    /** A number that rises with every change of any object of a type. */
    private static long version(HasMetadata object) {
        return Long.parseLong(object.getMetadata().getResourceVersion());
    }
}
