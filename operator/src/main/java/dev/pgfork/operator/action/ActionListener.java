package dev.pgfork.operator.action;

/** Hears of every action, on the thread that does it. What it throws ends the execution. */
public interface ActionListener {

    default void before(Action action) {}

    default void after(Action action) {}

    default void failed(Action action, RuntimeException cause) {}
}
