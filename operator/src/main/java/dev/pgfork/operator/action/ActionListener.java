package dev.pgfork.operator.action;

/** Hears of every action, on the thread that does it. What it throws ends the execution. */
public interface ActionListener {

    default void before(Action action) {}

    default void after(Action action) {}

    default void failed(Action action, RuntimeException cause) {}

    /** One that passes everything on to this and to another, in this order. */
    default ActionListener and(ActionListener other) {
        var first = this;
        return new ActionListener() {
            @Override
            public void before(Action action) {
                first.before(action);
                other.before(action);
            }

            @Override
            public void after(Action action) {
                first.after(action);
                other.after(action);
            }

            @Override
            public void failed(Action action, RuntimeException cause) {
                first.failed(action, cause);
                other.failed(action, cause);
            }
        };
    }
}
