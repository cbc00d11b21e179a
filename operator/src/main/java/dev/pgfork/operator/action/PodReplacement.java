package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceDiagnosis;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.PodRevision;
import dev.pgfork.operator.instance.Trial;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Gives an instance a new pod when image, resources or pod settings have changed. It says nothing of whether the
 * resource is Ready.
 *
 * <table>
 * <caption>Condition PodCurrent, first match wins; there is none until a pod is to be replaced</caption>
 * <tr><th>seen</th><th>status, reason</th><th>done</th></tr>
 * <tr><td>no StatefulSet, or one that is to have no pod</td><td>as it was</td><td></td></tr>
 * <tr><td>no pod</td><td>as it was</td><td>the StatefulSet gets what is wanted</td></tr>
 * <tr><td>the pod is what is wanted</td><td>True Current, once it serves</td><td>the same</td></tr>
 * <tr><td>the pod ends</td><td>as it was</td><td></td></tr>
 * <tr><td>the primary changes, or a reset runs</td><td>False ReplacementPending</td><td></td></tr>
 * <tr><td>the pod cannot be placed or started, or its server crashes</td><td>Unknown Replacing</td><td>the
 * StatefulSet gets what is wanted; then the pod deleted</td></tr>
 * <tr><td>it does not serve: it recovers, is in its private phase, or catches up</td><td>False
 * ReplacementPending</td><td></td></tr>
 * <tr><td>image, or where the pod may run, have changed, and a trial runs</td><td>False TryingImage, or still
 * refused</td><td>a {@link Trial} is made</td></tr>
 * <tr><td>the same, and it was made for another spec, or given up</td><td>the same</td><td>it is deleted</td></tr>
 * <tr><td>the same, and it has failed</td><td>False ImageRefused, NotSchedulable, TrialNotMade</td><td></td></tr>
 * <tr><td>the same, and it went well</td><td>False TryingImage</td><td>the StatefulSet gets what is wanted</td></tr>
 * <tr><td>another member goes first, see {@link PodTurn}</td><td>False MembersFirst; MembersNotReady after the
 * deadline</td><td></td></tr>
 * <tr><td>anything else</td><td>Unknown Replacing</td><td>the pod deleted</td></tr>
 * </table>
 *
 * A trial is deleted once the StatefulSet has what is wanted.
 */
public final class PodReplacement {
    public static final String CONDITION = Member.POD_CURRENT;

    /** Reasons for which the old pod stays until the spec changes. */
    static final Set<String> REFUSALS = Set.of("ImageRefused", "NotSchedulable", "TrialNotMade");

    private static final String REPLACING = "Replacing";

    /** Findings that another pod may be the cure of. Whatever is on its way is left alone. */
    private static final Set<String> CANNOT_SERVE = Set.of(
            "PodFailed",
            "PodUnschedulable",
            "ImagePullFailed",
            "ContainerNotStarted",
            "ContainerCrashing",
            "PostmasterCrashed");

    private static final String TRYING = "TryingImage";
    private static final String STAYS = ". The pod that there is goes on serving; correct the spec";

    private static final Duration AT_ONCE = Duration.ofMillis(100);
    private static final Duration LOOK_WHILE_REPLACING = Duration.ofSeconds(2);

    /**
     * What there is around the instance.
     *
     * @param obstacle why no pod is replaced now, for people; empty: nothing stands in the way
     * @param leader of which followers take what they do not say themselves
     * @param primary name of the instance that the others stream from
     * @param members those that follow one another
     */
    public record Around(Optional<String> obstacle, InstanceTemplate leader, String primary, List<Member> members) {
        public Around {
            members = List.copyOf(members);
        }

        /** Of one that is followed by these at most. */
        public static Around primary(InstanceTemplate own, List<Member> members) {
            return new Around(Optional.empty(), own, own.owner().name(), members);
        }

        public Around hinderedBy(Optional<String> why) {
            return new Around(why, leader, primary, members);
        }
    }

    /** @param wakeUp empty: there is nothing to look for */
    public record Outcome(List<Action> actions, Optional<Duration> wakeUp) {}

    public static final Outcome NOTHING = new Outcome(List.of(), Optional.empty());

