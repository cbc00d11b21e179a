package dev.pgfork.operator.cut;

import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SnapshotDrivers;
import dev.pgfork.operator.storage.SnapshotDrivers.Atomicity;

/** What a copy is worth, and whether it shares its blocks with the source. */
public final class CopyConditions {
    private static final String COPY_ON_WRITE = "CopyOnWrite";
    private static final String SNAPSHOT_ATOMICITY = "SnapshotAtomicity";

    private CopyConditions() {}

    /** Takes over what the last status said of the copy. */
    public static void keep(Conditions conditions) {
        conditions.keep(COPY_ON_WRITE, SNAPSHOT_ATOMICITY);
    }

    /** The copy is void. */
    public static void drop(Conditions conditions) {
        conditions.drop(COPY_ON_WRITE, SNAPSHOT_ATOMICITY);
    }

    /** Of a volume made from a snapshot: known from the driver, and noted with the cut. */
    public static void snapshot(Conditions conditions, SnapshotDrivers.Traits traits) {
        switch (traits.sharing()) {
            case Shared ->
                conditions.set(
                        COPY_ON_WRITE,
                        true,
                        "Snapshot",
                        "The volume is made from a snapshot and shares its blocks with the source");
            case Copied ->
                conditions.set(
                        COPY_ON_WRITE,
                        false,
                        "SnapshotCopied",
                        "The volume is made from a snapshot, but driver " + traits.driver() + " copies the blocks");
            case Unknown ->
                conditions.set(
                        COPY_ON_WRITE,
                        "Unknown",
                        "UnknownDriver",
                        "The volume is made from a snapshot; whether driver " + traits.driver()
                                + " copies the blocks is not known to pgfork");
        }
        if (traits.atomicity() == Atomicity.Atomic) {
            conditions.set(
                    SNAPSHOT_ATOMICITY,
                    true,
                    "Atomic",
                    "Driver " + traits.driver() + " snapshots a volume at one instant");
        } else {
            conditions.set(
                    SNAPSHOT_ATOMICITY,
                    "Unknown",
                    "UnknownDriver",
                    "Whether driver " + traits.driver()
                            + " snapshots a volume at one instant is not known to pgfork. If it does, say so in"
                            + " the chart's config.snapshotAtomicity; if it does not, do not use this copy");
        }
    }

    /**
     * Of a full copy, streamed from the source.
     *
     * @param why the storage could not do better
     */
    public static void streamed(Conditions conditions, String why) {
        drop(conditions);
        conditions.set(
                COPY_ON_WRITE, false, "BaseBackup", "The volume is a full copy, streamed by pg_basebackup: " + why);
    }
}
