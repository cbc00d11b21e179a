package dev.pgfork.operator.mock;

/**
 * What a client committed.
 *
 * @param lsn end of its record
 */
public record Commit(int timeline, long lsn) {}
