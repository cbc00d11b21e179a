package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.standby.KeptVolumes;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.standby.StandbyPlans;
import dev.pgfork.operator.status.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A follower that has volumes and a status that knows of none, or of a time before it was unfollowed: it was emptied,
 * by a restored backup or by hand. What is in the volumes is not known either, so they stay, whatever becomes of the
 * follower.
 *
 * <table>
 * <caption>First match wins; the reason is always StatusLost</caption>
 * <tr><th>seen</th><th>phase</th><th>done</th></tr>
 * <tr><td>it is the primary of its leader</td><td>Unavailable, stalled</td><td>nothing</td></tr>
 * <tr><td>it was to be unfollowed, has passwords of its own, or accepts writes</td><td>Unavailable, stalled</td><td>nothing</td></tr>
 * <tr><td>no leader that could be copied</td><td>Unavailable</td><td>nothing: what it has may be all that is
 * left</td></tr>
 * <tr><td>anything else</td><td>Rebuilding</td><td>the next generation after all that there are; the volumes are
 * kept</td></tr>
 * </table>
 */
final class StatusLossPlanner {
    static final String STATUS_LOST = KeptVolumes.STATUS_LOST;

    private final Duration deadline;

    StatusLossPlanner(Duration deadline) {
        this.deadline = deadline;
    }

    /** A volume is made after the seed is noted, and a generation after the first one with its rebuild. */
    static boolean isLost(StandbyObservation seen, FollowerStatusDraft draft) {
        if (draft.unfollowed != null) {
            return false;
        }
        if (isIndependent(seen, draft) && !isPrimary(seen, draft)) {
            return true;
        }
        if (draft.isSeedNoted()) {
            return false;
        }
        var knowsNothing = draft.instance.generation() == null && draft.rebuild == null;
        return isPrimary(seen, draft)
                || (knowsNothing && seen.volumes().findAny().isPresent());
    }

    /** Whether nobody can say any more that it was not unfollowed. */
    static boolean mayBeUnfollowed(PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        return isLost(seen, draft)
                && (Boolean.TRUE.equals(follower.getSpec().unfollow()) || isIndependent(seen, draft));
    }

    /** Only what has left its leader has passwords of its own: a status from before that may have been restored. */
    private static boolean isIndependent(StandbyObservation seen, FollowerStatusDraft draft) {
        return seen.instance()
                .roles()
                .filter(roles -> Credentials.areOwn(draft.owner(), roles))
                .isPresent();
    }

    Plan<PostgresFollowerStatus> plan(PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        if (isPrimary(seen, draft)) {
            return stopped(
                    draft,
                    "It is the primary of " + seen.leader().orElseThrow().describe()
                            + ", but its status is lost, so its objects are left as they are. Promote another member,"
                            + " and make this follower again");
        }
        if (mayBeUnfollowed(follower, seen, draft) || acceptsWrites(seen)) {
            return stopped(
                    draft,
                    "It may be a database of its own, but its status is lost, so its objects are left as they are."
                            + " Restore the status from a backup; or dump its data, delete this follower, which leaves"
                            + " its volumes if spec.deletionPolicy is Retain, and load them into a new database");
        }
        var canBeCopied = seen.leader()
                .filter(leader -> leader.serves()
                        && !leader.changing()
                        && !leader.isDeleting()
                        && !leader.isStandby()
                        && seen.primary().isPresent())
                .isPresent();
        if (!canBeCopied) {
            draft.phase = FollowerPhase.Unavailable;
            return StandbyPlans.waiting(
                    draft,
                    Wait.forReason(
                            STATUS_LOST,
                            "Its status is lost, so it gets a new volume once its leader is there and Ready; until then"
                                    + " its objects are left as they are"),
                    draft.begun(),
                    deadline,
                    List.of());
        }
        return rebuild(seen, draft);
    }

    private Plan<PostgresFollowerStatus> stopped(FollowerStatusDraft draft, String message) {
        draft.phase = FollowerPhase.Unavailable;
        return StandbyPlans.waiting(
                draft, new Wait(STATUS_LOST, STATUS_LOST, message, true), draft.now(), deadline, List.of());
    }

    private Plan<PostgresFollowerStatus> rebuild(StandbyObservation seen, FollowerStatusDraft draft) {
        var message = "Its status is lost. It gets a new volume; those that it had are kept, and yours to delete";
        var latest = seen.volumes()
                .map(claim -> claim.getMetadata().getName())
                .max(Comparator.comparingInt(name -> generation(name, draft)))
                .orElse(null);
        draft.generation(Stream.concat(seen.volumes(), seen.sets())
                .mapToInt(object -> generation(object.getMetadata().getName(), draft))
                .max()
                .orElse(0));
        draft.rebuilding(STATUS_LOST, latest);
        draft.phase = FollowerPhase.Rebuilding;
        var actions = new ArrayList<Action>();
        // First: it fails if the status is not lost, but read too early.
        actions.add(new Action.PersistIntent());
        actions.addAll(KeptVolumes.marks(seen, draft));
        actions.addAll(Deletions.of(draft.owner(), seen.sets()));
        actions.add(new Action.Announce(new Notice(
                draft.owner(),
                Notice.Type.Warning,
                "Rebuilding",
                message + " (generation " + draft.generation() + ")")));
        return StandbyPlans.waiting(draft, Wait.forReason(STATUS_LOST, message), draft.now(), deadline, actions);
    }

    /** Names, not labels: two objects of one name cannot be. */
    private static int generation(String name, FollowerStatusDraft draft) {
        var matcher = Pattern.compile(Pattern.quote(draft.owner().name()) + "-g([0-9]{1,9})")
                .matcher(name);
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private static boolean isPrimary(StandbyObservation seen, FollowerStatusDraft draft) {
        return seen.leader()
                .filter(leader -> leader.primary().equals(draft.owner().name()))
                .isPresent();
    }

    private static boolean acceptsWrites(StandbyObservation seen) {
        return seen.instance()
                .server()
                .found()
                .filter(report -> !report.inRecovery())
                .isPresent();
    }
}
