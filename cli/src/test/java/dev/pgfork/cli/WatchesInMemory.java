package dev.pgfork.cli;

import dev.pgfork.cli.cluster.Watches;
import dev.pgfork.cli.resource.PgResource;
import java.util.Optional;
import java.util.function.Consumer;

/** Tells what a test wants to be told; first, as a real one, what the resource is. */
final class WatchesInMemory implements Watches {
    private volatile Consumer<Optional<PgResource>> told = any -> {};
    volatile boolean open;

    @Override
    public Watch watch(PgResource resource, Consumer<Optional<PgResource>> consumer) {
        told = consumer;
        open = true;
        consumer.accept(Optional.of(resource));
        return () -> open = false;
    }

    /** The operator goes on. */
    void tell(String yaml) {
        told.accept(Optional.of(PgResource.of(Yaml.read(yaml))));
    }

    void tellThatItIsGone() {
        told.accept(Optional.empty());
    }
}
