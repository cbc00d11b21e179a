package dev.pgfork.api.v1alpha1;

/** Whether a database has an instance of its own, besides its followers'. */
public enum OwnInstance {
    Running,
    /** A follower is the primary, for good: the own instance's pod and objects are gone. */
    Removed
}
