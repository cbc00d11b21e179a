package dev.pgfork.operator;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What is wrong for so long that only a restart can help. A watch that breaks off comes back by itself, and an API
 * server that is down for a minute is no reason to restart everybody who waits for it.
 */
final class Health implements Supplier<List<String>> {
    private final Supplier<List<String>> deaf;
    private final Duration patience;
    private final Clock clock;
    private final Map<String, Instant> since = new HashMap<>();

    /** @param deaf types whose changes are not heard of at the moment */
    Health(Supplier<List<String>> deaf, Duration patience, Clock clock) {
        this.deaf = deaf;
        this.patience = patience;
        this.clock = clock;
    }

    @Override
    public synchronized List<String> get() {
        var now = clock.instant();
        var current = deaf.get();
        since.keySet().retainAll(current);
        current.forEach(type -> since.putIfAbsent(type, now));
        return since.entrySet().stream()
                .filter(entry -> !now.isBefore(entry.getValue().plus(patience)))
                .map(entry -> "changes of " + entry.getKey() + " have not been heard of since " + entry.getValue())
                .sorted()
                .toList();
    }
}
