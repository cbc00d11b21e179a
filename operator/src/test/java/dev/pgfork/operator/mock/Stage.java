package dev.pgfork.operator.mock;

/** What the cluster does by itself; a test can hold it up. */
public enum Stage {
    /** A VolumeSnapshot gets its content and its cut. */
    SNAPSHOT_CUT,
    /** A cut snapshot becomes ready to use. */
    SNAPSHOT_READY,
    /** A PersistentVolumeClaim gets its volume. */
    VOLUME_BOUND,
    /** A volume gets the size that its claim asks for. */
    VOLUME_GROWN,
    /** A pod gets a node; held: Unschedulable. */
    POD_SCHEDULED,
    /** The image is pulled; held: ImagePullBackOff. */
    IMAGE_PULLED,
    /** The private phase of an instance ends and clients are let in. */
    OPENED
}
