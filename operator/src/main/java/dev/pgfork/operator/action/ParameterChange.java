package dev.pgfork.operator.action;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.VerbRefusedException;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.RecoveryLimits;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings the settings of {@code spec.parameters} in force in a server that runs: by a reload, and by a restart of the
 * server where Postgres needs one. New pods get them once they have been seen to work.
 *
 * <table>
 * <caption>Condition ParametersInForce, first match wins</caption>
 * <tr><th>seen</th><th>status, reason</th><th>done</th></tr>
 * <tr><td>pgfork cannot use them, or the server did not start with them</td><td>False ParametersRejected</td><td>noted; what was in
 * force stays</td></tr>
 * <tr><td>the server does not answer</td><td>as it was</td><td>one that does not start is brought them, too</td></tr>
 * <tr><td>there are others, and the pod's script is too old to take them back</td><td>False RestartPending</td><td>nothing</td></tr>
 * <tr><td>a primary is to get more of {@link RecoveryLimits}, and {@link FollowersFirst}</td><td>False
 * WaitingForFollowers; after the deadline FollowersNotReady</td><td>nothing</td></tr>
 * <tr><td>the server has another configuration</td><td>False Reloading</td><td>reload</td></tr>
 * <tr><td>{@link RestartNeed}, and the primary is changing, or the pod's script is too old</td><td>False RestartPending</td><td>nothing</td></tr>
 * <tr><td>{@link RestartNeed}</td><td>False Restarting</td><td>restart, told by an event</td></tr>
 * <tr><td>a standby is to have less, but its replay may need as much as it has</td><td>False WaitingForPrimary</td><td>nothing</td></tr>
 * <tr><td>anything else</td><td>True InForce</td><td>noted</td></tr>
 * </table>
 */
public final class ParameterChange {
    public static final String CONDITION = "ParametersInForce";

    private static final Set<String> WAITING_FOR_FOLLOWERS = Set.of("WaitingForFollowers", "FollowersNotReady");
    private static final Set<String> UNDER_WAY =
            Set.of("WaitingForFollowers", "FollowersNotReady", "WaitingForPrimary", "Reloading", "Restarting");

    /** Reasons of a script whose server does not start. */
    private static final Set<String> NOT_STARTING = Set.of("PostmasterCrashed", "BootstrapFailed", "QuarantineFailed");

    private static final String OLD_SCRIPT = ", because the script of its pod is of an earlier version of pgfork, which"
            + " cannot take settings back. Delete the pod; the next one has the script of the day";

    /** When to look again once something new is on record. */
    public static final Duration AT_ONCE = Duration.ofMillis(100);

    private static final Duration LONGEST_LOOK = Duration.ofSeconds(2);

    /**
     * What there is around the instance.
     *
     * @param primary name of the instance that the others stream from
     * @param hasOthers whether anybody else is a member
     * @param others what the servers of the other members say, by name; Absent: it has no pod. Empty: they were not
     *     asked
     * @param changing whether another instance is becoming the primary right now
     */
    public record Around(
            String primary, boolean hasOthers, Optional<Map<String, Looked<ServerReport>>> others, boolean changing) {

        /** Of an instance that follows nobody and is followed by nobody. */
        public static Around alone(String name) {
            return new Around(name, false, Optional.empty(), false);
        }
    }

    /**
     * What was decided.
     *
     * @param noted to be written down
     * @param wakeUp empty: there is nothing to look for
     */
    public record Outcome(@Nullable ConfigurationStatus noted, List<Action> actions, Optional<Duration> wakeUp) {}

    private final InstanceActions instances;
    private final Duration deadline;
    private final Duration lookWhileChanging;

    /** @param deadline how long followers are waited for until that is the reason */
    public ParameterChange(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.deadline = deadline;
        this.lookWhileChanging =
                Duration.ofMillis(Math.clamp(deadline.toMillis() / 60, AT_ONCE.toMillis(), LONGEST_LOOK.toMillis()));
    }