    private final InstanceActions instances;
    private final Duration deadline;

    /** @param deadline how long others are waited for until that is the reason */
    public PodReplacement(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.deadline = deadline;
    }

    /** Leaves what was said of the pod as it was. */
    public static void keep(Conditions conditions) {
        conditions.keep(CONDITION);
    }

    /** @param changing whether another instance is becoming the primary right now */
    public static Optional<String> whileChanging(boolean changing) {
        return changing ? Optional.of("the primary is changing") : Optional.empty();
    }

    /** Since when a pod is being replaced; empty: none is. */
    public static Optional<Instant> replacingSince(Optional<Condition> podCurrent) {
        return podCurrent
                .filter(condition -> REPLACING.equals(condition.getReason()))
                .map(condition -> Instant.parse(condition.getLastTransitionTime()));
    }

    public Outcome plan(
            InstanceTemplate wanted, InstanceObservation seen, Around around, Conditions conditions, Instant now) {
        var set = seen.statefulSet();
        if (set.isEmpty() || wanted.membership().stopped()) {
            return NOTHING;
        }
        var outcome = seen.pod()
                .map(pod -> new Case(wanted, seen, around, conditions, now).plan(pod))
                .orElseGet(() -> new Outcome(instances.place(wanted, seen), Optional.empty()));
        if (!InstanceResources.hasPlace(wanted, set.get())) {
            return outcome;
        }
        var done = Deletions.of(wanted.owner(), seen.trial().pod().stream());
        return new Outcome(
                Stream.concat(done.stream(), outcome.actions().stream()).toList(), outcome.wakeUp());
    }

    /** The API server did not take the trial's pod, for a ResourceQuota for instance: all else is as it was. */
    static void notTried(Conditions conditions, String message) {
        conditions.keepAll();
        conditions.set(CONDITION, false, "TrialNotMade", "Image and pod settings cannot be tried: " + message + STAYS);
    }

    private final class Case {
        private final InstanceTemplate wanted;
        private final InstanceObservation seen;
        private final Around around;
        private final Conditions conditions;
        private final Instant now;

        Case(InstanceTemplate wanted, InstanceObservation seen, Around around, Conditions conditions, Instant now) {
            this.wanted = wanted;
            this.seen = seen;
            this.around = around;
            this.conditions = conditions;
            this.now = now;
        }

        Outcome plan(Pod pod) {
            if (PodRevision.of(pod, wanted).equals(PodRevision.of(wanted))) {
                return current();
            }
            if (pod.getMetadata().getDeletionTimestamp() != null) {
                return new Outcome(List.of(), Optional.of(LOOK_WHILE_REPLACING));
            }
            var trouble = InstanceDiagnosis.of(seen, Optional.empty());
            var cannotServe = trouble.filter(finding -> CANNOT_SERVE.contains(finding.reason()));
            if (around.obstacle().isEmpty() && cannotServe.isPresent()) {
                return replace(pod, "it does not serve, and the next one may");
            }
            var obstacle = around.obstacle().or(() -> notServing(trouble));
            if (obstacle.isPresent()) {
                return wait("ReplacementPending", "The pod is replaced later: " + obstacle.get());
            }
            var trial = trial(pod);
            if (trial.isPresent()) {
                return trial.get();
            }
            var first = PodTurn.before(
                    wanted.owner().name(), around.leader(), around.primary(), around.members(), deadline, now);
            if (!first.isEmpty()) {
                return wait(
                        since().plus(deadline).isBefore(now) ? "MembersNotReady" : "MembersFirst",
                        "The pod is replaced after those of " + String.join(", ", first)
                                + ", one at a time. If that takes long, their own condition " + CONDITION
                                + ", or Ready, says why");
            }
            return replace(pod, "image, resources or pod settings have changed");
        }

        /** @return empty: image and nodes are known to be fit */
        private Optional<Outcome> trial(Pod pod) {
            if (InstanceResources.hasPlace(wanted, seen.statefulSet().orElseThrow())) {
                return Optional.empty();
            }
            return Optional.of(seen.trial()
                    .pod()
                    .map(trial -> judge(seen.trial().finding(trial, wanted)))
                    .orElseGet(() -> begin(pod)));
        }

