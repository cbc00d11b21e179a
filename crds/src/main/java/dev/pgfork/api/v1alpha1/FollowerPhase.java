package dev.pgfork.api.v1alpha1;

/** Where a follower is in its life, for people; programs read the conditions. */
public enum FollowerPhase {
    /** Waiting for its leader, or being checked. */
    Pending,
    /** Its slot is being made on the leader, or the leader is being snapshotted. */
    Cutting,
    /** Volume and pod are on their way. */
    Starting,
    /** It runs and has not received enough of its leader's writes yet. */
    CatchingUp,
    /** It streams and lags no more than it may; or, unfollowed, it is a database that accepts connections. */
    Ready,
    /** It was ready and is not now; Kubernetes or pgfork is bringing it back. */
    Unavailable,
    /** It cannot follow with the volume that it has, and gets another one made of its leader's. */
    Rebuilding,
    /** It becomes a database of its own. */
    Unfollowing,
    /** It cannot be made as specified; nothing of it was left behind. */
    Refused,
    Deleting
}
