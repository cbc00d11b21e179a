package dev.pgfork.operator.storage;

/** Which VolumeSnapshotClass a cut uses. */
public sealed interface SnapshotClassChoice {

    /**
     * @param name of the class to write into the VolumeSnapshot
     * @param traits of its driver, which has atomic snapshots as far as is known
     */
    record Chosen(String name, SnapshotDrivers.Traits traits) implements SnapshotClassChoice {}

    /** Nothing to choose from yet; it may come. */
    record Missing(String reason, String message) implements SnapshotClassChoice {}

    /** What was asked for cannot be right: another driver's class, two defaults. */
    record Wrong(String reason, String message) implements SnapshotClassChoice {}
}
