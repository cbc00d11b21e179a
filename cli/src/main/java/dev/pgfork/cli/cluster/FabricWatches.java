package dev.pgfork.cli.cluster;

import dev.pgfork.cli.resource.PgResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.Optional;
import java.util.function.Consumer;

/** By an informer of the one resource, which connects again when it has to. */
public final class FabricWatches implements Watches {
    private final KubernetesClient client;

    public FabricWatches(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Watch watch(PgResource resource, Consumer<Optional<PgResource>> consumer) {
        return watch(resource.kind().type(), resource, consumer);
    }

    private <T extends HasMetadata> Watch watch(
            Class<T> type, PgResource resource, Consumer<Optional<PgResource>> consumer) {
        var informer = client.resources(type)
                .inNamespace(resource.namespace())
                .withName(resource.name())
                .inform(new Told<>(consumer));
        if (informer.getStore().list().isEmpty()) {
            consumer.accept(Optional.empty());
        }
        return informer::close;
    }

    private record Told<T extends HasMetadata>(Consumer<Optional<PgResource>> consumer)
            implements ResourceEventHandler<T> {
        @Override
        public void onAdd(T object) {
            consumer.accept(Optional.of(PgResource.of(object)));
        }

        @Override
        public void onUpdate(T before, T object) {
            consumer.accept(Optional.of(PgResource.of(object)));
        }

        @Override
        public void onDelete(T object, boolean unknown) {
            consumer.accept(Optional.empty());
        }
    }
}
