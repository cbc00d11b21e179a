package dev.pgfork.e2e.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When which server processes accepted writes, as far as answers prove it. An answer "I am a primary" was true at some
 * instant between the question and the answer. A postmaster that has left recovery never goes back, so it was a primary
 * all the time between two such answers of one process. Two processes were primaries at once if each had proved to be
 * one before the other was asked for the last time.
 *
 * <p>Two that overlap for less time than lies between two questions may go unnoticed: that nothing was lost or written
 * twice is for the rows to show.
 */
final class WritableSpans {

    /**
     * One answer.
     *
     * @param server instance
     * @param process what tells one postmaster of it from the next
     * @param asked {@link System#nanoTime} before the question was sent
     * @param answered {@link System#nanoTime} after the answer had come
     */
    record Answer(String server, String process, long asked, long answered) {}

    private record Postmaster(String server, String name) {}

    /**
     * A process while it is known to have accepted writes.
     *
     * @param since it had proved it then
     * @param until it was asked then, and said that it still did
     */
    record Span(String server, String process, long since, long until) {

        private boolean overlaps(Span other) {
            return since <= other.until && other.since <= until;
        }

        private Span extendedBy(Answer answer) {
            return new Span(server, process, Math.min(since, answer.answered()), Math.max(until, answer.asked()));
        }

        @Override
        public String toString() {
            return "%s (%s) from %d to %d ms"
                    .formatted(server, process, since / NANOS_OF_A_MILLISECOND, until / NANOS_OF_A_MILLISECOND);
        }
    }

    private static final long NANOS_OF_A_MILLISECOND = 1_000_000;

    private final Map<Postmaster, Span> spans = new ConcurrentHashMap<>();

    /** Somebody says that it accepts writes. */
    void add(Answer answer) {
        spans.merge(
                new Postmaster(answer.server(), answer.process()),
                new Span(answer.server(), answer.process(), answer.answered(), answer.asked()),
                (span, first) -> span.extendedBy(answer));
    }

    /** Instances that were seen to accept writes. */
    List<String> servers() {
        return spans.keySet().stream()
                .map(Postmaster::server)
                .distinct()
                .sorted()
                .toList();
    }

    /** Pairs of processes that accepted writes at one time, as text. */
    List<String> overlaps() {
        var all = List.copyOf(spans.values());
        var overlaps = new ArrayList<String>();
        for (var i = 0; i < all.size(); i++) {
            for (var j = i + 1; j < all.size(); j++) {
                if (all.get(i).overlaps(all.get(j))) {
                    overlaps.add(all.get(i) + " and " + all.get(j));
                }
            }
        }
        return List.copyOf(overlaps);
    }
}
