package dev.pgfork.operator.action;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a planner decided.
 *
 * @param status to be written
 * @param actions in order
 * @param wakeUp when to look again even if nothing is heard; empty: events suffice
 */
public record Plan<S>(S status, List<Action> actions, Optional<Duration> wakeUp) {

    /** The same, looked at again at the latest after that. */
    public Plan<S> wakingIn(Optional<Duration> other) {
        return new Plan<>(
                status, actions, Stream.concat(wakeUp.stream(), other.stream()).min(Duration::compareTo));
    }

    /** The same, with these actions after all others. */
    public Plan<S> and(List<Action> last) {
        return last.isEmpty()
                ? this
                : new Plan<>(
                        status, Stream.concat(actions.stream(), last.stream()).toList(), wakeUp);
    }

    /** The same, with these actions before all others. */
    public Plan<S> after(List<Action> first) {
        return first.isEmpty()
                ? this
                : new Plan<>(
                        status, Stream.concat(first.stream(), actions.stream()).toList(), wakeUp);
    }
}
