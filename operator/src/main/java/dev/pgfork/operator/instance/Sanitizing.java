package dev.pgfork.operator.instance;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How far the sanitize steps of an instance are; see docs/instance-contract.md.
 *
 * @param step the next one to be done, from 1
 * @param partial whether a part of that step may have been done: it is not one transaction, and did not run to its end
 * @param hash of the SQL of the step that was run last
 * @param sqlstate of a failure; {@code line} that the failed statement begins at; {@code message} what else is known
 * @param done what has been done, in order
 */
public record Sanitizing(
        State state,
        int step,
        boolean partial,
        @Nullable String hash,
        @Nullable String sqlstate,
        @Nullable Integer line,
        @Nullable String message,
        List<DoneStep> done) {

    public Sanitizing {
        done = List.copyOf(Objects.requireNonNullElse(done, List.of()));
    }

    /**
     * A step that is done.
     *
     * @param hash SHA-256 of its SQL
     * @param seconds that it took
     */
    public record DoneStep(String hash, double seconds) {}

    /** States of the script, as it spells them. */
    public enum State {
        waiting,
        running,
        failed,
        cleaning,
        done
    }

    boolean awaitsStep() {
        return state == State.waiting || state == State.failed;
    }
}
