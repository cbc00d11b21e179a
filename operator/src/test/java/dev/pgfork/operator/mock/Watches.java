package dev.pgfork.operator.mock;

import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.mockwebserver.crud.AttributeSet;
import io.fabric8.mockwebserver.http.Response;
import io.fabric8.mockwebserver.http.WebSocket;
import io.fabric8.mockwebserver.http.WebSocketListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Who watches what. The mock server's own watches forget what happens between a list and the watch that follows it; and
 * when a client leaves while it is being sent an event, they let the thread that sends wait for itself, for half a
 * minute an event, in which nobody gets an answer.
 */
final class Watches implements AutoCloseable {
    /** Changes that a watch can still begin before. */
    private static final int REMEMBERED = 1_000;

    private final Set<Watch> open = new HashSet<>();
    private final Deque<Change> changes = new ArrayDeque<>();
    private long forgotten;

    /** Waits for each write, which the thread that answers requests must not: it does the writing. */
    private final ExecutorService sender = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("watch-sender").factory());

    /**
     * Of one object, which may come into the sight of a watch, or leave it, by a change of its labels.
     *
     * @param version after which it came
     * @param from what it was found by before; null if it is new
     * @param to what it is found by now; null if it was deleted
     */
    record Change(
            long version,
            @Nullable AttributeSet from,
            @Nullable AttributeSet to,
            @Nullable String before,
            @Nullable String after) {

        private List<String> seenBy(AttributeSet query) {
            var was = from != null && from.matches(query);
            var is = to != null && to.matches(query);
            if (is) {
                return List.of(event(was ? Action.MODIFIED : Action.ADDED, String.valueOf(after)));
            }
            return was ? List.of(event(Action.DELETED, String.valueOf(before))) : List.of();
        }
    }

    synchronized void tell(Change change) {
        changes.add(change);
        if (changes.size() > REMEMBERED) {
            forgotten = changes.remove().version();
        }
        open.forEach(watch -> change.seenBy(watch.query).forEach(watch::send));
    }

    /** Whether it is still known what came after it. */
    synchronized boolean remember(long version) {
        return version >= forgotten;
    }

    /** @param version of the list that the client has; what came after it is told first */
    synchronized WebSocketListener since(long version, AttributeSet query) {
        var watch = new Watch(query);
        changes.stream()
                .filter(change -> change.version() > version)
                .forEach(change -> change.seenBy(query).forEach(watch::send));
        open.add(watch);
        return watch;
    }

    /** @param objects all there are */
    synchronized WebSocketListener fromNow(Map<AttributeSet, String> objects, AttributeSet query) {
        var watch = new Watch(query);
        objects.forEach((attributes, object) -> {
            if (attributes.matches(query)) {
                watch.send(event(Action.ADDED, object));
            }
        });
        open.add(watch);
        return watch;
    }

    private static String event(Action type, String object) {
        return "{\"type\":\"%s\",\"object\":%s}".formatted(type, object);
    }

    private synchronized void forget(Watch watch) {
        open.remove(watch);
    }

    @Override
    public void close() {
        sender.shutdownNow();
    }

    private final class Watch extends WebSocketListener {
        private final AttributeSet query;
        private final List<String> unsent = new ArrayList<>();
        private @Nullable WebSocket client;

        Watch(AttributeSet query) {
            this.query = query;
        }

        synchronized void send(String event) {
            var to = client;
            if (to == null) {
                unsent.add(event);
            } else {
                deliver(to, event);
            }
        }

        private void deliver(WebSocket to, String event) {
            try {
                sender.execute(() -> to.send(event));
            } catch (RejectedExecutionException e) {
                // Closed: nobody is told anything any more.
                forget(this);
            }
        }

        @Override
        public synchronized void onOpen(WebSocket socket, Response response) {
            client = socket;
            unsent.forEach(event -> deliver(socket, event));
            unsent.clear();
        }

        @Override
        public void onClosing(WebSocket socket, int code, String reason) {
            forget(this);
            socket.close(code, reason);
        }

        @Override
        public void onClosed(WebSocket socket, int code, String reason) {
            forget(this);
        }

        @Override
        public void onFailure(WebSocket socket, Throwable failure, Response response) {
            forget(this);
            socket.close(1000, failure.getMessage());
        }
    }
}
