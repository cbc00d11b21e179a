package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a fork.
 *
 * @param method how the first bytes come: {@code snapshot}
 * @param requestedAt RFC 3339, when the operator first saw the fork; the zero of {@code timings}
 * @param cutAttempt number of the snapshot, from 1: a cut that turned out unsafe is discarded and cut again
 * @param effective the instance block with everything inherited filled in
 * @param expiresAt RFC 3339, when its time to live ends; {@code null}: it has none, or has not been ready yet
 * @param expiredAt RFC 3339, when it was decided to delete its data; whatever the clock or the spec say later
 * @param suspended {@code null}: it is to run
 * @param reset the last command of {@code spec.resetAt} that was handled
 * @param divergedBytes WAL that it has written since it left its source's history: about what it has changed, as of
 *     some minutes ago at most
 * @param next what a reset is making; {@code null}: none runs
 * @param sanitize the steps that apply, and how far they are; noted before the cut
 * @param sanitizedBy the steps that the data have passed, in this fork and in those that it comes from
 * @param forks what its source demanded of forks when it was cut; {@code null} with a cut: forks in its own namespace
 *     only
 * @param configuration {@code null}: its server was not seen to run yet
 */
public record PostgresForkStatus(
        @Nullable ForkPhase phase,
        @Nullable List<Condition> conditions,
        @Nullable Long observedGeneration,
        @Nullable InstanceStatus instance,
        @Nullable BindingStatus binding,
        @Nullable SourceStatus source,
        @Nullable String method,
        @Nullable String requestedAt,
        @Nullable Integer cutAttempt,
        @Nullable Timings timings,
        @Nullable EffectiveSettings effective,
        @Nullable String expiresAt,
        @Nullable String expiredAt,
        @Nullable Suspension suspended,
        @Nullable ResetStatus reset,
        @Nullable NextGeneration next,
        @Nullable Long divergedBytes,
        @Nullable @Size(max = MOST_STEPS) List<SanitizeStepStatus> sanitize,
        @Nullable List<SanitizedBy> sanitizedBy,
        @Nullable InheritedForkRules forks,
        @Nullable ConfigurationStatus configuration) {

    /** Of the source and of its own. */
    private static final int MOST_STEPS = 40;

    public static final PostgresForkStatus EMPTY = new PostgresForkStatus(
            null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
            null, null, null);

    /** The same with other settings noted. */
    public PostgresForkStatus withConfiguration(@Nullable ConfigurationStatus noted) {
        return new PostgresForkStatus(
                phase,
                conditions,
                observedGeneration,
                instance,
                binding,
                source,
                method,
                requestedAt,
                cutAttempt,
                timings,
                effective,
                expiresAt,
                expiredAt,
                suspended,
                reset,
                next,
                divergedBytes,
                sanitize,
                sanitizedBy,
                forks,
                noted);
    }

    /** Whether its source is being cut, or prepared for that: it must not go now. */
    @JsonIgnore
    public boolean isCutting() {
        return phase == ForkPhase.Cutting
                || (next != null && (next.source() == null || next.source().cutTime() == null));
    }

    /**
     * Where the data comes from.
     *
     * @param instance uid of the resource whose volume was cut: of a database whose primary is a follower, that one's
     * @param volume PersistentVolumeClaim that is cut: a fork that is reset meanwhile has another one
     * @param lsnBefore end of a committed WAL record written just before the cut; of a follower, which writes none:
     *     what it had replayed. The fork is proved to be past it
     * @param lsn where the fork left the source's history: the switch point of its new timeline
     * @param timeline the source's timeline when it was cut
     * @param cutTime RFC 3339, when the snapshot was taken
     * @param freshness how old its data was when it was cut; {@code null}: the source was a primary, and had everything
     */
    public record SourceStatus(
            @Nullable String kind,
            @Nullable String name,
            @Nullable String namespace,
            @Nullable String uid,
            @Nullable String instance,
            @Nullable String volume,
            @Nullable String lsnBefore,
            @Nullable String lsn,
            @Nullable Integer timeline,
            @Nullable String cutTime,
            @Nullable Freshness freshness) {}

    /**
     * What a follower had of its leader's data just before it was cut. The fork has at least that: it replays what the
     * follower had only received, too.
     *
     * @param leader name of the resource that it followed
     * @param missingBytes WAL that the leader had written and the follower had not received, as far as the follower
     *     knew
     * @param lastCommit RFC 3339, when the latest transaction that the follower had replayed was committed on the
     *     leader; {@code null}: it had replayed none since it started
     */
    public record Freshness(
            @Nullable String leader,
            @Nullable Long missingBytes,
            @Nullable String lastCommit) {}

    /**
     * The rest of an instance without a pod.
     *
     * @param since RFC 3339
     * @param lsn end of a committed WAL record written just before its server was stopped: a fork that is made of it
     *     meanwhile is proved to be past it; {@code null}: the server did not answer then
     * @param timeline the server's then
     */
    public record Suspension(
            @Nullable String since,
            @Nullable String lsn,
            @Nullable Integer timeline) {}

    /**
     * A generation that is being made beside the present one: what the fields of the same names say of that.
     *
     * @param conditions those that are about the copy
     * @param instance with its number
     */
    public record NextGeneration(
            @Nullable List<Condition> conditions,
            @Nullable InstanceStatus instance,
            @Nullable SourceStatus source,
            @Nullable String requestedAt,
            @Nullable Integer cutAttempt,
            @Nullable Timings timings,
            @Nullable EffectiveSettings effective,
            @Nullable @Size(max = MOST_STEPS) List<SanitizeStepStatus> sanitize,
            @Nullable List<SanitizedBy> sanitizedBy,
            @Nullable InheritedForkRules forks) {}

    /**
     * Seconds from the request to the end of each step, by the operator's clock.
     *
     * @param sanitized {@code null} also where there are no sanitize steps
     */
    public record Timings(
            @Nullable Double cut,
            @Nullable Double bound,
            @Nullable Double started,
            @Nullable Double recovered,
            @Nullable Double sanitized,
            @Nullable Double ready) {}
}
