package dev.pgfork.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.mock.TestApiServer;
import io.fabric8.kubernetes.api.model.Event;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventRecorderTest {
    private static final Owner SHOP = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid-1");
    private static final Notice NOTICE = new Notice(SHOP, Notice.Type.Warning, "VolumeLost", "The volume is gone");

    private final TestApiServer api = new TestApiServer();

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void aRepeatedNoticeRaisesTheCount() {
        recorder("2026-11-21T10:00:00Z").publish(NOTICE);
        recorder("2026-11-21T10:05:00Z").publish(NOTICE);

        assertThat(events()).singleElement().satisfies(event -> {
            assertThat(event.getCount()).isEqualTo(2);
            assertThat(event.getFirstTimestamp()).isEqualTo("2026-11-21T10:00:00Z");
            assertThat(event.getLastTimestamp()).isEqualTo("2026-11-21T10:05:00Z");
            assertThat(event.getType()).isEqualTo("Warning");
            assertThat(event.getReason()).isEqualTo("VolumeLost");
            assertThat(event.getMessage()).isEqualTo("The volume is gone");
            assertThat(event.getInvolvedObject().getUid()).isEqualTo("uid-1");
        });
    }

    @Test
    void anotherNoticeIsAnotherEvent() {
        recorder("2026-11-21T10:00:00Z").publish(NOTICE);
        recorder("2026-11-21T10:00:00Z").publish(new Notice(SHOP, Notice.Type.Warning, "VolumeLost", "Again"));
        recorder("2026-11-21T10:00:00Z")
                .publish(new Notice(
                        new Owner(SHOP.apiVersion(), SHOP.kind(), "prod", "shop", "uid-2"),
                        NOTICE.type(),
                        NOTICE.reason(),
                        NOTICE.message()));

        assertThat(events()).hasSize(3);
    }

    @Test
    void neverThrows() {
        api.refuse(call -> call.resource().equals("events"), 403, "forbidden");

        recorder("2026-11-21T10:00:00Z").publish(NOTICE);

        api.refuseNothing();
        assertThat(events()).isEmpty();
    }

    @Test
    void shortensWhatTheApiServerWouldRefuse() {
        recorder("2026-11-21T10:00:00Z").publish(new Notice(SHOP, Notice.Type.Normal, "Long", "x".repeat(2000)));

        assertThat(events())
                .singleElement()
                .satisfies(event -> assertThat(event.getMessage()).hasSize(1024).endsWith("…"));
    }

    private EventRecorder recorder(String time) {
        return new EventRecorder(api.client(), Clock.fixed(Instant.parse(time), ZoneOffset.UTC));
    }

    private List<Event> events() {
        return api.client().v1().events().inNamespace("prod").list().getItems();
    }
}