        private Outcome begin(Pod pod) {
            return switch (seen.trial().reach()) {
                case Looked.Absent<Optional<NodeSelector>> absent -> new Outcome(List.of(), Optional.of(AT_ONCE));
                case Looked.Unknown<Optional<NodeSelector>>(String reason) ->
                    wait("ReplacementPending", "The pod is replaced later: " + reason);
                case Looked.Found<Optional<NodeSelector>>(Optional<NodeSelector> reach) -> {
                    trying();
                    yield new Outcome(
                            instances.trial(
                                    wanted, pod, reach, seen.server().found().orElseThrow()),
                            Optional.of(LOOK_WHILE_REPLACING));
                }
            };
        }

        private Outcome judge(Trial.Finding finding) {
            return switch (finding) {
                case Trial.Finding.Running running -> {
                    trying();
                    yield new Outcome(List.of(), Optional.of(LOOK_WHILE_REPLACING));
                }
                case Trial.Finding.Stale(Pod trial, boolean ofAnotherSpec) -> {
                    if (ofAnotherSpec) {
                        tries();
                    } else {
                        trying();
                    }
                    yield new Outcome(
                            Deletions.of(wanted.owner(), Stream.of(trial)), Optional.of(LOOK_WHILE_REPLACING));
                }
                case Trial.Finding.Fit fit -> {
                    tries();
                    yield new Outcome(instances.place(wanted, seen), Optional.of(AT_ONCE));
                }
                case Trial.Finding.Unfit(String reason, String message) -> {
                    conditions.set(CONDITION, false, reason, message + STAYS);
                    yield new Outcome(List.of(), Optional.empty());
                }
            };
        }

        /** What was refused, and is tried again, is no news. */
        private void trying() {
            var isRefused = conditions
                    .before(CONDITION)
                    .filter(condition -> REFUSALS.contains(condition.getReason()))
                    .isPresent();
            if (!isRefused) {
                tries();
            }
        }

        private void tries() {
            conditions.set(
                    CONDITION,
                    false,
                    TRYING,
                    "Image %s, and the nodes that the pod may run on, are tried in pod %s"
                            .formatted(wanted.image(), wanted.names().trialPod()));
        }

        private Outcome current() {
            var said = conditions.before(CONDITION);
            if (said.isPresent() && serves()) {
                conditions.set(CONDITION, true, "Current", "The pod is as the spec says");
            }
            return new Outcome(
                    instances.place(wanted, seen),
                    said.filter(condition -> REPLACING.equals(condition.getReason()) && !serves())
                            .map(condition -> LOOK_WHILE_REPLACING));
        }

        private boolean serves() {
            return seen.serves(wanted) || seen.servesReads(wanted);
        }

        private Optional<String> notServing(Optional<Finding> trouble) {
            return serves()
                    ? Optional.empty()
                    : Optional.of("the instance does not serve right now"
                            + trouble.map(Finding::message)
                                    .map(message -> ", because " + message)
                                    .orElse(""));
        }

        private Outcome wait(String reason, String message) {
            conditions.set(CONDITION, false, reason, message);
            return new Outcome(List.of(), Optional.of(LOOK_WHILE_REPLACING));
        }

        /** Its controller makes the next pod of the template that it knows: that goes first. */
        private Outcome replace(Pod pod, String why) {
            conditions.set(
                    CONDITION,
                    "Unknown",
                    REPLACING,
                    "Pod %s is replaced: %s".formatted(pod.getMetadata().getName(), why));
            var missing = new ArrayList<>(instances.place(wanted, seen));
            missing.addAll(instances.statefulSet(wanted, seen));
            if (!missing.isEmpty()) {
                return new Outcome(instances.place(wanted, seen), Optional.of(AT_ONCE));
            }
            return new Outcome(
                    List.of(new Action.PersistIntent(), new Action.Delete(wanted.owner(), pod)),
                    Optional.of(LOOK_WHILE_REPLACING));
        }

        /** Since when the pod is not what is wanted. */
        private Instant since() {
            return conditions
                    .before(CONDITION)
                    .filter(condition -> "False".equals(condition.getStatus()))
                    .map(condition -> Instant.parse(condition.getLastTransitionTime()))
                    .orElse(now);
        }
    }
}
