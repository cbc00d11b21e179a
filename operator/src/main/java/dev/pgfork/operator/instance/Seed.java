package dev.pgfork.operator.instance;

import dev.pgfork.operator.postgres.Lsn;
import java.util.List;

/** Where the first bytes of an instance come from. */
public sealed interface Seed {

    /** A new, empty database. */
    record InitDb(String locale, List<String> extensions) implements Seed {}

    /**
     * A copy-on-write copy of another instance's volume, to become an independent database.
     *
     * @param snapshotName VolumeSnapshot in the instance's namespace
     * @param systemIdentifier demanded of the copy: anything else is not the source's data
     * @param cut the copy must hold at least the WAL up to here
     * @param sourceTimeline the new timeline must be above it
     * @param sanitize steps that must have changed the data before it opens
     * @param roles of the source that may log in, beside the owner
     */
    record Snapshot(
            String snapshotName,
            String systemIdentifier,
            Lsn cut,
            int sourceTimeline,
            SanitizeRecord sanitize,
            List<String> roles)
            implements Seed {
        public Snapshot {
            roles = List.copyOf(roles);
        }

        /** A copy whose data stay as they are, and that lets nobody in but the owner. */
        public Snapshot(String snapshotName, String systemIdentifier, Lsn cut, int sourceTimeline) {
            this(snapshotName, systemIdentifier, cut, sourceTimeline, SanitizeRecord.NONE, List.of());
        }
    }

    /**
     * A copy-on-write copy of the leader's volume, to follow it.
     *
     * @param snapshotName VolumeSnapshot in the instance's namespace
     * @param systemIdentifier demanded of the copy: anything else is not the leader's data
     * @param sourceTimeline the leader's when the snapshot was taken
     */
    record StandbySnapshot(String snapshotName, String systemIdentifier, int sourceTimeline) implements Seed {}

    /**
     * A full copy, streamed from the leader by pg_basebackup, to follow it.
     *
     * @param systemIdentifier demanded of the copy
     * @param sourceTimeline the leader's when this was decided
     */
    record BaseBackup(String systemIdentifier, int sourceTimeline) implements Seed {}
}
