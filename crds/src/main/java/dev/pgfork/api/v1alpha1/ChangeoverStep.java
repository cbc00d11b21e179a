package dev.pgfork.api.v1alpha1;

/** How far a changeover is. Up to {@code CatchingUp} it can be undone; from {@code Promoting} on it is finished. */
public enum ChangeoverStep {
    /** The target is not there, not ready, or too far behind. */
    Waiting,
    /** CHECKPOINT on the primary, slots for everybody on the target; clients notice nothing. */
    Preparing,
    /** The primary is made unable to accept writes. */
    Fencing,
    /** The target replays what the fenced primary wrote last. */
    CatchingUp,
    /** The target becomes the primary. */
    Promoting,
    /** Everybody else is told to follow the new primary. */
    Following,
    /** The old primary serves again. */
    Aborting
}
