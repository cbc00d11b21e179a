package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.BindingStatus;
import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.InheritedForkRules;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.Freshness;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.NextGeneration;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.SourceStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.Suspension;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.Timings;
import dev.pgfork.api.v1alpha1.ResetStatus;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.action.VolumePlanner;
import dev.pgfork.operator.cut.CopyConditions;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SourceVolume;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The status of a fork while the planner decides it: starts as the last one and ends as the next. */
final class ForkStatusDraft {
    private static final InstanceStatus NO_INSTANCE = new InstanceStatus(null, null, null, null, null, null, null);
    private static final SourceStatus NO_SOURCE =
            new SourceStatus(null, null, null, null, null, null, null, null, null, null, null);
    private static final Timings NO_TIMINGS = new Timings(null, null, null, null, null, null);

    /** Bytes of WAL: one segment. */
    private static final long NEWS = 16L << 20;

    private final PostgresForkStatus before;
    private final @Nullable Long generation;
    private final Instant now;
    private final Instant requestedAt;
    private final PostgresFork fork;
    private final @Nullable String ttl;
    final Conditions conditions;
    final SanitizingDraft sanitizing;

    /**
     * Whether this generation is made beside one that may serve: what all generations share is not its own to touch.
     */
    boolean beside;

    ForkPhase phase = ForkPhase.Pending;
    InstanceStatus instance;

    @Nullable
    BindingStatus binding;

    SourceStatus source;
    int cutAttempt;
    Timings timings;

    @Nullable
    EffectiveSettings effective;

    /** When its data was given up; {@code null}: it was not. */
    @Nullable
    Instant expiredAt;

    @Nullable
    Suspension suspended;

    @Nullable
    ResetStatus reset;

    @Nullable
    NextGeneration next;

    private @Nullable InheritedForkRules forks;

    @Nullable
    ConfigurationStatus configuration;

    private @Nullable Long divergedBytes;

    /** Whether what is waited for does not come by waiting. */
    boolean needsSomebody;

