package dev.pgfork.operator.mock;

/**
 * What the instance script keeps beside the data.
 *
 * @param self {@code <uid>/<generation>} of the instance that wrote it; empty: there is no state file
 * @param openedBy {@code <uid>/<generation>}; empty: nobody
 * @param leader host that a standby follows; empty: none
 */
record StateFile(String self, String role, long epoch, String openedBy, String leader) {
    static final StateFile NONE = new StateFile("", "", 0, "", "");
}
