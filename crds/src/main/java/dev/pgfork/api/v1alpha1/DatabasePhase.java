package dev.pgfork.api.v1alpha1;

/** Where a database is in its life, for people; programs read the conditions. */
public enum DatabasePhase {
    /** Nothing runs yet: something is waited for, or objects are being made. */
    Pending,
    /** The instance is on its way up for the first time. */
    Starting,
    Ready,
    /** Another instance becomes the primary; nobody can write for a moment. */
    ChangingOver,
    /** It was ready and does not serve now; Kubernetes or pgfork is bringing it back. */
    Unavailable,
    /** It cannot be made as specified. */
    Refused,
    Deleting
}
