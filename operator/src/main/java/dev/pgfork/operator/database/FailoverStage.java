package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.database.ChangeoverPlan.End;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.SynchronousReport;
import dev.pgfork.operator.postgres.TimelineHistory;
import dev.pgfork.operator.postgres.TimelineHistory.Branch;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The part of a database's plan that watches over its primary: keeps on record how far it is, for whom its commits wait
 * and since when it is down, and begins a failover where {@link FailoverTrigger} says so.
 */
final class FailoverStage {
    /** Obstacles to a promotion that may pass while it waits. */
    private static final Set<String> PASSING = Set.of("TargetNotReady", "FollowersNotSeen", "NoFollower");

    /** Longer than a pod takes to come back. */
    private static final Duration UNSEEN = Duration.ofSeconds(60);

    /** Longer than a pod takes to be replaced: to stop, with a checkpoint, and to be started. */
    private static final Duration REPLACEMENT = Duration.ofMinutes(2);

    /** Until it is known for whom commits wait, a failover cannot tell what it loses. */
    private static final Duration UNTIL_PROMISED = Duration.ofSeconds(2);

    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private FailoverStage() {}

    /** Writes down what a later failover needs to know; the draft's Ready condition is decided already. */
    static void watch(PostgresDatabase resource, DatabaseStatusDraft draft, DatabaseObservation seen, Instant now) {
        draft.lastSeen = LastSeen.of(draft.lastSeen, position(draft, seen, now), now);
        draft.outage = isReplaced(resource, draft, seen, now)
                ? null
                : PrimaryHealth.outage(
                        draft.outage,
                        seen.failover()
                                .map(FailoverObservation::health)
                                .orElseGet(() -> new PrimaryHealth.Unseen("It was not looked at")),
                        now);
        var members = seen.members().all().stream()
                .filter(member -> !member.isDeleting())
                .map(member -> member.name())
                .filter(name -> !name.equals(draft.primary))
                .toList();
        var wanted = resource.getSpec().synchronous();
        var commit = SynchronousCommit.of(wanted, members, streaming(seen), draft.synchronous, progress(draft, seen));
        draft.synchronous = wanted == null && draft.synchronous == null ? null : commit.status();
        commit.finding()
                .ifPresent(finding ->
                        draft.conditions.set("Synchronous", finding.value(), finding.reason(), finding.message()));
    }

    /** A new pod of the primary is on its way, by this operator's own wish, and need not be late yet. */
    private static boolean isReplaced(
            PostgresDatabase resource, DatabaseStatusDraft draft, DatabaseObservation seen, Instant now) {
        var own = resource.getMetadata().getName();
        var said = draft.isPrimary(own)
                ? draft.conditions.before(PodReplacement.CONDITION)
                : seen.members().member(String.valueOf(draft.primary)).flatMap(Member::podCurrent);
        return PodReplacement.replacingSince(said)
                .filter(since -> now.isBefore(since.plus(REPLACEMENT)))
                .isPresent();
    }

    /** How soon the record of the primary's position is to be renewed; empty: nobody could take over. */
    static Optional<Duration> nextLook(DatabaseStatusDraft draft, DatabaseObservation seen) {
        var promised = draft.synchronous == null || draft.synchronous.inForce();
        return seen.members().senders().map(report -> promised ? LastSeen.WHILE_WRITING : UNTIL_PROMISED);
    }

    /** @return when to look again; empty: there is nothing to wait for */
    static Optional<Duration> begin(
            PostgresDatabase resource, DatabaseStatusDraft draft, DatabaseObservation seen, Instant now) {
        if (draft.changeover != null || draft.primary == null || seen.failover().isEmpty()) {
            return Optional.empty();
        }
        var situation = situation(resource, draft, seen.failover().get());
        var trigger = FailoverTrigger.automatic(resource.getSpec().failover(), situation, draft.epoch + 1, now);
        return switch (trigger) {
            case FailoverTrigger.Nothing() -> {
                if (situation.health() instanceof PrimaryHealth.Unseen(var message)
                        && draft.downSince(now).plus(UNSEEN).isBefore(now)) {
                    draft.conditions.stalled("PrimaryNotSeen", unseen(message));
                }
                yield Optional.empty();
            }
            case FailoverTrigger.NotYet(var in) -> Optional.of(in);
            case FailoverTrigger.Hindered(var reason, var message) -> {
                draft.conditions.stalled(reason, "The primary is down, and no follower takes its place: " + message);
                yield Optional.empty();
            }
            case FailoverTrigger.Begin(var changeover) -> {
                draft.changeover = changeover;
                yield Optional.of(AT_ONCE);
            }
        };
    }

    private static String unseen(String message) {
        return message
                + (". It may accept writes all the same, so nobody takes its place. Once you know that its server runs"
                                + " nowhere, delete its Node or taint it %s, or set spec.promote with"
                                + " fencedExternally: true")
                        .formatted(NodeState.TAINT);
    }

