package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The informers of one type: one for the whole cluster, or one for each namespace. */
final class TypeInformer<T extends HasMetadata> {
    private static final String EVERYWHERE = "";

    private final Class<T> type;
    private final Map<String, SharedIndexInformer<T>> byNamespace = new LinkedHashMap<>();
    private final OwnWrites<T> own = new OwnWrites<>();

    /**
     * @param selector {@code null}: objects of everybody
     * @param indexers for {@link #indexed}
     * @param handlers hear of changes, after the cache
     */
    TypeInformer(
            KubernetesClient client,
            Class<T> type,
            Namespaces namespaces,
            @Nullable String selector,
            Map<String, Function<T, List<String>>> indexers,
            List<? extends ResourceEventHandler<? super T>> handlers) {
        this.type = type;
        var everything = client.resources(type);
        if (namespaces.all()) {
            byNamespace.put(
                    EVERYWHERE,
                    everything.inAnyNamespace().withLabelSelector(selector).runnableInformer(0));
        } else {
            namespaces
                    .names()
                    .forEach(namespace -> byNamespace.put(
                            namespace,
                            everything
                                    .inNamespace(namespace)
                                    .withLabelSelector(selector)
                                    .runnableInformer(0)));
        }
        byNamespace.values().forEach(informer -> {
            informer.itemStore(new TransformingItemStore<>(TypeInformer::slimmed))
                    .addIndexers(indexers)
                    .addEventHandler(own)
                    // Fails at the start, where a person can read it; later it tries again until it is stopped.
                    .exceptionHandler((started, error) -> started);
            handlers.forEach(informer::addEventHandler);
        });
    }

    Class<T> type() {
        return type;
    }

    /** Completes when everything that is there has been seen. */
    CompletableFuture<Void> start() {
        return CompletableFuture.allOf(byNamespace.values().stream()
                .map(informer -> informer.start().toCompletableFuture())
                .toArray(CompletableFuture[]::new));
    }

    void stop() {
        byNamespace.values().forEach(SharedIndexInformer::stop);
    }

    /** Whether it hears of changes right now; it may be on its way to hear of them again. */
    boolean isWatching() {
        return byNamespace.values().stream().allMatch(informer -> informer.isRunning() && informer.isWatching());
    }

    Optional<T> get(@Nullable String namespace, String name) {
        var key = Cache.namespaceKeyFunc(namespace, name);
        var cached = informer(namespace).map(informer -> informer.getStore().getByKey(key));
        return own.newest(key, cached);
    }

    /** What was just written, until the informer has heard of it. */
    void remember(HasMetadata written) {
        own.remember(slimmed(type.cast(written)));
    }

    List<T> all() {
        return byNamespace.values().stream()
                .flatMap(informer -> informer.getStore().list().stream())
                .toList();
    }

    List<T> in(String namespace) {
        return own.merged(
                indexed(namespace, Cache.NAMESPACE_INDEX, namespace),
                object -> namespace.equals(object.getMetadata().getNamespace()));
    }

    /** In all namespaces, or in none. */
    List<T> everywhere() {
        return own.merged(all(), object -> true);
    }

    /** In all namespaces. */
    List<T> indexed(String index, String key) {
        return byNamespace.values().stream()
                .flatMap(informer -> informer.getIndexer().byIndex(index, key).stream())
                .toList();
    }

    private List<T> indexed(String namespace, String index, String key) {
        return informer(namespace)
                .map(informer -> informer.getIndexer().byIndex(index, key))
                .orElse(List.of());
    }

    private Optional<SharedIndexInformer<T>> informer(@Nullable String namespace) {
        var everywhere = byNamespace.get(EVERYWHERE);
        return Optional.ofNullable(everywhere != null || namespace == null ? everywhere : byNamespace.get(namespace));
    }

    /** Drops what nobody reads: hundreds of objects are held in memory. */
    private static <T extends HasMetadata> T slimmed(T object) {
        object.getMetadata().setManagedFields(List.of());
        if (object instanceof ConfigMap configMap) {
            configMap.setData(Map.of());
        }
        return object;
    }
}