    /**
     * @param usable the template of the day, with the settings that may be used already
     * @param wanted all settings that are wanted
     * @param before conditions of the last status
     * @param conditions of the next one
     */
    public Outcome plan(
            InstanceTemplate usable,
            Map<String, String> wanted,
            @Nullable ConfigurationStatus noted,
            InstanceObservation seen,
            Around around,
            @Nullable List<Condition> before,
            Conditions conditions,
            Instant now) {
        // Some settings follow the size of the volume that is there.
        var there = usable.on(seen.volume());
        var change = new Change(there, there.withParameters(wanted), noted, seen, around, before, conditions, now);
        var outcome = change.plan();
        var actions = new ArrayList<>(ParameterNews.of(there.owner(), before, conditions));
        actions.addAll(outcome.actions());
        return new Outcome(outcome.noted(), actions, outcome.wakeUp());
    }

    /** Whether the others are to be asked what they run with. What waits for somebody may wait for days. */
    public static boolean isUnderWay(@Nullable List<Condition> conditions) {
        return Conditions.find(conditions, CONDITION)
                .filter(last -> UNDER_WAY.contains(last.getReason()))
                .isPresent();
    }

    /**
     * Of an instance that is brought up, and whose server is not asked yet: if it does not start with the settings that
     * it has, those that are wanted are brought to it.
     */
    public List<Action> bringUp(InstanceTemplate usable, Map<String, String> wanted, InstanceObservation seen) {
        var template = usable.on(seen.volume()).withParameters(wanted);
        return seen.server().found().isEmpty() && lacks(template, seen)
                ? List.of(new Action.Reload(template))
                : List.of();
    }

    /** Whether its server does not start, and has not been started with these yet. */
    private boolean lacks(InstanceTemplate wanted, InstanceObservation seen) {
        return seen.script()
                .found()
                .filter(script -> script.reason() != null && NOT_STARTING.contains(script.reason()))
                .map(ScriptStatus::revision)
                .filter(revision -> !revision.equals(instances.revision(wanted)))
                .isPresent();
    }

    /**
     * Whether an action was refused because the instance does not take new settings; then that is to be written down.
     *
     * @return what is noted then; empty: it was something else
     */
    public static Optional<ConfigurationStatus> rejected(
            ActionFailedException refusal, @Nullable ConfigurationStatus noted) {
        return refusal.action() instanceof Action.Reload(var template)
                        && refusal.getCause() instanceof VerbRefusedException cause
                        && !ProvedParameters.areInForce(template.parameters(), noted)
                ? Optional.of(ProvedParameters.reject(template.parameters(), String.valueOf(cause.getMessage()), noted))
                : Optional.empty();
    }

    private final class Change {
        private final InstanceTemplate usable;
        private final InstanceTemplate wanted;
        private final @Nullable ConfigurationStatus noted;
        private final InstanceObservation seen;
        private final Around around;
        private final @Nullable List<Condition> before;
        private final Conditions conditions;
        private final Instant now;

        Change(
                InstanceTemplate usable,
                InstanceTemplate wanted,
                @Nullable ConfigurationStatus noted,
                InstanceObservation seen,
                Around around,
                @Nullable List<Condition> before,
                Conditions conditions,
                Instant now) {
            this.usable = usable;
            this.wanted = wanted;
            this.noted = noted;
            this.seen = seen;
            this.around = around;
            this.before = before;
            this.conditions = conditions;
            this.now = now;
        }

        Outcome plan() {
            var known = ProvedParameters.rejection(wanted.parameters(), noted);
            if (noted != null && known.isPresent()) {
                return rejected(noted, String.valueOf(known.get().message()));
            }
            var isNew = !usable.parameters().equals(wanted.parameters());
            var wrong = isNew ? instances.wrongParameters(wanted) : Optional.<String>empty();
            return wrong.isPresent()
                    ? rejected(ProvedParameters.reject(wanted.parameters(), wrong.get(), noted), wrong.get())
                    : seen.server().found().map(report -> plan(report, isNew)).orElseGet(() -> unanswered(isNew));
        }

