package dev.pgfork.operator.kube;

import dev.pgfork.api.v1alpha1.PostgresFork;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads from the informers, and with the fabric8 client what they do not hold. */
public final class FabricObjectReader implements ObjectReader {
    private static final Logger log = LoggerFactory.getLogger(FabricObjectReader.class);

    private final Informers informers;
    private final KubernetesClient client;

    public FabricObjectReader(Informers informers, KubernetesClient client) {
        this.informers = informers;
        this.client = client;
    }

    @Override
    public <T extends HasMetadata> Optional<T> get(Class<T> type, @Nullable String namespace, String name) {
        return informers.get(type, namespace, name);
    }

    @Override
    public <T extends HasMetadata> List<T> list(Class<T> type, @Nullable String namespace, Map<String, String> labels) {
        return informers.in(type, namespace).stream()
                .filter(object -> Objects.requireNonNullElse(
                                object.getMetadata().getLabels(), Map.of())
                        .entrySet()
                        .containsAll(labels.entrySet()))
                .toList();
    }

    @Override
    public List<PostgresFork> forksOf(String kind, String namespace, String source) {
        return informers.forksOf(kind, namespace, source);
    }

    @Override
    public boolean isServed(Class<? extends HasMetadata> type) {
        return informers.isServed(type);
    }

    @Override
    public <T extends HasMetadata> Optional<T> getUncached(Class<T> type, @Nullable String namespace, String name) {
        if (name.isEmpty()) {
            // As a StorageClass may be named, to have none; the client would throw.
            return Optional.empty();
        }
        var all = client.resources(type);
        return Optional.ofNullable((namespace == null
                        ? all.withName(name)
                        : all.inNamespace(namespace).withName(name))
                .get());
    }

    @Override
    public <T extends HasMetadata> List<T> listUncached(
            Class<T> type, @Nullable String namespace, Map<String, String> labels) {
        var all = client.resources(type);
        return (namespace == null
                        ? all.withLabels(labels).list()
                        : all.inNamespace(namespace).withLabels(labels).list())
                .getItems();
    }

    @Override
    public Optional<String> lastWarning(HasMetadata about) {
        var meta = about.getMetadata();
        try {
            return client
                    .v1()
                    .events()
                    .inNamespace(meta.getNamespace())
                    .withField("involvedObject.uid", meta.getUid())
                    .withField("type", Notice.Type.Warning.name())
                    .list()
                    .getItems()
                    .stream()
                    .max(Comparator.comparing(FabricObjectReader::time))
                    .map(event -> event.getReason() + ": " + event.getMessage());
        } catch (KubernetesClientException e) {
            // It would only have made a message better.
            log.debug("events about {} could not be read", meta.getName(), e);
            return Optional.empty();
        }
    }

    /** Newer reporters set only eventTime, older ones only lastTimestamp; both sort as text. */
    private static String time(Event event) {
        return Stream.of(
                        event.getLastTimestamp(),
                        event.getEventTime() == null
                                ? null
                                : event.getEventTime().getTime(),
                        event.getMetadata().getCreationTimestamp())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
    }
}
