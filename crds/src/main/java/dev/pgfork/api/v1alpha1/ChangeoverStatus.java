package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * A move of the primary role, written down before each step that cannot be undone, so that any operator can go on.
 *
 * @param from name of the instance that was the primary
 * @param to name of the instance that becomes the primary
 * @param epoch of the fence and of the new primary; {@code epoch + 1} undoes the fence, so that a late fence is refused
 * @param startedAt RFC 3339
 * @param stepSince RFC 3339
 * @param fencedLsn where the last checkpoint of the fenced primary begins: nothing follows it
 * @param fencedTimeline the timeline that it was on
 * @param reason CamelCase, why it waits or was aborted
 * @param failover {@code null}: planned, and nothing is lost
 */
public record ChangeoverStatus(
        String from,
        String to,
        long epoch,
        ChangeoverStep step,
        String startedAt,
        String stepSince,
        @Nullable String fencedLsn,
        @Nullable Integer fencedTimeline,
        @Nullable String reason,
        @Nullable String message,
        @Nullable FailoverStatus failover) {

    public static ChangeoverStatus begin(String from, String to, long epoch, String now) {
        return new ChangeoverStatus(from, to, epoch, ChangeoverStep.Waiting, now, now, null, null, null, null, null);
    }

    /** The next step; why an earlier one waited is forgotten. */
    public ChangeoverStatus at(ChangeoverStep next, String now) {
        return new ChangeoverStatus(
                from, to, epoch, next, startedAt, now, fencedLsn, fencedTimeline, null, null, failover);
    }

    public ChangeoverStatus fenced(String lsn, int timeline) {
        return new ChangeoverStatus(
                from, to, epoch, step, startedAt, stepSince, lsn, timeline, reason, message, failover);
    }

    public ChangeoverStatus because(String why, String text) {
        return new ChangeoverStatus(
                from, to, epoch, step, startedAt, stepSince, fencedLsn, fencedTimeline, why, text, failover);
    }

    /** The same to another target. */
    public ChangeoverStatus towards(String target) {
        return new ChangeoverStatus(
                from, target, epoch, step, startedAt, stepSince, fencedLsn, fencedTimeline, reason, message, failover);
    }

    /** @param changed {@code null}: nothing has to be lost any more */
    public ChangeoverStatus withFailover(@Nullable FailoverStatus changed) {
        return new ChangeoverStatus(
                from, to, epoch, step, startedAt, stepSince, fencedLsn, fencedTimeline, reason, message, changed);
    }
}
