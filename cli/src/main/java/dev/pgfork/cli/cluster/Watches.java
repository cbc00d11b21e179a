package dev.pgfork.cli.cluster;

import dev.pgfork.cli.resource.PgResource;
import java.util.Optional;
import java.util.function.Consumer;

/** Looking at resources as they change, without asking again and again. */
public interface Watches {

    /**
     * Tells what the resource is now and each time that it changes; empty: it is gone. The consumer is called on
     * another thread.
     */
    Watch watch(PgResource resource, Consumer<Optional<PgResource>> consumer);

    /** Close it to hear no more. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
