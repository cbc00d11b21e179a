package dev.pgfork.operator.mock;

/**
 * What is on a volume or in a snapshot.
 *
 * @param openedBy {@code <uid>/<generation>}; empty: nobody
 * @param lsn end of the WAL that is on it
 */
record Disk(String systemIdentifier, int timeline, String openedBy, long lsn) {
    static final Disk EMPTY = new Disk("", 0, "", 0);

    boolean isEmpty() {
        return systemIdentifier.isEmpty();
    }
}
