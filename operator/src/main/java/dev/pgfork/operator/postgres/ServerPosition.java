package dev.pgfork.operator.postgres;

import java.util.List;

/**
 * Where a server is in its history.
 *
 * @param uid of the custom resource whose configuration it runs with: tells it from another at the same address
 * @param generation of the instance, as {@code uid}
 * @param majorVersion for instance 17
 * @param timeline on a standby: of the last WAL on its disk
 * @param position on a standby: end of the last record that it replayed; on a primary: end of the WAL that is flushed
 * @param received on a standby: end of what is on its disk, which a promotion would keep; on a primary as
 *     {@code position}
 * @param streaming on a standby: whether it receives right now
 * @param logicalSlots names; the data of their consumers depend on them
 */
public record ServerPosition(
        String uid,
        int generation,
        String systemIdentifier,
        int majorVersion,
        boolean inRecovery,
        int timeline,
        Lsn position,
        Lsn received,
        boolean streaming,
        List<String> logicalSlots) {

    public ServerPosition {
        logicalSlots = List.copyOf(logicalSlots);
    }
}
