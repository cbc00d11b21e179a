package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.BindingStatus;
import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.Freshness;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.SourceStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus.Timings;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.cut.CopyConditions;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.status.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The status of a fork while the planner decides it: starts as the last one and ends as the next. */
final class ForkStatusDraft {
    private static final InstanceStatus NO_INSTANCE = new InstanceStatus(null, null, null, null, null, null, null);
    private static final SourceStatus NO_SOURCE =
            new SourceStatus(null, null, null, null, null, null, null, null, null, null);
    private static final Timings NO_TIMINGS = new Timings(null, null, null, null, null);

    private final PostgresForkStatus before;
    private final @Nullable Long generation;
    private final Instant now;
    private final Instant requestedAt;
    final Conditions conditions;

    ForkPhase phase = ForkPhase.Pending;
    InstanceStatus instance;

    @Nullable
    BindingStatus binding;

    SourceStatus source;
    int cutAttempt;
    Timings timings;

    @Nullable
    EffectiveSettings effective;

    ForkStatusDraft(PostgresFork fork, Instant now) {
        before = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        generation = fork.getMetadata().getGeneration();
        this.now = now;
        requestedAt = before.requestedAt() == null ? now : Instant.parse(before.requestedAt());
        conditions = new Conditions(before.conditions(), Objects.requireNonNullElse(generation, 0L), now);
        instance = Objects.requireNonNullElse(before.instance(), NO_INSTANCE);
        binding = before.binding();
        source = Objects.requireNonNullElse(before.source(), NO_SOURCE);
        cutAttempt = Objects.requireNonNullElse(before.cutAttempt(), 1);
        timings = Objects.requireNonNullElse(before.timings(), NO_TIMINGS);
        effective = before.effective();
        CopyConditions.keep(conditions);
    }

    /** What is cut is settled: the source, its position, and all that the fork inherits. */
    void cutting(SourceInstance from, CutPreparation done, EffectiveSettings settings) {
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
                Objects.requireNonNull(done.marker(), "there unless there is an objection")
                        .toString(),
                null,
                safety.timeline(),
                null,
                standby == null ? null : freshness(template, standby));
        instance = new InstanceStatus(
                settings.image(),
                null,
                safety.systemIdentifier(),
                null,
                null,
                ForkResources.FIRST_EPOCH,
                ForkResources.GENERATION);
        effective = settings;
    }

    private static Freshness freshness(InstanceTemplate from, Standby standby) {
        var last = standby.lastCommit();
        return new Freshness(
                from.membership().authority().name(), standby.missing(), last == null ? null : last.toString());
    }

    /** The cut turned out unsafe: everything that was noted for it is void. */
    void discardCut() {
        source = NO_SOURCE;
        instance = NO_INSTANCE;
        effective = null;
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
                source.lsnBefore(),
                source.lsn(),
                source.timeline(),
                cutTime.toString(),
                source.freshness());
        timings = new Timings(
                sinceRequest(now), timings.bound(), timings.started(), timings.recovered(), timings.ready());
    }

    void leftHistoryAt(@Nullable String switchPoint) {
        source = new SourceStatus(
                source.kind(),
                source.name(),
                source.namespace(),
                source.uid(),
                source.instance(),
                source.lsnBefore(),
                switchPoint == null ? source.lsn() : switchPoint,
                source.timeline(),
                source.cutTime(),
                source.freshness());
    }

    void bound() {
        if (timings.bound() == null) {
            timings = new Timings(
                    timings.cut(), sinceRequest(now), timings.started(), timings.recovered(), timings.ready());
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
                timings.ready());
    }

    void ready() {
        if (timings.ready() == null) {
            timings = new Timings(
                    timings.cut(), timings.bound(), timings.started(), timings.recovered(), sinceRequest(now));
        }
    }

    Instant now() {
        return now;
    }

    Instant requestedAt() {
        return requestedAt;
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
                effective);
    }

    private double sinceRequest(Instant at) {
        return Duration.between(requestedAt, at).toMillis() / 1000.0;
    }
}
