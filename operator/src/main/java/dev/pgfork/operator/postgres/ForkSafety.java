package dev.pgfork.operator.postgres;

import java.util.List;
import java.util.Optional;

/**
 * The facts that decide whether a server can be cut safely; read before and again after the cut.
 *
 * @param timeline of a standby: the one that the WAL on its disk has reached
 * @param inRecovery whether it is a standby
 * @param separateWalVolume whether pg_wal lies elsewhere; the instance script says so by the setting
 *     {@code pgfork.separate_wal}, for over SQL only a superuser could see it
 * @param tablespaces names of those that people made
 */
public record ForkSafety(
        String uid,
        String systemIdentifier,
        int timeline,
        boolean inRecovery,
        boolean fsync,
        boolean fullPageWrites,
        String walLevel,
        boolean separateWalVolume,
        List<String> tablespaces) {

    /**
     * Why it must not be cut.
     *
     * @param reason CamelCase
     * @param remedy what the owner of the source can do
     */
    public record Objection(String reason, String remedy) {}

    /** @return empty if it may be cut */
    public Optional<Objection> objection() {
        if (!fsync) {
            return Optional.of(new Objection(
                    "FsyncOff", "fsync is off: a snapshot of it may be corrupt. Turn fsync on and CHECKPOINT first"));
        }
        if (!fullPageWrites) {
            return Optional.of(new Objection(
                    "FullPageWritesOff",
                    "full_page_writes is off: a snapshot of it may hold torn pages. Turn it on and CHECKPOINT first"));
        }
        if ("minimal".equals(walLevel)) {
            return Optional.of(new Objection(
                    "WalLevelMinimal", "wal_level is minimal: it cannot be put on a new timeline. Set it to replica"));
        }
        if (!tablespaces.isEmpty()) {
            return Optional.of(new Objection(
                    "Tablespaces",
                    "it has tablespaces outside its data directory (" + String.join(", ", tablespaces)
                            + "), which a snapshot does not hold. Move their tables to pg_default and drop them"));
        }
        if (separateWalVolume) {
            return Optional.of(new Objection(
                    "SeparateWalVolume",
                    "pg_wal is not in its data directory: data and WAL cannot be snapshotted at one instant"));
        }
        return Optional.empty();
    }
}
