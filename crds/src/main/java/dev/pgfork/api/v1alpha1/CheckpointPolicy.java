package dev.pgfork.api.v1alpha1;

/** Whether the source runs a CHECKPOINT before it is cut: the fork then has less WAL to replay. */
public enum CheckpointPolicy {
    /** Unless little WAL was written since the last one. */
    Auto,
    Always,
    Never
}