    ForkStatusDraft(PostgresFork fork, Instant now) {
        this(fork, Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY), now);
        CopyConditions.keep(conditions);
        SanitizingDraft.keep(conditions);
        conditions.keep(ParameterChange.CONDITION);
        VolumePlanner.keep(conditions);
        PodReplacement.keep(conditions);
    }

    /** Begins as planned already; whether the fork serves is still to be said. */
    static ForkStatusDraft upon(PostgresFork fork, PostgresForkStatus planned, Instant now) {
        var draft = new ForkStatusDraft(fork, planned, now);
        draft.conditions.adopt(planned.conditions());
        draft.phase = Objects.requireNonNullElse(planned.phase(), ForkPhase.Pending);
        return draft;
    }

    private ForkStatusDraft(PostgresFork fork, PostgresForkStatus planned, Instant now) {
        before = planned;
        var last = fork.getStatus() == null ? null : fork.getStatus().conditions();
        generation = fork.getMetadata().getGeneration();
        this.now = now;
        requestedAt = before.requestedAt() == null ? now : Instant.parse(before.requestedAt());
        conditions = new Conditions(last, Objects.requireNonNullElse(generation, 0L), now);
        instance = Objects.requireNonNullElse(before.instance(), NO_INSTANCE);
        configuration = before.configuration();
        binding = before.binding();
        source = Objects.requireNonNullElse(before.source(), NO_SOURCE);
        cutAttempt = Objects.requireNonNullElse(before.cutAttempt(), 1);
        timings = Objects.requireNonNullElse(before.timings(), NO_TIMINGS);
        effective = before.effective();
        expiredAt = before.expiredAt() == null ? null : Instant.parse(before.expiredAt());
        suspended = before.suspended();
        reset = before.reset();
        next = before.next();
        divergedBytes = before.divergedBytes();
        ttl = fork.getSpec().ttl();
        forks = before.forks();
        sanitizing = new SanitizingDraft(fork, before);
        this.fork = fork;
    }

    /** What is cut is settled: the source, its position, and all that the fork inherits. */
    void cutting(SourceInstance from, SourceVolume volume, CutPreparation done, EffectiveSettings settings) {
        var template = from.template().orElseThrow();
        var owner = template.owner();
        var safety = done.safety();
        var standby = done.standby();
        source = new SourceStatus(
                owner.kind(),
                owner.name(),
                owner.namespace(),
                owner.uid(),
                from.instance().uid(),
                volume.claim(),
                Objects.requireNonNull(done.marker(), "there unless there is an objection")
                        .toString(),
                null,
                safety.timeline(),
                null,
                standby == null ? null : freshness(template, standby));
        instance = new InstanceStatus(
                settings.image(), null, safety.systemIdentifier(), null, null, ForkResources.FIRST_EPOCH, generation());
        effective = settings;
        sanitizing.begin(from.rules().stepsOf(fork, settings), from.rules().passed());
        inherit(from.consent());
    }

    /** What is demanded of forks of it. */
    void inherit(ForkConsent demanded) {
        forks = demanded.noted();
    }

    private static Freshness freshness(InstanceTemplate from, Standby standby) {
        var last = standby.lastCommit();
        return new Freshness(
                from.membership().authority().name(), standby.missing(), last == null ? null : last.toString());
    }

    static InstanceStatus ofGeneration(int generation) {
        return new InstanceStatus(null, null, null, null, null, null, generation);
    }

    /** The cut turned out unsafe: everything that was noted for it is void. */
    void discardCut() {
        source = NO_SOURCE;
        instance = generation() == InstanceNames.FIRST_GENERATION ? NO_INSTANCE : ofGeneration(generation());
        effective = null;
        sanitizing.begin(List.of(), List.of());
        forks = null;
        CopyConditions.drop(conditions);
        cutAttempt++;
    }

    void cut(Instant cutTime) {
        source = new SourceStatus(
                source.kind(),
                source.name(),
                source.namespace(),
                source.uid(),
                source.instance(),
                source.volume(),
                source.lsnBefore(),
                source.lsn(),
                source.timeline(),
                cutTime.toString(),
                source.freshness());
        timings = new Timings(
                sinceRequest(now),
                timings.bound(),
                timings.started(),
                timings.recovered(),
                timings.sanitized(),
                timings.ready());
    }

    void leftHistoryAt(@Nullable String switchPoint) {
        source = new SourceStatus(
                source.kind(),
                source.name(),
                source.namespace(),
                source.uid(),
                source.instance(),
                source.volume(),
                source.lsnBefore(),
                switchPoint == null ? source.lsn() : switchPoint,
                source.timeline(),
                source.cutTime(),
                source.freshness());
    }

    void bound() {
        if (timings.bound() == null) {
            timings = new Timings(
                    timings.cut(),
                    sinceRequest(now),
                    timings.started(),
                    timings.recovered(),
                    timings.sanitized(),
                    timings.ready());
        }
    }

    void started(@Nullable Instant at, @Nullable Instant recovered) {
        timings = new Timings(
                timings.cut(),
                timings.bound(),
                timings.started() == null && at != null ? (Double) sinceRequest(at) : timings.started(),
                timings.recovered() == null && recovered != null
                        ? (Double) sinceRequest(recovered)
                        : timings.recovered(),
                timings.sanitized(),
                timings.ready());
    }

    /** Its data have passed all steps that there were. */
    void sanitized() {
        if (timings.sanitized() == null) {
            timings = new Timings(
                    timings.cut(),
                    timings.bound(),
                    timings.started(),
                    timings.recovered(),
                    sinceRequest(now),
                    timings.ready());
        }
    }

    void ready() {
        if (timings.ready() == null) {
            timings = new Timings(
                    timings.cut(),
                    timings.bound(),
                    timings.started(),
                    timings.recovered(),
                    timings.sanitized(),
                    sinceRequest(now));
        }
    }

    Instant now() {
        return now;
    }

    Instant requestedAt() {
        return requestedAt;
    }

    int generation() {
        return Objects.requireNonNullElse(instance.generation(), InstanceNames.FIRST_GENERATION);
    }

    /**
     * How far it has left its source behind. A small change is no news: it would write the status again and again.
     *
     * @param written end of its WAL
     */
    void diverged(Lsn written) {
        if (source.lsn() == null) {
            return;
        }
        var bytes = Math.max(0, written.minus(Lsn.parse(source.lsn())));
        if (divergedBytes == null || Math.abs(bytes - divergedBytes) >= NEWS) {
            divergedBytes = bytes;
        }
    }

    /** That a reset is making; none or one. */
    Set<Integer> nextGeneration() {
        return next == null || next.instance() == null || next.instance().generation() == null
                ? Set.of()
                : Set.of(next.instance().generation());
    }

    boolean wasReady() {
        return timings.ready() != null;
    }

    /** @return empty: it has none, or has not been ready yet */
    Optional<TimeToLive> timeToLive() {
        var ready = timings.ready();
        return TimeToLive.of(ttl, ready == null ? null : requestedAt.plusMillis(Math.round(ready * 1000)));
    }

    /** Of one that has expired it is history, whatever the spec says now. */
    private @Nullable String expiresAt() {
        return before.expiredAt() != null && expiredAt != null
                ? before.expiresAt()
                : timeToLive().map(time -> time.end().toString()).orElse(null);
    }

    PostgresForkStatus build() {
        return new PostgresForkStatus(
                phase,
                conditions.list(),
                generation,
                instance.equals(NO_INSTANCE) ? null : instance,
                binding,
                source.equals(NO_SOURCE) ? null : source,
                "snapshot",
                requestedAt.toString(),
                cutAttempt,
                timings.equals(NO_TIMINGS) ? null : timings,
                effective,
                expiresAt(),
                expiredAt == null ? null : expiredAt.toString(),
                suspended,
                reset,
                next,
                divergedBytes,
                sanitizing.steps(),
                sanitizing.passed(),
                forks,
                configuration);
    }

    private double sinceRequest(Instant at) {
        return Duration.between(requestedAt, at).toMillis() / 1000.0;
    }
}
