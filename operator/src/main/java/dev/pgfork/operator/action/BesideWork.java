package dev.pgfork.operator.action;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * Work that takes too long for a reconcile thread. It runs beside it, at most once per key, and when it ends the owner
 * is reconciled again. Results live in memory only: after a restart of the operator the planner asks for the work anew.
 */
public interface BesideWork {

    /** Starts the work unless it runs or has a result. */
    default <R> void start(Key key, Callable<R> work) {
        start(key, Duration.ZERO, work);
    }

    /**
     * As {@link #start(Key, Callable)}.
     *
     * @param pause before the work begins
     */
    <R> void start(Key key, Duration pause, Callable<R> work);

    /** @return empty: never started, or forgotten */
    <R> Optional<Progress<R>> progress(Key key, Class<R> type);

    /** Drops everything of an owner; running work is interrupted. */
    void forget(String ownerUid);

    /** Drops one result, so that the work can be started again. */
    void forget(Key key);

    /**
     * @param name of the kind of work
     * @param detail tells attempts apart
     */
    record Key(dev.pgfork.operator.kube.Owner owner, String name, String detail) {}

    /** How far it is. */
    sealed interface Progress<R> {
        record Running<R>() implements Progress<R> {}

        record Done<R>(R result) implements Progress<R> {}

        /** @param message for people */
        record Failed<R>(String message) implements Progress<R> {}
    }
}
