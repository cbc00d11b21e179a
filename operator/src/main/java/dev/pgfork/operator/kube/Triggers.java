package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks for reconciliations from outside of the framework: when an informer saw an object of a resource change, or work
 * beside a reconcile thread ended. Who is not there, or not started yet, is not asked.
 */
public final class Triggers implements ReconcileRequests {
    private final Map<String, SimpleInboundEventSource<?>> sources = new ConcurrentHashMap<>();

    /** The event source that a reconciler registers to be asked; once per kind. */
    public <P extends HasMetadata> EventSource<?, P> sourceFor(Class<P> primary) {
        var source = new SimpleInboundEventSource<P>("pgfork-triggers");
        sources.put(key(HasMetadata.getKind(primary)), source);
        return source;
    }

    public void reconcile(Owner owner) {
        reconcile(owner.kind(), owner.namespace(), owner.name());
    }

    @Override
    public void reconcile(String kind, String namespace, String name) {
        var source = sources.get(key(kind));
        if (source != null) {
            source.propagateEvent(new ResourceID(name, namespace));
        }
    }

    private static String key(String kind) {
        return kind.toLowerCase(Locale.ROOT);
    }
}
