package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.Origin;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import dev.pgfork.operator.status.Conditions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the status of a masked copy tells about its use and its age. */
record MaskedCopyState(PostgresFork copy, PostgresForkStatus status) {

    static MaskedCopyState of(PostgresFork copy) {
        return new MaskedCopyState(copy, Objects.requireNonNullElse(copy.getStatus(), PostgresForkStatus.EMPTY));
    }

    /** Whether forks can be made of it: it is stopped, its position is noted, and it has passed all these. */
    boolean isUsable(List<SanitizeStep> demanded) {
        var suspended = status.suspended();
        return (status.phase() == ForkPhase.Suspended || status.phase() == ForkPhase.Resetting)
                && suspended != null
                && suspended.lsn() != null
                && hasPassed(demanded);
    }

    /** Whether it is as it is to be, but for what its data have passed. */
    boolean rests() {
        return status.phase() == ForkPhase.Suspended;
    }

    boolean hasPassed(List<SanitizeStep> demanded) {
        var passed = Objects.requireNonNullElse(status.sanitizedBy(), List.<SanitizedBy>of());
        var namespace = copy.getMetadata().getNamespace();
        return demanded.stream().allMatch(step -> passed.stream().anyMatch(by -> by.isOfSource(namespace, step)));
    }

    /** Whether it was told to be made again and has not said how that ended. */
    boolean isRefreshing(Instant now) {
        var told = copy.getSpec().resetAt();
        if (status.next() != null) {
            return true;
        }
        var handled = status.reset();
        return told != null
                && !Instant.parse(told).isAfter(now)
                && (handled == null
                        || handled.outcome() == null
                        || Instant.parse(handled.at()).isBefore(Instant.parse(told)));
    }

    /**
     * When it was last seen that making it again, or making it at all, comes to nothing. Of other steps than it has
     * tried nobody knows.
     */
    Optional<Instant> failedAt(List<SanitizeStep> demanded) {
        var refused = Optional.ofNullable(status.reset())
                .filter(reset -> reset.outcome() != null && reset.outcome() != Outcome.Done)
                .map(reset -> Instant.parse(reset.at()));
        if (refused.isPresent()) {
            return refused;
        }
        if (!wasReady()) {
            return cutTime().filter(any -> isNoted(demanded));
        }
        return isWithoutPosition() ? handledAt().or(this::cutTime) : Optional.empty();
    }

    Optional<Instant> handledAt() {
        return Optional.ofNullable(status.reset()).map(reset -> Instant.parse(reset.at()));
    }

    /** Of what time its data are; empty: it has none yet. */
    Optional<Instant> cutTime() {
        return Optional.ofNullable(status.source())
                .map(PostgresForkStatus.SourceStatus::cutTime)
                .map(Instant::parse);
    }

    /** Whether waiting does not make it usable, as far as anybody can tell. */
    boolean isStuck(List<SanitizeStep> demanded) {
        if (status.phase() == ForkPhase.Expired) {
            return true;
        }
        if (cutTime().isEmpty()) {
            return false;
        }
        if (wasReady()) {
            return !hasPassed(demanded) || isWithoutPosition() || "VolumeLost".equals(reason());
        }
        // The schema that a mask is for may have come after the cut.
        return Conditions.isTrue(status.conditions(), Conditions.STALLED)
                && ("SanitizeFailed".equals(reason()) || !isNoted(demanded));
    }

    private boolean wasReady() {
        return status.timings() != null && status.timings().ready() != null;
    }

    /** Its server did not answer when it was stopped: no fork could be proved to have all of it. */
    private boolean isWithoutPosition() {
        var suspended = status.suspended();
        return status.phase() == ForkPhase.Suspended && suspended != null && suspended.lsn() == null;
    }

    private boolean isNoted(List<SanitizeStep> demanded) {
        var noted = Objects.requireNonNullElse(status.sanitize(), List.<SanitizeStepStatus>of()).stream()
                .filter(step -> step.origin() == Origin.Source)
                .map(SanitizeStepStatus::step)
                .map(MaskedCopyState::essence)
                .toList();
        return noted.equals(demanded.stream().map(MaskedCopyState::essence).toList());
    }

    /** Without what is filled in from elsewhere. */
    private static List<@Nullable Object> essence(@Nullable SanitizeStep step) {
        return step == null
                ? List.of()
                : Arrays.asList(
                        step.name(),
                        step.configMap(),
                        step.secret(),
                        Objects.requireNonNullElse(step.as(), SanitizeStep.As.Owner),
                        step.runsAsOneTransaction());
    }

    /** CamelCase, of its own. */
    String reason() {
        return Conditions.summary(status.conditions())
                .map(condition -> condition.getReason())
                .orElse("Pending");
    }

    /** What its last reset said. */
    String lastReset() {
        var reset = status.reset();
        return reset == null || reset.outcome() == Outcome.Done || reset.message() == null
                ? "nothing is known of an attempt"
                : reset.message();
    }

    String message() {
        return Conditions.whyNotReady(status.conditions());
    }
}
