package dev.pgfork.api.v1alpha1;

/** Whether a database has an instance of its own beside those of its followers. */
public enum OwnInstance {
    Running,
    /** Only while another instance is the primary: its pod and volume go, and may be made anew of another class. */
    Removed
}
