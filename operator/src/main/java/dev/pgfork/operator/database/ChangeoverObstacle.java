package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.operator.kube.Looked;
import java.util.Optional;

/**
 * Why a changeover cannot begin, while nothing has been changed yet.
 *
 * @param reason CamelCase
 * @param message for people
 * @param forGood waiting does not help
 */
record ChangeoverObstacle(String reason, String message, boolean forGood) {
    /** Replayed well within the time that clients are without a primary. */
    static final long LITTLE_LAG = 16L << 20;

    static Optional<ChangeoverObstacle> of(ChangeoverStatus changeover, ChangeoverObservation seen) {
        var target = "Instance " + changeover.to();
        if (seen.to() instanceof Looked.Absent<MemberPosition>) {
            return later("TargetNotReady", target + " is not there, or is not running");
        }
        if (seen.to() instanceof Looked.Unknown<MemberPosition>(String reason)) {
            return later("TargetNotReady", target + " cannot be asked: " + reason);
        }
        var from = seen.from().found();
        if (from.isEmpty() || from.get().inRecovery()) {
            return later(
                    "PrimaryNotReady",
                    "Primary " + changeover.from() + " does not serve, so nothing can be moved without loss");
        }
        return between(target, from.get(), seen.to().found().orElseThrow());
    }

    private static Optional<ChangeoverObstacle> between(String target, MemberPosition from, MemberPosition to) {
        if (!to.systemIdentifier().equals(from.systemIdentifier())) {
            return never("OtherDatabase", target + " holds another database");
        }
        if (to.majorVersion() != from.majorVersion()) {
            return never(
                    "OtherMajorVersion",
                    "%s runs Postgres %d and the primary Postgres %d"
                            .formatted(target, to.majorVersion(), from.majorVersion()));
        }
        if (!to.inRecovery()) {
            return never("TargetNotAStandby", target + " accepts writes already, and not the primary's");
        }
        if (!to.streaming() || to.timeline() != from.timeline()) {
            return later("TargetNotStreaming", target + " does not receive the primary's writes");
        }
        if (to.history().isEmpty() || from.history().isEmpty()) {
            return later(
                    "TargetNotReady",
                    "The history of timeline %d of %s, or of the primary, could not be read, so it is not known whether"
                                    .formatted(to.timeline(), target)
                            + " they are the same");
        }
        var parting = to.history().get().partsFrom(from.history().get());
        if (parting.isPresent()) {
            return later(
                    "TargetDiverged",
                    "%s left the primary's history at %s, and its timeline %d is another one than the primary's"
                            .formatted(target, parting.get(), to.timeline()));
        }
        if (to.received().compareTo(from.replayed()) > 0) {
            // It may seem to stream while it waits for the primary to catch up; a promotion would keep what it has.
            return later(
                    "TargetDiverged",
                    "%s has WAL up to %s, and the primary only up to %s: it has commits that the primary does not have"
                            .formatted(target, to.received(), from.replayed()));
        }
        if (!to.ready()) {
            return later("TargetNotReady", target + " is not ready");
        }
        var lag = from.replayed().minus(to.replayed());
        return lag > LITTLE_LAG
                ? later("TargetLags", "%s has %d bytes of WAL to replay yet".formatted(target, lag))
                : Optional.empty();
    }

    private static Optional<ChangeoverObstacle> later(String reason, String message) {
        return Optional.of(new ChangeoverObstacle(reason, message, false));
    }

    private static Optional<ChangeoverObstacle> never(String reason, String message) {
        return Optional.of(new ChangeoverObstacle(reason, message, true));
    }
}
