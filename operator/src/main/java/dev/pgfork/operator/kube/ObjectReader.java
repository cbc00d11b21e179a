package dev.pgfork.operator.kube;

import dev.pgfork.api.v1alpha1.PostgresFork;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The only way to see objects in the API server. What comes from the informers' caches costs nothing, may be a moment
 * behind, and holds databases, forks and what pgfork made (with its label); these objects are shared, never change
 * them. A cached ConfigMap comes without its content, which nobody reads and which is large. Errors are the client's
 * own exceptions: what could not be seen is never absent.
 */
public interface ObjectReader {

    /**
     * From an informer's cache.
     *
     * @param namespace {@code null} for objects that are in none
     */
    <T extends HasMetadata> Optional<T> get(Class<T> type, @Nullable String namespace, String name);

    /**
     * From an informer's cache.
     *
     * @param namespace {@code null}: wherever they are, or in none
     * @param labels that the objects must have
     */
    <T extends HasMetadata> List<T> list(Class<T> type, @Nullable String namespace, Map<String, String> labels);

    /**
     * From an informer's cache: the forks that name this resource as their source, in whatever namespace they are,
     * whether they may be made or not.
     *
     * @param kind of the source
     * @param namespace of the source
     */
    List<PostgresFork> forksOf(String kind, String namespace, String source);

    /** Whether the cluster has this type: VolumeSnapshots are an add-on, which may come while the operator runs. */
    boolean isServed(Class<? extends HasMetadata> type);

    /** Asks the API server: also sees what others made. */
    <T extends HasMetadata> Optional<T> getUncached(Class<T> type, @Nullable String namespace, String name);

    /**
     * Asks the API server: also sees what others made.
     *
     * @param namespace {@code null} for objects that are in none
     */
    default <T extends HasMetadata> List<T> listUncached(Class<T> type, @Nullable String namespace) {
        return listUncached(type, namespace, Map.of());
    }

    /**
     * Asks the API server: also sees what a cache has not heard of.
     *
     * @param namespace {@code null} for objects that are in none
     * @param labels that the objects must have
     */
    <T extends HasMetadata> List<T> listUncached(Class<T> type, @Nullable String namespace, Map<String, String> labels);

    /**
     * Asks the API server for the latest Warning event about an object.
     *
     * @return its reason and message; empty if there is none, or if it may not be seen
     */
    Optional<String> lastWarning(HasMetadata about);
}