        private Outcome rejected(ConfigurationStatus rejection, String message) {
            set(
                    "ParametersRejected",
                    ProvedParameters.areAny(rejection) ? "The settings before stay in force: " + message : message);
            return new Outcome(
                    rejection,
                    ProvedParameters.areAny(rejection) ? instances.inForce(usable, seen, now) : List.of(),
                    Optional.empty());
        }

        /** A server that cannot start at all may need exactly these. */
        private Outcome unanswered(boolean isNew) {
            return new Outcome(
                    noted,
                    lacks(wanted, seen) ? List.of(new Action.Reload(wanted)) : List.of(),
                    isNew ? Optional.of(lookWhileChanging) : Optional.empty());
        }

        private Outcome plan(ServerReport report, boolean isNew) {
            var differs = !instances.revision(usable).equals(instances.revision(wanted));
            if (differs && report.settings().start().isEmpty()) {
                set("RestartPending", "The server keeps the settings that it has" + OLD_SCRIPT);
                return new Outcome(noted, instances.inForce(usable, seen, now), Optional.empty());
            }
            var waiting = isPrimary() ? FollowersFirst.wait(wanted, report, around) : Optional.<String>empty();
            if (waiting.isPresent()) {
                var late = since().plus(deadline).isBefore(now);
                set(late ? "FollowersNotReady" : "WaitingForFollowers", waiting.get());
                return new Outcome(noted, instances.inForce(usable, seen, now), Optional.of(lookWhileChanging));
            }
            var actions = new ArrayList<>(instances.inForce(wanted, seen, now));
            if (!report.revision().equals(instances.revision(wanted))) {
                set("Reloading", "The server is being told of its settings");
                return new Outcome(noted, actions, Optional.of(lookWhileChanging));
            }
            var limits = RecoveryLimits.of(wanted.parameters());
            var need =
                    RestartNeed.of(wanted.role(), limits, report, seen.script().found());
            if (!need.now().isEmpty()) {
                return restart(report, String.join(", ", need.now()), actions);
            }
            var later = String.join(", ", need.later());
            if (isPrimary() || need.later().isEmpty()) {
                conditions.set(
                        CONDITION,
                        true,
                        "InForce",
                        "The server runs with spec.parameters"
                                + (later.isEmpty()
                                        ? ""
                                        : ", but for " + later + ": it was started as a standby of one that had more,"
                                                + " and has less once it is started again"));
            } else {
                set(
                        "WaitingForPrimary",
                        later + " cannot be lower yet, because what the server has replayed is of a primary with more;"
                                + " it is restarted for that once it has replayed the restart of " + around.primary()
                                + " with less");
            }
            return new Outcome(
                    ProvedParameters.prove(wanted.parameters(), noted, now),
                    actions,
                    isNew
                            ? Optional.of(AT_ONCE)
                            : isPrimary() || need.later().isEmpty()
                                    ? Optional.empty()
                                    : Optional.of(lookWhileChanging));
        }

        private Outcome restart(ServerReport report, String names, List<Action> actions) {
            var obstacle = around.changing()
                    ? ", which it gets after the changeover"
                    : report.settings().start().isEmpty() ? OLD_SCRIPT : "";
            if (!obstacle.isEmpty()) {
                set("RestartPending", names + " need a restart of the server" + obstacle);
                return new Outcome(noted, actions, Optional.empty());
            }
            set("Restarting", "The server is restarted for " + names);
            actions.add(new Action.Restart(
                    wanted.owner(), wanted.names().pod(), report.settings().start()));
            return new Outcome(noted, actions, Optional.of(lookWhileChanging));
        }

        private boolean isPrimary() {
            return wanted.role() == Role.PRIMARY;
        }

        private Instant since() {
            return Conditions.find(before, CONDITION)
                    .filter(last -> WAITING_FOR_FOLLOWERS.contains(last.getReason()))
                    .map(last -> Instant.parse(last.getLastTransitionTime()))
                    .orElse(now);
        }

        private void set(String reason, String message) {
            conditions.set(CONDITION, false, reason, message);
        }
    }
}
