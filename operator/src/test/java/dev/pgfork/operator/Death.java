package dev.pgfork.operator;

import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionListener;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The end of an operator at the n-th action or plan; from then on it does nothing more. Before an action that another
 * one of the same plan precedes, the world is as it was after that one: only the first of a plan is worth dying before.
 */
final class Death implements ActionListener {
    /** When the operator dies: before a plan was begun, or after an action of which nobody noted that it was done. */
    enum Moment {
        BEFORE,
        AFTER;

        /** How often it dies in a life of so many actions, at the least: most plans have few. */
        int deathsOf(int actions) {
            return this == BEFORE ? actions / 3 : actions;
        }
    }

    private final Moment moment;
    private final int number;
    private final AtomicInteger before = new AtomicInteger();
    private final AtomicInteger after = new AtomicInteger();
    /** Whether this thread's plan has done nothing yet. */
    private final ThreadLocal<Boolean> begins = ThreadLocal.withInitial(() -> true);

    private volatile @Nullable Action at;
    private volatile boolean armed;

    Death(Moment moment, int number) {
        this.moment = moment;
        this.number = number;
    }

    /** From here on actions are counted. */
    Death arm() {
        armed = true;
        return this;
    }

    /** It comes no more, unless it has come. */
    void disarm() {
        armed = false;
    }

    /** The next operator's. */
    Death later() {
        return new Death(moment, number + 1);
    }

    boolean hasCome() {
        return at != null;
    }

    /** Every reconciliation asks for the time before it does anything: a dead operator gets no further. */
    Clock clock() {
        InstantSource source = () -> {
            if (hasCome()) {
                throw new Dead();
            }
            begins.set(true);
            return Instant.now();
        };
        return source.withZone(ZoneOffset.UTC);
    }

    @Override
    public void before(Action action) {
        comeAt(Moment.BEFORE, before, action, begins.get());
        begins.set(false);
    }

    @Override
    public void after(Action action) {
        comeAt(Moment.AFTER, after, action, true);
    }

    private void comeAt(Moment now, AtomicInteger actions, Action action, boolean counts) {
        if (armed && counts && now == moment && actions.incrementAndGet() == number) {
            at = action;
        }
        if (hasCome()) {
            throw new Dead();
        }
    }

    @Override
    public String toString() {
        var action = at;
        return "death " + moment + " action " + number
                + (action == null ? "" : ", " + action.getClass().getSimpleName());
    }

    static final class Dead extends Error {
        private static final long serialVersionUID = 1L;

        Dead() {
            // Where it happened says nothing: it is everywhere at once.
            super("dead", null, false, false);
        }
    }
}