    /**
     * A promotion that waits for a primary that is down.
     *
     * @return empty: it goes on as planned
     */
    static Optional<ChangeoverPlan> turn(
            PostgresDatabase resource,
            DatabaseStatusDraft draft,
            ChangeoverStatus changeover,
            DatabaseObservation seen,
            Instant now) {
        var command = resource.getSpec().promote();
        if (changeover.failover() != null
                || changeover.step() != ChangeoverStep.Waiting
                || command == null
                || seen.failover().isEmpty()) {
            return Optional.empty();
        }
        var situation = situation(resource, draft, seen.failover().get());
        return switch (FailoverTrigger.ordered(changeover, command, situation, now)) {
            case FailoverTrigger.Nothing() -> Optional.empty();
            case FailoverTrigger.NotYet(var in) ->
                Optional.of(ChangeoverPlan.wait(changeover.because(
                        "PrimaryNotReady",
                        "Instance %s is down; it may be just restarting".formatted(changeover.from()))));
            case FailoverTrigger.Hindered(var reason, var message) -> {
                var why = changeover.because(reason, message);
                var late = Instant.parse(changeover.startedAt())
                        .plus(ChangeoverPlanner.WAIT_FOR_TARGET)
                        .isBefore(now);
                yield Optional.of(
                        PASSING.contains(reason) && !late
                                ? ChangeoverPlan.wait(why)
                                : ChangeoverPlan.end(why, End.REFUSED));
            }
            case FailoverTrigger.Begin(var begun) -> Optional.of(ChangeoverPlan.wait(begun));
        };
    }

    /** What {@link FailoverPlanner} decides from. */
    static FailoverPlanner.Sight sight(PostgresDatabase resource, DatabaseStatusDraft draft, DatabaseObservation seen) {
        return new FailoverPlanner.Sight(
                seen.failover().orElseThrow(),
                SynchronousCommit.quorum(resource.getSpec().synchronous(), draft.synchronous),
                seen.changeover().orElseThrow());
    }

    private static FailoverTrigger.Situation situation(
            PostgresDatabase resource, DatabaseStatusDraft draft, FailoverObservation seen) {
        var quorum = SynchronousCommit.quorum(resource.getSpec().synchronous(), draft.synchronous);
        return new FailoverTrigger.Situation(
                String.valueOf(draft.primary),
                seen.health(),
                draft.outage,
                seen.node(),
                // Whoever does not answer yet is waited for after the fence.
                new FollowerChoice.Field(draft.lastSeen, seen.followers(), quorum, false));
    }

    private static Optional<PrimaryPosition> position(
            DatabaseStatusDraft draft, DatabaseObservation seen, Instant now) {
        var server =
                seen.members().primary().flatMap(primary -> primary.server().found());
        return seen.members()
                .senders()
                .filter(report -> draft.primary != null && server.isPresent())
                .map(report -> new PrimaryPosition(
                        String.valueOf(draft.primary),
                        report.current().toString(),
                        report.timeline(),
                        server.get().systemIdentifier(),
                        now.truncatedTo(ChronoUnit.SECONDS).toString(),
                        seen.members()
                                .member(String.valueOf(draft.primary))
                                .flatMap(Member::node)
                                .orElse(null),
                        seen.members()
                                .history()
                                .flatMap(TimelineHistory::origin)
                                .map(Branch::text)
                                .orElse(null),
                        null));
    }

    private static Looked<Set<String>> streaming(DatabaseObservation seen) {
        return switch (seen.members().replication()) {
            case Looked.Found<ReplicationReport>(ReplicationReport.Primary report) ->
                new Looked.Found<>(report.senders().stream()
                        .filter(sender -> sender.state().equals("streaming"))
                        .map(ReplicationReport.Sender::applicationName)
                        .collect(Collectors.toSet()));
            case Looked.Found<ReplicationReport> standby -> new Looked.Unknown<>("the primary is in recovery");
            case Looked.Absent<ReplicationReport> absent ->
                seen.members().followers().isEmpty()
                        ? new Looked.Found<>(Set.of())
                        : new Looked.Unknown<>("the primary does not answer");
            case Looked.Unknown<ReplicationReport>(String reason) -> new Looked.Unknown<>(reason);
        };
    }

    /**
     * The primary itself says with which names it runs. They promise something from when so many of them have all that
     * was acknowledged before.
     */
    private static SynchronousCommit.Progress progress(DatabaseStatusDraft draft, DatabaseObservation seen) {
        var before = draft.synchronous;
        if (before == null) {
            return SynchronousCommit.Progress.WRITTEN;
        }
        if (!(seen.members().synchronous() instanceof Looked.Found<SynchronousReport>(SynchronousReport report))
                || report.names() == null) {
            return before.inForce() ? SynchronousCommit.Progress.IN_FORCE : SynchronousCommit.Progress.WRITTEN;
        }
        var names = String.join(", ", SynchronousCommit.parts(before, String.valueOf(draft.primary)));
        if (!report.names().equals(names)) {
            return SynchronousCommit.Progress.WRITTEN;
        }
        var confirmed =
                before.members().stream().filter(report.confirmed()::contains).count();
        return before.inForce() || confirmed >= before.required()
                ? SynchronousCommit.Progress.IN_FORCE
                : SynchronousCommit.Progress.SET;
    }
}
