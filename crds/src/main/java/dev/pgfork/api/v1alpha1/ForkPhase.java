package dev.pgfork.api.v1alpha1;

/** Where a fork is in its life, for people; programs read the conditions. */
public enum ForkPhase {
    /** Waiting for its source, or being checked. */
    Pending,
    /** The source is being prepared and snapshotted. */
    Cutting,
    /** Volume and pod are on their way. */
    Starting,
    /** Postgres runs in private: recovery, new timeline, hygiene. Nobody can connect. */
    Quarantine,
    Ready,
    /** It is made again of its source, beside what it was; that serves meanwhile. */
    Resetting,
    /** It has no pod because its spec says so; the data is kept. */
    Suspended,
    /** Its time to live is over: no pod, no data. Only a reset brings it back. */
    Expired,
    /** It was ready and does not serve now; Kubernetes or pgfork is bringing it back. */
    Unavailable,
    /** It cannot be made as specified; nothing of it was left behind. */
    Refused,
    Deleting
}
