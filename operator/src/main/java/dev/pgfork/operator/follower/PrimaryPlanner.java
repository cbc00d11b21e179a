package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.action.ReadLabel;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.standby.StandbyPlans;
import dev.pgfork.operator.status.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A follower whose instance has become the primary of its leader. The database's reconciler made it that; here its
 * objects follow, and its pod serves reads only while no other member does. Its volume is never made anew.
 *
 * <table>
 * <caption>States, first match wins; what is missing of the objects is made in each</caption>
 * <tr><th>seen</th><th>phase</th><th>reason</th></tr>
 * <tr><td>the volume is gone, or going</td><td>Unavailable</td><td>VolumeLost, stalled</td></tr>
 * <tr><td>serves writes</td><td>Ready</td><td>Ready</td></tr>
 * <tr><td>the primary is changing</td><td>Unavailable</td><td>LeaderChanging</td></tr>
 * <tr><td>anything else</td><td>Unavailable</td><td>why</td></tr>
 * </table>
 */
final class PrimaryPlanner {
    private final InstanceActions instances;
    private final ParameterChange parameters;
    private final PodReplacement pods;
    private final Duration deadline;

    PrimaryPlanner(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.parameters = new ParameterChange(instances, deadline);
        this.pods = new PodReplacement(instances, deadline);
        this.deadline = deadline;
    }

    Plan<PostgresFollowerStatus> plan(PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft) {
        var leader = seen.leader().orElseThrow();
        var others = seen.members().stream()
                .filter(member -> !member.name().equals(leader.primary()))
                .anyMatch(Member::servesReads);
        var template = FollowerResources.recorded(follower, draft, seen.leader())
                .map(primary -> primary.withMembership(primary.membership().withReads(!others)))
                .orElseThrow();
        draft.follows(leader);
        draft.server(seen.instance(), template);
        draft.streaming = null;
        draft.lag = null;
        draft.phase = FollowerPhase.Unavailable;
        if (seen.instance().volume().isEmpty()) {
            return waiting(
                    draft,
                    new Wait(
                            "VolumeLost",
                            "VolumeLost",
                            "PersistentVolumeClaim " + template.names().generationName()
                                    + " is gone, and with it the data of the primary of " + leader.describe()
                                    + ". Restore the claim under that name, or promote another follower",
                            true),
                    // A failover waits until nothing wants a pod of it.
                    template.membership().stopped() ? instances.statefulSet(template, seen.instance()) : List.of());
        }
        var actions = new ArrayList<Action>();
        actions.addAll(instances.claim(template, seen.instance()));
        actions.addAll(instances.prepare(template, seen.instance()));
        actions.addAll(instances.statefulSet(template, seen.instance()));
        actions.addAll(instances.disruptionBudget(template, seen.instance()));
        actions.addAll(instances.service(template, seen.instance()));
        actions.addAll(ReadLabel.on(seen.instance().pod(), template, !others));
        var change = change(follower, seen, draft, template);
        var serves = seen.instance().serves(template);
        if (serves || seen.instance().server().found().isEmpty()) {
            draft.configuration = change.noted();
            actions.addAll(change.actions());
        }
        var pod = pods.plan(
                template,
                seen.instance(),
                new PodReplacement.Around(
                        PodReplacement.whileChanging(leader.changing()),
                        leader.template(),
                        leader.primary(),
                        seen.members()),
                draft.conditions,
                draft.now());
        actions.addAll(pod.actions());
        if (serves) {
            return StandbyPlans.<PostgresFollowerStatus>ready(
                            draft, "It is the primary of " + leader.describe(), actions)
                    .wakingIn(change.wakeUp())
                    .wakingIn(pod.wakeUp());
        }
        return waiting(draft, notServing(seen, leader), actions);
    }

    private ParameterChange.Outcome change(
            PostgresFollower follower, StandbyObservation seen, FollowerStatusDraft draft, InstanceTemplate template) {
        var leader = seen.leader().orElseThrow();
        return parameters.plan(
                template.in(seen.instance().pod()),
                FollowerResources.parameters(follower, Objects.requireNonNull(draft.effective)),
                draft.configuration,
                seen.instance(),
                new ParameterChange.Around(
                        leader.primary(),
                        seen.members().size() > 1,
                        seen.replication().servers(),
                        leader.changing()),
                draft.before().conditions(),
                draft.conditions,
                draft.now());
    }

    private static Wait notServing(StandbyObservation seen, LeaderInstance leader) {
        return leader.changing()
                ? Wait.forReason("LeaderChanging", "It is becoming the primary of " + leader.describe())
                : seen.trouble()
                        .map(finding ->
                                new Wait("Restarting", finding.reason(), finding.message(), finding.needsSomebody()))
                        .orElseGet(() -> new Wait(
                                "Restarting",
                                "NotServing",
                                "Waiting for the primary of " + leader.describe() + " to accept connections",
                                false));
    }

    private Plan<PostgresFollowerStatus> waiting(FollowerStatusDraft draft, Wait wait, List<Action> actions) {
        var since = draft.notReadySince().map(Instant::parse).orElse(draft.now());
        return StandbyPlans.waiting(draft, wait, since, deadline, actions);
    }
}
