package dev.pgfork.operator.kube;

import dev.pgfork.api.v1alpha1.PostgresFork;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Objects without an API server. The cache holds what a test puts there; the API server holds that, too, and what only
 * {@link #stored} puts there.
 */
public final class ObjectsInMemory implements ObjectReader, KubeWriter {
    private final Map<String, HasMetadata> cached = new LinkedHashMap<>();
    private final Map<String, HasMetadata> stored = new LinkedHashMap<>();

    /** What was asked of the API server itself, in order. */
    public final List<String> asked = new ArrayList<>();

    /** What was written, in order. */
    public final List<String> written = new ArrayList<>();

    public Optional<String> warning = Optional.empty();

    public ObjectsInMemory cached(HasMetadata... objects) {
        for (var object : objects) {
            cached.put(key(object), object);
        }
        return stored(objects);
    }

    public ObjectsInMemory stored(HasMetadata... objects) {
        for (var object : objects) {
            stored.put(key(object), object);
        }
        return this;
    }

    public void remove(HasMetadata object) {
        cached.remove(key(object));
        stored.remove(key(object));
    }

    @Override
    public <T extends HasMetadata> Optional<T> get(Class<T> type, @Nullable String namespace, String name) {
        return find(cached, type, namespace, name);
    }

    @Override
    public <T extends HasMetadata> List<T> list(Class<T> type, @Nullable String namespace, Map<String, String> labels) {
        return of(cached, type).stream()
                .filter(object -> namespace == null
                        || Objects.equals(namespace, object.getMetadata().getNamespace()))
                .filter(object -> labels.isEmpty()
                        || object.getMetadata().getLabels().entrySet().containsAll(labels.entrySet()))
                .toList();
    }

    @Override
    public List<PostgresFork> forksOf(String kind, String namespace, String source) {
        return of(cached, PostgresFork.class).stream()
                .filter(fork -> fork.getSpec().from().resourceKind().equals(kind))
                .filter(fork -> fork.getSpec().from().name().equals(source))
                .filter(fork -> fork.getSpec()
                        .from()
                        .namespaceOr(fork.getMetadata().getNamespace())
                        .equals(namespace))
                .toList();
    }

    @Override
    public boolean isServed(Class<? extends HasMetadata> type) {
        return true;
    }

    @Override
    public <T extends HasMetadata> Optional<T> getUncached(Class<T> type, @Nullable String namespace, String name) {
        asked.add(type.getSimpleName() + " " + name);
        return find(stored, type, namespace, name);
    }

    @Override
    public <T extends HasMetadata> List<T> listUncached(
            Class<T> type, @Nullable String namespace, Map<String, String> labels) {
        return of(stored, type).stream()
                .filter(object -> Objects.requireNonNullElse(
                                object.getMetadata().getLabels(), Map.<String, String>of())
                        .entrySet()
                        .containsAll(labels.entrySet()))
                .toList();
    }

    @Override
    public Optional<String> lastWarning(HasMetadata about) {
        asked.add("events of " + about.getKind() + " " + about.getMetadata().getName());
        return warning;
    }

    @Override
    public void create(Owner owner, HasMetadata object) {
        var existing = stored.get(key(object));
        if (existing != null && !owner.owns(existing)) {
            throw new NameTakenException(key(object) + " is somebody else's");
        }
        written.add("create " + object.getMetadata().getName());
        stored.putIfAbsent(key(object), object);
    }

    @Override
    public void apply(Owner owner, HasMetadata object) {
        written.add("apply " + object.getMetadata().getName());
        stored.put(key(object), object);
    }

    @Override
    public void label(Owner owner, HasMetadata observed, String label, @Nullable String value) {
        written.add("label " + observed.getMetadata().getName() + " " + label + " " + value);
    }

    @Override
    public void grow(Owner owner, PersistentVolumeClaim observed, Quantity size) {
        written.add("grow " + observed.getMetadata().getName() + " " + size);
    }

    @Override
    public void addFinalizer(Owner owner, HasMetadata observed, String finalizer) {
        written.add("hold " + key(observed));
    }

    @Override
    public void removeFinalizer(Owner owner, HasMetadata observed, String finalizer) {
        written.add("release " + key(observed));
    }

    @Override
    public void annotate(Owner owner, HasMetadata observed, String annotation, String value) {
        written.add("annotate " + observed.getMetadata().getName() + " " + annotation + " " + value);
    }

    @Override
    public void delete(Owner owner, HasMetadata observed) {
        written.add("delete " + observed.getMetadata().getName());
        remove(observed);
    }

    private static <T extends HasMetadata> List<T> of(Map<String, HasMetadata> objects, Class<T> type) {
        return objects.values().stream()
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    private static <T extends HasMetadata> Optional<T> find(
            Map<String, HasMetadata> objects, Class<T> type, @Nullable String namespace, String name) {
        return Optional.ofNullable(objects.get(type.getSimpleName() + " " + namespace + "/" + name))
                .map(type::cast);
    }

    private static String key(HasMetadata object) {
        var meta = object.getMetadata();
        return object.getKind() + " " + meta.getNamespace() + "/" + meta.getName();
    }
}
