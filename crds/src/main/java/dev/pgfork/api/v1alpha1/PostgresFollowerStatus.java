package dev.pgfork.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a follower.
 *
 * @param leader what is followed; once unfollowed: what was
 * @param slot name of the replication slot that keeps WAL for it on the primary; noted before it is made
 * @param streaming whether it receives the leader's writes now
 * @param seed what the present generation's volume is made of; noted before the snapshot
 * @param rebuild why there is, or was, a generation after the first
 * @param unfollowed where it left its leader's history; noted before it leaves
 * @param forks what is demanded of forks where its data come from, as of when its leader was last there; {@code null}:
 *     forks in its own namespace only
 * @param requestedAt RFC 3339, when the operator first saw the follower; the zero of {@code timings}
 * @param effective the instance block with everything inherited filled in; of the parameters those that are inherited
 * @param configuration {@code null}: its server was not seen to run yet
 */
public record PostgresFollowerStatus(
        @Nullable FollowerPhase phase,
        @Nullable List<Condition> conditions,
        @Nullable Long observedGeneration,
        @Nullable InstanceStatus instance,
        @Nullable BindingStatus binding,
        @Nullable LeaderStatus leader,
        @Nullable String slot,
        @Nullable Boolean streaming,
        @Nullable Lag lag,
        @Nullable SeedStatus seed,
        @Nullable Rebuild rebuild,
        @Nullable Unfollowed unfollowed,
        @Nullable InheritedForkRules forks,
        @Nullable String requestedAt,
        @Nullable Timings timings,
        @Nullable EffectiveSettings effective,
        @Nullable ConfigurationStatus configuration) {

    public static final PostgresFollowerStatus EMPTY = new PostgresFollowerStatus(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

    /** The same with other settings noted. */
    public PostgresFollowerStatus withConfiguration(@Nullable ConfigurationStatus noted) {
        return new PostgresFollowerStatus(
                phase,
                conditions,
                observedGeneration,
                instance,
                binding,
                leader,
                slot,
                streaming,
                lag,
                seed,
                rebuild,
                unfollowed,
                forks,
                requestedAt,
                timings,
                effective,
                noted);
    }

    /**
     * The resource that is followed.
     *
     * @param primary name of the instance that accepts its writes, and from which the follower streams
     */
    public record LeaderStatus(
            @Nullable String kind,
            @Nullable String name,
            @Nullable String uid,
            @Nullable String primary) {}

    /**
     * How far behind its leader it is.
     *
     * @param bytes of WAL that it has not replayed yet
     * @param commits that are not visible on it yet
     * @param commitsExact whether {@code commits} was counted; otherwise it is an upper bound: what aborted counts, too
     * @param seconds age of the last replayed commit; 0 if there is nothing to replay
     * @param measuredAt RFC 3339
     */
    public record Lag(
            @Nullable Long bytes,
            @Nullable Long commits,
            @Nullable Boolean commitsExact,
            @Nullable Double seconds,
            @Nullable String measuredAt) {}

    /**
     * What a generation's volume is made of.
     *
     * @param method {@code snapshot} or {@code basebackup}
     * @param instance uid of the resource whose instance was copied
     * @param attempt number of the snapshot within the generation, from 1
     * @param lsnBefore position on the leader just before the cut
     * @param timeline the leader's when it was cut
     * @param cutTime RFC 3339, when the snapshot was taken
     */
    public record SeedStatus(
            @Nullable String method,
            @Nullable String instance,
            @Nullable Integer attempt,
            @Nullable String lsnBefore,
            @Nullable Integer timeline,
            @Nullable String cutTime) {}

    /**
     * The latest rebuild.
     *
     * @param reason CamelCase
     * @param attempts in a row; the pause before the next one grows with them
     * @param at RFC 3339, when it was decided
     * @param keptVolume claim that holds commits which the leader does not have; yours to delete
     */
    public record Rebuild(
            @Nullable String reason,
            @Nullable Integer attempts,
            @Nullable String at,
            @Nullable String keptVolume) {}

    /**
     * The end of following.
     *
     * @param lsn what it had replayed when it was decided: its own history begins at or after it
     * @param timeline the leader's
     * @param epoch in which it is the primary of its own data
     * @param at RFC 3339
     */
    public record Unfollowed(
            @Nullable String lsn,
            @Nullable Integer timeline,
            @Nullable Long epoch,
            @Nullable String at) {}

    /** Seconds from the request to the end of each step, by the operator's clock. */
    public record Timings(
            @Nullable Double attached,
            @Nullable Double cut,
            @Nullable Double bound,
            @Nullable Double streaming) {}
}
