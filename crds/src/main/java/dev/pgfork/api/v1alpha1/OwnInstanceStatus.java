package dev.pgfork.api.v1alpha1;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Rebuild;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.SeedStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Timings;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a database's own instance as one that follows the primary; what is not said here means the same as
 * in a follower's status.
 *
 * @param phase of its life as a standby; {@code null}: it is the primary, or removed
 * @param seed what the present generation's volume is made of; {@code null}: of nothing yet, or it is the database's
 *     first volume
 * @param rebuild why there is, or was, a generation after the first
 * @param removal of the instance, from its beginning until the instance is made anew; {@code null}: it was not removed
 */
public record OwnInstanceStatus(
        @Nullable FollowerPhase phase,
        @Nullable String slot,
        @Nullable Boolean streaming,
        @Nullable Lag lag,
        @Nullable SeedStatus seed,
        @Nullable Rebuild rebuild,
        @Nullable Timings timings,
        @Nullable Removal removal) {

    public static final OwnInstanceStatus EMPTY = new OwnInstanceStatus(null, null, null, null, null, null, null, null);

    /**
     * The end of the instance by {@code spec.ownInstance: Removed}.
     *
     * @param at RFC 3339, when it began
     * @param keptVolume claim that may hold commits which the primary does not have; yours to delete
     * @param epoch of the primary that was seen to have all that the instance has; a later one may have less
     */
    public record Removal(
            @Nullable String at,
            @Nullable String keptVolume,
            @Nullable Long epoch) {}
}
