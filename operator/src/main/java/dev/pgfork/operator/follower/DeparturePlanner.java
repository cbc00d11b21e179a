package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.StayingFollowers;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.standby.KeptVolumes;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyObservation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is left to do before a deleted follower may vanish: pod; role and slot on whoever is the primary now; volume;
 * snapshot. A volume is not deleted under a running server.
 *
 * <table>
 * <caption>States, first match wins</caption>
 * <tr><th>seen</th><th>done</th></tr>
 * <tr><td>it is unfollowed, and others follow it</td><td>nothing, until they have gone; HasFollowers</td></tr>
 * <tr><td>it is the primary of a leader that stays</td><td>nothing, until another one is; IsPrimary</td></tr>
 * <tr><td>it is the primary, and the status does not say so</td><td>noted, and what follows</td></tr>
 * <tr><td>its leader's primary is changing</td><td>nothing, until that has ended; LeaderChanging</td></tr>
 * <tr><td>StatefulSets, a pod; the slot, and its primary answers</td><td>sets deleted, slot dropped</td></tr>
 * <tr><td>the slot may be there, its primary does not answer</td><td>waited for a minute; then left to the leader's
 * reconciler, with an event</td></tr>
 * <tr><td>the slot cannot be dropped for ten minutes</td><td>the same</td></tr>
 * <tr><td>volumes, and they go with it</td><td>deleted</td></tr>
 * <tr><td>snapshots</td><td>deleted</td></tr>
 * </table>
 *
 * <p>The leader's server goes with the leader: if that is deleted, too, its slots are nobody's concern.
 */
final class DeparturePlanner {
    private static final Duration LOOK_WHILE_DELETING = Duration.ofSeconds(2);
    private static final Duration LOOK_WHILE_PRIMARY = Duration.ofSeconds(30);

    /** A deletion must not wait for ever for somebody else's server. */
    private static final Duration PATIENCE_WITH_PRIMARY = Duration.ofMinutes(1);

    /** One that answers, but does not let the slot be dropped; each attempt may take a minute. */
    private static final Duration PATIENCE_WITH_SLOT = Duration.ofMinutes(10);

    /** Whether role and slot on the primary are gone. */
    private enum SlotState {
        GONE,
        THERE,
        UNKNOWN
    }

    /** @return no wake-up once nothing is left; what it still has to tell is to be told then */
    Plan<PostgresFollowerStatus> plan(PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        draft.phase = FollowerPhase.Deleting;
        draft.streaming = false;
        if (isIndependent(follower, seen, draft)
                && StayingFollowers.holdBack(draft.owner(), seen.following(), draft.conditions)) {
            return new Plan<>(draft.build(), List.of(), Optional.of(LOOK_WHILE_PRIMARY));
        }
        var found = isFoundPrimary(seen, draft);
        if (found) {
            draft.primary();
        }
        if (isNeeded(seen, draft)) {
            var leader = seen.leader().orElseThrow();
            draft.conditions.stalled(
                    "IsPrimary",
                    "It holds the primary of " + leader.describe() + ", and goes only after another one: promote that"
                            + " first, in spec.promote of " + leader.describe());
            return new Plan<>(draft.build(), List.of(), Optional.of(LOOK_WHILE_PRIMARY));
        }
        if (mayBecomeNeeded(seen, draft)) {
            draft.conditions.reconciling(
                    "LeaderChanging",
                    "The primary of " + seen.leader().orElseThrow().describe()
                            + " is changing, perhaps to this follower; it goes after that");
            return new Plan<>(draft.build(), List.of(), Optional.of(LOOK_WHILE_PRIMARY));
        }
        draft.conditions.reconciling("Deleting", "The follower is being deleted");
        var slot = slot(seen, draft);
        var givenUp = slot != SlotState.GONE
                && deletedAt(follower, draft).plus(patience(slot)).isBefore(draft.now());
        var actions = new ArrayList<Action>();
        if (found) {
            // Once the pod is gone, and the leader, nobody says so any more.
            actions.add(new Action.PersistIntent());
        }
        actions.addAll(Deletions.of(draft.owner(), seen.sets()));
        if (slot == SlotState.THERE && !givenUp) {
            var pod = seen.primary().orElseThrow().names().pod();
            actions.add(Action.DetachMember.of(draft.owner(), pod));
        }
        if (hasPods(seen) || (slot != SlotState.GONE && !givenUp)) {
            return going(draft, actions);
        }
        var data = Stream.<HasMetadata>concat(volumes(follower, seen, draft).stream(), seen.snapshots())
                .toList();
        if (!data.isEmpty()) {
            // Volumes first: a snapshot cannot go while a claim waits for it.
            Deletions.of(draft.owner(), data.stream()).stream().findFirst().ifPresent(actions::add);
            return going(draft, actions);
        }
        return new Plan<>(draft.build(), givenUp ? List.of(leftBehind(draft)) : List.of(), Optional.empty());
    }

