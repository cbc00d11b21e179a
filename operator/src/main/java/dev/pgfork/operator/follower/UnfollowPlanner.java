package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Unfollowed;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.OrphanSlots;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.cut.Inheritance;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.Leftovers;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.standby.StandbyPlans;
import dev.pgfork.operator.status.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A follower becomes a database of its own, once and for ever. It keeps its volume: its pod goes, and the next one
 * finds itself the primary of an epoch that nobody has opened, and goes through quarantine like a fork, onto a timeline
 * of its own. What the follower had replayed is noted before, so that quarantine can prove that nothing of it is
 * missing.
 *
 * <table>
 * <caption>While it follows; first match wins. But for the last it goes on following</caption>
 * <tr><th>seen</th><th>condition Unfollowed</th></tr>
 * <tr><td>it is the primary of its leader</td><td>False, IsPrimary</td></tr>
 * <tr><td>the primary is changing</td><td>False, LeaderChanging</td></tr>
 * <tr><td>it gets another volume</td><td>False, Rebuilding</td></tr>
 * <tr><td>it has not streamed yet</td><td>False, NotFollowingYet</td></tr>
 * <tr><td>its server does not say what it has replayed</td><td>False, NotAnswering</td></tr>
 * <tr><td>anything else</td><td>False, Unfollowing: position, timeline and epoch are noted</td></tr>
 * </table>
 *
 * <table>
 * <caption>Once that is noted; first match wins</caption>
 * <tr><th>seen</th><th>phase</th><th>reason</th><th>done</th></tr>
 * <tr><td>the volume is gone</td><td>Unavailable</td><td>VolumeLost, stalled</td><td>nothing</td></tr>
 * <tr><td>its pod still follows, and it was made the primary</td><td>Unavailable</td><td>IsPrimary</td><td>the note
 * taken back</td></tr>
 * <tr><td>its pod still follows, the primary is changing</td><td>Unfollowing</td><td>LeaderChanging</td><td></td></tr>
 * <tr><td>anything of the leader's in Secrets or template</td><td>Unfollowing</td><td>Unfollowing</td><td>own
 * authority, passwords, certificate; then the template</td></tr>
 * <tr><td>its pod still follows</td><td>Unfollowing</td><td>Unfollowing</td><td>the pod deleted, after that</td></tr>
 * <tr><td>not opened</td><td>Unfollowing</td><td>why</td><td>waited for</td></tr>
 * <tr><td>opened, does not serve</td><td>Unfollowing; Unavailable once it was ready</td><td>why</td><td>its Secret
 * {@code -app}</td></tr>
 * <tr><td>serves</td><td>Ready</td><td>Ready</td><td>role and slot on the leader dropped; of its
 * own followers those that keep WAL for nobody</td></tr>
 * </table>
 *
 * <p>Whether it streams does not matter: a follower of a leader that is gone can still become a database. A changeover
 * does: the note takes it out of the members that may become the primary, and a changeover that has begun is waited
 * for.
 */
final class UnfollowPlanner {
    static final String UNFOLLOWED = "Unfollowed";
    private static final String UNFOLLOWING = "Unfollowing";

    private final InstanceActions instances;
    private final ParameterChange parameters;
    private final PodReplacement pods;
    private final Duration deadline;

    UnfollowPlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.parameters = new ParameterChange(instances, deadline);
        this.pods = new PodReplacement(instances, deadline);
        this.deadline = deadline;
    }

    /** @return empty: it goes on following for now, and the condition in the draft says why */
    Optional<Plan<PostgresFollowerStatus>> begin(StandbyObservation seen, FollowerStatusDraft draft) {
        var obstacle = UnfollowObstacle.of(seen, draft);
        if (obstacle.isPresent()) {
            draft.conditions.set(
                    UNFOLLOWED, false, obstacle.get().reason(), obstacle.get().message());
            return Optional.empty();
        }
        var own = (Standby) seen.replication().own().found().orElseThrow();
        draft.unfollowing(own, seen.leader().map(LeaderInstance::epoch).orElse(0L), epochOfScript(seen));
        return Optional.of(unfollowing(
                draft,
                Wait.forReason(UNFOLLOWING, "It becomes a database of its own, with what it has received"),
                List.of(new Action.PersistIntent())));
    }

    /** @param draft in which the end of following is noted */
    Plan<PostgresFollowerStatus> plan(PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        var noted = Objects.requireNonNull(draft.unfollowed, "only once it is noted");
        var template = FollowerResources.independent(follower, draft, noted);
        draft.server(seen.instance(), template);
        draft.streaming = null;
        draft.lag = null;
        seen.instance()
                .app()
                .ifPresent(secret -> draft.bound(secret.getMetadata().getName()));
        if (seen.instance().volume().isEmpty()) {
            draft.phase = FollowerPhase.Unavailable;
            return waiting(draft, volumeLost(template), List.of());
        }
        var epoch = Objects.requireNonNull(noted.epoch(), "noted with the position");
        if (seen.instance().hasPodBefore(epoch)) {
            return seen.leader()
                    .flatMap(leader -> held(leader, draft))
                    .orElseGet(() -> leave(seen, draft, template, true));
        }
        return opened(seen, draft, template, epoch)
                ? open(follower, seen, draft, template, noted)
                : leave(seen, draft, template, false)
                        .and(parameters.bringUp(template, wanted(follower, draft), seen.instance()));
    }

    /** A changeover that began when this did is finished first; should it have chosen this follower, that counts. */
    private Optional<Plan<PostgresFollowerStatus>> held(LeaderInstance leader, FollowerStatusDraft draft) {
        if (UnfollowObstacle.isPrimary(leader, draft)) {
            draft.unfollowed = null;
            draft.phase = FollowerPhase.Unavailable;
            var message = "It was made the primary of " + leader.describe() + " and cannot leave it";
            return Optional.of(
                    waiting(draft, Wait.forReason("IsPrimary", message), List.of(new Action.PersistIntent())));
        }
        return leader.changing()
                ? Optional.of(unfollowing(
                        draft,
                        Wait.forReason(
                                "LeaderChanging",
                                "The primary of " + leader.describe() + " is changing; it is unfollowed after that"),
                        List.of()))
                : Optional.empty();
    }

    /**
     * Secrets before the template, the template before the pod: a pod with the old passwords would let the leader's
     * clients in.
     */
    private Plan<PostgresFollowerStatus> leave(
            StandbyObservation seen, FollowerStatusDraft draft, InstanceTemplate template, boolean follows) {
        var actions = new ArrayList<Action>();
        actions.addAll(instances.claim(template, seen.instance()));
        actions.addAll(instances.independence(template, seen.instance(), draft.now()));
        actions.addAll(instances.prepare(template, seen.instance()));
        actions.addAll(instances.statefulSet(template, seen.instance()));
        actions.addAll(instances.service(template, seen.instance()));
        var pod = seen.instance().pod();
        if (follows) {
            actions.addAll(Deletions.of(template.owner(), pod));
        } else {
            pod.filter(running -> running.getStatus() != null
                            && "Running".equals(running.getStatus().getPhase()))
                    .ifPresent(running -> actions.add(new Action.AwaitOpening(
                            new Action.OpeningKey(
                                    template.owner(), running.getMetadata().getUid()),
                            running.getMetadata().getName())));
        }
        var distinct = actions.stream().distinct().toList();
        return unfollowing(
                draft, wait(seen, UNFOLLOWING, follows ? "its pod to stop" : "quarantine to pass"), distinct);
    }

    private Plan<PostgresFollowerStatus> open(
            PostgresFollower follower,
            StandbyObservation seen,
            FollowerStatusDraft draft,
            InstanceTemplate template,
            Unfollowed noted) {
        var actions = new ArrayList<Action>();
        actions.addAll(instances.claim(template, seen.instance()));
        actions.addAll(instances.prepare(template, seen.instance()));
        actions.addAll(instances.statefulSet(template, seen.instance()));
        actions.addAll(instances.disruptionBudget(template, seen.instance()));
        actions.addAll(instances.service(template, seen.instance()));
        var serves = seen.instance().serves(template);
        if (draft.binding == null) {
            actions.addAll(instances.binding(template, seen.instance()));
        } else if (serves) {
            actions.addAll(instances.keptBinding(
                    template, seen.instance(), template.names().pod()));
        }
        if (!serves || draft.binding == null) {
            actions.addAll(parameters.bringUp(template, wanted(follower, draft), seen.instance()));
            var before = draft.before().phase();
            var had = before == FollowerPhase.Ready || before == FollowerPhase.Unavailable;
            if (!had) {
                return unfollowing(draft, wait(seen, UNFOLLOWING, "it to accept connections"), actions);
            }
            draft.phase = FollowerPhase.Unavailable;
            actions.addAll(replacement(seen, draft, template).actions());
            return waiting(draft, wait(seen, "Restarting", "it to accept connections"), actions);
        }
        var change = parameters.plan(
                template.in(seen.instance().pod()),
                wanted(follower, draft),
                draft.configuration,
                seen.instance(),
                ParameterChange.Around.alone(template.owner().name()),
                draft.before().conditions(),
                draft.conditions,
                draft.now());
        draft.configuration = change.noted();
        actions.addAll(Leftovers.of(seen, draft));
        actions.addAll(detach(seen, draft));
        actions.addAll(dropOrphans(seen));
        var message = "It is a database of its own since " + noted.at() + ", when it had replayed " + noted.lsn();
        draft.conditions.set(UNFOLLOWED, true, UNFOLLOWED, message);
        actions.addAll(change.actions());
        var pod = replacement(seen, draft, template);
        actions.addAll(pod.actions());
        return StandbyPlans.<PostgresFollowerStatus>ready(draft, "The unfollowed follower accepts connections", actions)
                .wakingIn(change.wakeUp())
                .wakingIn(pod.wakeUp());
    }

    private PodReplacement.Outcome replacement(
            StandbyObservation seen, FollowerStatusDraft draft, InstanceTemplate template) {
        return pods.plan(
                template,
                seen.instance(),
                PodReplacement.Around.primary(template, seen.following()),
                draft.conditions,
                draft.now());
    }

    private static Map<String, String> wanted(PostgresFollower follower, FollowerStatusDraft draft) {
        var effective = Objects.requireNonNull(draft.effective, "noted before the copy");
        return Inheritance.parameters(follower.getSpec(), effective.parameters());
    }

    /** Whether clients may come in: the same pod, or one before it, has passed quarantine in this epoch. */
    private static boolean opened(
            StandbyObservation seen, FollowerStatusDraft draft, InstanceTemplate template, long epoch) {
        var opener = template.owner().uid() + "/" + template.generation();
        return draft.binding != null
                || seen.instance()
                        .script()
                        .found()
                        .filter(script -> script.phase() == ScriptStatus.Phase.running
                                && script.epoch() >= epoch
                                && script.openedBy().equals(opener))
                        .isPresent();
    }

    /** Never in the way of the new database: a leader that is gone, or does not answer, keeps its slot to itself. */
    private static List<Action> detach(StandbyObservation seen, FollowerStatusDraft draft) {
        if (draft.slot == null) {
            return List.of();
        }
        if (seen.leader().filter(leader -> !leader.isDeleting()).isEmpty()) {
            draft.slot = null;
            return List.of();
        }
        if (seen.replication().primary() instanceof Looked.Found<ReplicationReport>(Primary answering)) {
            draft.slot = null;
            return List.of(Action.DetachMember.of(
                    draft.owner(), seen.primary().orElseThrow().names().pod()));
        }
        return List.of();
    }

    /** Of its own followers, from now on. */
    private static List<Action> dropOrphans(StandbyObservation seen) {
        return seen.replication().own() instanceof Looked.Found<ReplicationReport>(Primary own)
                ? OrphanSlots.drop(
                        own.slots(), seen.following(), seen.following().getFirst())
                : List.of();
    }

    private Plan<PostgresFollowerStatus> unfollowing(FollowerStatusDraft draft, Wait wait, List<Action> actions) {
        draft.phase = FollowerPhase.Unfollowing;
        draft.conditions.set(UNFOLLOWED, false, UNFOLLOWING, wait.message());
        return waiting(draft, wait, actions);
    }

    private Plan<PostgresFollowerStatus> waiting(FollowerStatusDraft draft, Wait wait, List<Action> actions) {
        var since = draft.notReadySince().map(Instant::parse).orElse(draft.now());
        return StandbyPlans.waiting(draft, wait, since, deadline, actions);
    }

    private static Wait wait(StandbyObservation seen, String early, String what) {
        return seen.trouble()
                .map(finding -> new Wait(early, finding.reason(), finding.message(), finding.needsSomebody()))
                .orElseGet(() -> new Wait(early, "NotServing", "Waiting for " + what, false));
    }

    private static Wait volumeLost(InstanceTemplate template) {
        return new Wait(
                "VolumeLost",
                "VolumeLost",
                "PersistentVolumeClaim " + template.names().generationName()
                        + " is gone and the data with it. Restore the claim under that name, or delete this follower",
                true);
    }

    private static long epochOfScript(StandbyObservation seen) {
        return seen.instance().script().found().map(ScriptStatus::epoch).orElse(0L);
    }
}
