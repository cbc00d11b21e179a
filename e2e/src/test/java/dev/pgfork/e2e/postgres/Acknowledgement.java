package dev.pgfork.e2e.postgres;

/**
 * One row whose commit was acknowledged.
 *
 * @param number of the row
 * @param nanos when, by {@link System#nanoTime}
 * @param server uid and generation of the instance that accepted it
 * @param timeline that the server was on
 */
public record Acknowledgement(long number, long nanos, String server, int timeline) {}