    private static Plan<PostgresFollowerStatus> going(FollowerStatusDraft draft, List<Action> actions) {
        return new Plan<>(draft.build(), actions, Optional.of(LOOK_WHILE_DELETING));
    }

    private static boolean isNeeded(StandbyObservation seen, FollowerStatusDraft draft) {
        return seen.leader()
                .filter(leader -> leader.primary().equals(draft.owner().name()) && remains(leader, seen))
                .isPresent();
    }

    /** Whoever is about to be promoted may hold the only copy of what clients write next. */
    private static boolean mayBecomeNeeded(StandbyObservation seen, FollowerStatusDraft draft) {
        return draft.unfollowed == null
                && seen.leader()
                        .filter(leader -> leader.changing() && remains(leader, seen))
                        .isPresent();
    }

    /** A leader that is deleted serves on while others hold it back: its primary holds what its clients write. */
    private static boolean remains(LeaderInstance leader, StandbyObservation seen) {
        return !leader.isDeleting() || StayingFollowers.isHeldBack(seen.members());
    }

    /** The status says what was so when it was written; a promotion may have come after that. */
    private static boolean isFoundPrimary(StandbyObservation seen, FollowerStatusDraft draft) {
        return !draft.isPrimary()
                && (seen.leader()
                                .filter(leader ->
                                        leader.primary().equals(draft.owner().name()))
                                .isPresent()
                        || seen.instance()
                                .server()
                                .found()
                                .filter(report -> !report.inRecovery())
                                .isPresent()
                        || seen.instance()
                                .script()
                                .found()
                                .filter(script -> script.role().equals(FollowerStatusDraft.PRIMARY))
                                .isPresent());
    }

    private static SlotState slot(StandbyObservation seen, FollowerStatusDraft draft) {
        var concernsNobody = draft.slot == null
                || seen.leader().filter(leader -> !leader.isDeleting()).isEmpty();
        if (concernsNobody) {
            return SlotState.GONE;
        }
        return switch (seen.replication().primary()) {
            case Looked.Found<ReplicationReport>(ReplicationReport report) ->
                report.slot(seen.replication().slot()).isPresent() ? SlotState.THERE : SlotState.GONE;
            case Looked.Absent<ReplicationReport> absent -> SlotState.UNKNOWN;
            case Looked.Unknown<ReplicationReport> unknown -> SlotState.UNKNOWN;
        };
    }

    private static Duration patience(SlotState slot) {
        return slot == SlotState.UNKNOWN ? PATIENCE_WITH_PRIMARY : PATIENCE_WITH_SLOT;
    }

    private static Action leftBehind(FollowerStatusDraft draft) {
        return new Action.Announce(new Notice(
                draft.owner(),
                Notice.Type.Warning,
                "SlotLeftBehind",
                "Replication slot " + draft.slot + " could not be taken from the primary, which does not answer or"
                        + " refuses. The leader drops it as soon as it can"));
    }

    private static boolean hasPods(StandbyObservation seen) {
        return seen.instance().statefulSet().isPresent()
                || seen.instance().pod().isPresent()
                || !seen.olderSets().isEmpty();
    }

    /** Those that go with it. One that was kept because it may hold what the primary lacks never does. */
    private static List<PersistentVolumeClaim> volumes(
            PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        if (policy(follower, seen, draft) == DeletionPolicy.Retain) {
            return List.of();
        }
        return seen.volumes().filter(claim -> !KeptVolumes.isKept(claim, draft)).toList();
    }

    /**
     * While it is the primary, its volume is the leader's data, and the leader's rules hold. Once it is unfollowed,
     * nobody else has what was written to it.
     */
    private static DeletionPolicy policy(
            PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        var wanted = follower.getSpec().deletionPolicy();
        if (isIndependent(follower, seen, draft)) {
            return wanted == null ? DeletionPolicy.Retain : wanted;
        }
        if (draft.isPrimary()) {
            return seen.leader().map(LeaderInstance::deletionPolicy).orElse(DeletionPolicy.Retain);
        }
        return wanted == null ? DeletionPolicy.Delete : wanted;
    }

    private static boolean isIndependent(
            PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        return draft.unfollowed != null || StatusLossPlanner.mayBeUnfollowed(follower, seen, draft);
    }

    private static Instant deletedAt(PostgresFollower follower, FollowerStatusDraft draft) {
        var text = follower.getMetadata().getDeletionTimestamp();
        return text == null ? draft.now() : Instant.parse(text);
    }
}
