package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Publishes core/v1 events, which {@code kubectl describe} shows. The name is made of what the event says, so that the
 * same notice again raises {@code count} instead of filling the list.
 */
public final class EventRecorder implements EventPublisher {
    private static final Logger log = LoggerFactory.getLogger(EventRecorder.class);

    /** The API server refuses longer ones. */
    private static final int LONGEST_MESSAGE = 1024;

    private final KubernetesClient client;
    private final Clock clock;

    public EventRecorder(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    @Override
    public void publish(Notice notice) {
        try {
            createOrCount(event(notice));
        } catch (RuntimeException e) {
            // An event is a courtesy: the reconciliation must not fail for it.
            var level = ApiErrors.namespaceTerminates(e) ? Level.DEBUG : Level.WARN;
            log.atLevel(level).log("could not publish the event {}: {}", notice.reason(), ApiErrors.message(e));
        }
    }

    private void createOrCount(Event event) {
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            if (!ApiErrors.isConflict(e)) {
                throw e;
            }
            // By name: an edit of the object at hand would take it for what is stored.
            var meta = event.getMetadata();
            client.v1()
                    .events()
                    .inNamespace(meta.getNamespace())
                    .withName(meta.getName())
                    .edit(known -> new EventBuilder(known)
                            .withCount(known.getCount() == null ? 2 : known.getCount() + 1)
                            .withLastTimestamp(event.getLastTimestamp())
                            .build());
        }
    }

    private Event event(Notice notice) {
        var about = notice.about();
        var now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        return new EventBuilder()
                .withNewMetadata()
                .withNamespace(about.namespace())
                .withName(about.name() + "." + fingerprint(notice))
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion(about.apiVersion())
                .withKind(about.kind())
                .withNamespace(about.namespace())
                .withName(about.name())
                .withUid(about.uid())
                .endInvolvedObject()
                .withType(notice.type().name())
                .withReason(notice.reason())
                .withMessage(shortened(notice.message()))
                .withNewSource()
                .withComponent(Labels.MANAGED_BY_PGFORK)
                .endSource()
                .withReportingComponent("pgfork.dev/operator")
                .withFirstTimestamp(now)
                .withLastTimestamp(now)
                .withCount(1)
                .build();
    }

    private static String shortened(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    }

    private static String fingerprint(Notice notice) {
        var text = String.join("\n", notice.about().uid(), notice.type().name(), notice.reason(), notice.message());
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
