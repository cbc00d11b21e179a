package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * What a changeover has besides if it replaces a primary that is down.
 *
 * @param automatic the operator began it; otherwise {@code spec.promote} did
 * @param force promote the target although another follower has received more
 * @param fencedExternally somebody vouches for it that the old primary can write no more
 * @param node on which the old primary's pod was when this began; {@code null}: it had none
 * @param stopPod the old primary's StatefulSet is to have no pod until this has ended
 * @param fencedBy {@code null}: nothing proves the fence yet
 * @param lastSeen where the old primary was when it was last seen; {@code null}: it never was
 * @param promotedFrom end of the WAL that the new primary has of the old one; {@code null}: none is chosen yet
 * @param promotedTimeline on which that is
 * @param complete every acknowledged commit is in it
 */
public record FailoverStatus(
        boolean automatic,
        boolean force,
        boolean fencedExternally,
        @Nullable String node,
        boolean stopPod,
        @Nullable FencedBy fencedBy,
        @Nullable PrimaryPosition lastSeen,
        @Nullable String promotedFrom,
        @Nullable Integer promotedTimeline,
        boolean complete) {

    public static FailoverStatus begin(
            boolean automatic,
            boolean force,
            boolean fencedExternally,
            @Nullable String node,
            @Nullable PrimaryPosition lastSeen) {
        return new FailoverStatus(automatic, force, fencedExternally, node, false, null, lastSeen, null, null, false);
    }

    /** Kubernetes is to end the old primary's pod. */
    public FailoverStatus stopping() {
        return new FailoverStatus(
                automatic,
                force,
                fencedExternally,
                node,
                true,
                fencedBy,
                lastSeen,
                promotedFrom,
                promotedTimeline,
                complete);
    }

    /** The same, as a person wants it now. */
    public FailoverStatus commanded(boolean forced, boolean vouched) {
        return new FailoverStatus(
                false, forced, vouched, node, stopPod, fencedBy, lastSeen, promotedFrom, promotedTimeline, complete);
    }

    public FailoverStatus fenced(FencedBy how) {
        return new FailoverStatus(
                automatic,
                force,
                fencedExternally,
                node,
                stopPod,
                how,
                lastSeen,
                promotedFrom,
                promotedTimeline,
                complete);
    }

    /**
     * @param lsn end of what the new primary has
     * @param timeline on which that is
     * @param all every acknowledged commit is in it
     */
    public FailoverStatus promoting(String lsn, int timeline, boolean all) {
        return new FailoverStatus(
                automatic, force, fencedExternally, node, stopPod, fencedBy, lastSeen, lsn, timeline, all);
    }
}
