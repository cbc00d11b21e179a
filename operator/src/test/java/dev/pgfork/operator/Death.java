package dev.pgfork.operator;

import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionListener;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The end of an operator at the n-th action; from then on it does nothing more. */
final class Death implements ActionListener {
    /** When the operator dies: the world has not seen the action yet, or it has and nobody noted it. */
    enum Moment {
        BEFORE,
        AFTER
    }

    private final Moment moment;
    private final int number;
    private final AtomicInteger before = new AtomicInteger();
    private final AtomicInteger after = new AtomicInteger();
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
            return Instant.now();
        };
        return source.withZone(ZoneOffset.UTC);
    }

    @Override
    public void before(Action action) {
        comeAt(Moment.BEFORE, before, action);
    }

    @Override
    public void after(Action action) {
        comeAt(Moment.AFTER, after, action);
    }

    private void comeAt(Moment now, AtomicInteger actions, Action action) {
        if (armed && now == moment && actions.incrementAndGet() == number) {
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
