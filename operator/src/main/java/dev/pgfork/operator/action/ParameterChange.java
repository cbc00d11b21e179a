package dev.pgfork.operator.action;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.VerbRefusedException;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;
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
import java.util.TreeSet;
import java.util.stream.Stream;
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
 * <tr><td>a primary needs more of {@link RecoveryLimits} than a standby has that streams</td><td>False
 * WaitingForFollowers; after the deadline FollowersNotReady</td><td>nothing</td></tr>
 * <tr><td>the server has another configuration</td><td>False Reloading</td><td>reload</td></tr>
 * <tr><td>a setting needs a restart, and the primary is changing, or the pod's script is too old</td><td>False RestartPending</td><td>nothing</td></tr>
 * <tr><td>a setting needs a restart</td><td>False Restarting</td><td>restart, told by an event</td></tr>
 * <tr><td>a standby could do with less, but its primary has more</td><td>False WaitingForPrimary</td><td>nothing</td></tr>
 * <tr><td>anything else</td><td>True InForce</td><td>noted</td></tr>
 * </table>
 */
public final class ParameterChange {
    public static final String CONDITION = "ParametersInForce";

    private static final Set<String> WAITING_FOR_FOLLOWERS = Set.of("WaitingForFollowers", "FollowersNotReady");
    private static final Set<String> UNDER_WAY =
            Set.of("WaitingForFollowers", "FollowersNotReady", "WaitingForPrimary", "Reloading", "Restarting");

    private static final Duration AT_ONCE = Duration.ofMillis(100);
    private static final Duration LOOK_WHILE_CHANGING = Duration.ofSeconds(2);

    /**
     * What there is around the instance.
     *
     * @param primary name of the instance that the others stream from
     * @param hasOthers whether anybody else is a member
     * @param others what the servers of the other members say, by name; those that do not answer are left out; empty:
     *     they were not asked
     * @param changing whether another instance is becoming the primary right now
     */
    public record Around(
            String primary, boolean hasOthers, Optional<Map<String, ServerReport>> others, boolean changing) {

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

    /** @param deadline how long followers are waited for until that is the reason */
    public ParameterChange(InstanceActions instances, Duration deadline) {
        this.instances = instances;
        this.deadline = deadline;
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
        var actions = new ArrayList<>(change.announcements());
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
     * Whether an action failed because the instance refused new settings; then that is to be written down.
     *
     * @return what is noted then; empty: it was something else
     */
    public static Optional<ConfigurationStatus> rejected(Exception failure, @Nullable ConfigurationStatus noted) {
        if (noted != null
                && FailureText.told(failure) instanceof ActionFailedException failed
                && failed.action() instanceof Action.Reload(var template)
                && failed.getCause() instanceof VerbRefusedException refused
                && refused.reason().equals("ConfigurationRejected")
                && !template.parameters().equals(ProvedParameters.usable(template.parameters(), noted))) {
            return Optional.of(
                    ProvedParameters.reject(template.parameters(), String.valueOf(refused.getMessage()), noted));
        }
        return Optional.empty();
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
            var isNew = !usable.parameters().equals(wanted.parameters());
            if (isNew && noted != null) {
                var known = ProvedParameters.rejection(wanted.parameters(), noted);
                if (known.isPresent()) {
                    return rejected(noted, String.valueOf(known.get().message()));
                }
                var wrong = instances.wrongParameters(wanted);
                if (wrong.isPresent()) {
                    return rejected(ProvedParameters.reject(wanted.parameters(), wrong.get(), noted), wrong.get());
                }
            }
            return seen.server().found().map(report -> plan(report, isNew)).orElseGet(() -> unanswered(isNew));
        }

        private Outcome rejected(ConfigurationStatus rejection, String message) {
            set("ParametersRejected", "The settings before stay in force: " + message);
            return new Outcome(rejection, instances.inForce(usable, seen, now), Optional.empty());
        }

        /** A server that cannot start at all may need exactly these. */
        private Outcome unanswered(boolean isNew) {
            var crashes = seen.script()
                    .found()
                    .filter(script -> "PostmasterCrashed".equals(script.reason()))
                    .isPresent();
            return new Outcome(
                    noted,
                    isNew && crashes ? List.of(new Action.Reload(wanted)) : List.of(),
                    isNew ? Optional.of(LOOK_WHILE_CHANGING) : Optional.empty());
        }

        private Outcome plan(ServerReport report, boolean isNew) {
            var waiting = waitsForFollowers(report);
            if (waiting.isPresent()) {
                var late = since().plus(deadline).isBefore(now);
                set(late ? "FollowersNotReady" : "WaitingForFollowers", waiting.get());
                return new Outcome(noted, instances.inForce(usable, seen, now), Optional.of(LOOK_WHILE_CHANGING));
            }
            var actions = new ArrayList<>(instances.inForce(wanted, seen, now));
            if (!report.revision().equals(instances.revision(wanted))) {
                set("Reloading", "The server is being told of its settings");
                return new Outcome(noted, actions, Optional.of(LOOK_WHILE_CHANGING));
            }
            var names = needRestart(report);
            var obstacle = obstacle(report);
            if (!names.isEmpty() && obstacle.isPresent()) {
                set("RestartPending", String.join(", ", names) + " need a restart of the server" + obstacle.get());
                return new Outcome(noted, actions, Optional.empty());
            }
            if (!names.isEmpty()) {
                set("Restarting", "The server is restarted for " + String.join(", ", names));
                actions.add(new Action.Restart(
                        wanted.owner(), wanted.names().pod(), report.settings().start()));
                return new Outcome(noted, actions, Optional.of(LOOK_WHILE_CHANGING));
            }
            var excess = excess(report);
            if (excess.isEmpty()) {
                conditions.set(CONDITION, true, "InForce", "The server runs with spec.parameters");
            } else {
                set(
                        "WaitingForPrimary",
                        String.join(", ", excess) + " cannot be lower than the primary has; the server is restarted for"
                                + " that once " + around.primary() + " has been");
            }
            return new Outcome(
                    ProvedParameters.prove(wanted.parameters(), noted, now),
                    actions,
                    isNew
                            ? Optional.of(AT_ONCE)
                            : excess.isEmpty() ? Optional.empty() : Optional.of(LOOK_WHILE_CHANGING));
        }

        private boolean isPrimary() {
            return wanted.role() == Role.PRIMARY;
        }

        private Map<String, Integer> limits() {
            return RecoveryLimits.of(wanted.parameters());
        }

        /**
         * A standby that has less than its primary would stand still. Those that do not stream raise it when they
         * start.
         */
        private Optional<String> waitsForFollowers(ServerReport report) {
            var raised = RecoveryLimits.above(limits(), report.settings().limits());
            if (!isPrimary() || !around.hasOthers() || raised.isEmpty()) {
                return Optional.empty();
            }
            var what = String.join(", ", raised);
            if (around.others().isEmpty()) {
                return Optional.of("The followers are asked whether they have enough of " + what);
            }
            var lacking = new TreeSet<String>();
            around.others().get().forEach((name, other) -> {
                if (other.settings().streaming()
                        && RecoveryLimits.above(limits(), other.settings().limits()).stream()
                                .anyMatch(raised::contains)) {
                    lacking.add(name);
                }
            });
            return lacking.isEmpty()
                    ? Optional.empty()
                    : Optional.of("Before the primary gets more of " + what + ", " + String.join(", ", lacking)
                            + " must have as much, or its replay would stop. A follower takes that over by itself; if it"
                            + " does not, its condition " + CONDITION + " says why. The database's own instance takes"
                            + " what its own spec.parameters say");
        }

        private Optional<String> obstacle(ServerReport report) {
            if (around.changing()) {
                return Optional.of(", which it gets after the changeover");
            }
            return report.settings().start().isEmpty()
                    ? Optional.of(
                            ", which the script of its pod cannot do: it is of an earlier version of pgfork. Delete the"
                                    + " pod; the next one has the script of the day")
                    : Optional.empty();
        }

        /** Names of the settings for which the server is to be restarted now. */
        private List<String> needRestart(ServerReport report) {
            var settings = report.settings();
            var isRestarted = settings.startedWith().equals(report.revision());
            if (isPrimary()) {
                return isRestarted
                        ? List.of()
                        : settings.pending().stream().sorted().toList();
            }
            var names = new TreeSet<String>();
            if (!isRestarted) {
                settings.pending().stream()
                        .filter(name -> !RecoveryLimits.names().contains(name))
                        .forEach(names::add);
                names.addAll(RecoveryLimits.above(limits(), settings.limits()));
            }
            primaryLimits().ifPresent(primary -> {
                if (settings.paused()) {
                    names.addAll(RecoveryLimits.above(primary, settings.limits()));
                }
                if (settings.streaming()) {
                    var above = RecoveryLimits.above(primary, limits());
                    RecoveryLimits.above(settings.limits(), limits()).stream()
                            .filter(name -> !above.contains(name))
                            .forEach(names::add);
                }
            });
            return List.copyOf(names);
        }

        /** Names of those of which a standby has more than it is to have. */
        private List<String> excess(ServerReport report) {
            return isPrimary()
                    ? List.of()
                    : RecoveryLimits.above(report.settings().limits(), limits());
        }

        private Optional<Map<String, Integer>> primaryLimits() {
            return around.others()
                    .map(others -> others.get(around.primary()))
                    .map(primary -> primary.settings().limits());
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

        /** Whatever keeps new settings from being in force, or disturbs clients for them, is news. */
        List<Action> announcements() {
            var was = Conditions.find(before, CONDITION);
            return Conditions.find(conditions.list(), CONDITION)
                    .filter(is -> "False".equals(is.getStatus()) && !"Reloading".equals(is.getReason()))
                    .filter(is -> was.filter(last -> is.getReason().equals(last.getReason())
                                    && is.getMessage().equals(last.getMessage()))
                            .isEmpty())
                    .map(is -> notice(wanted.owner(), is))
                    .<Action>map(Action.Announce::new)
                    .stream()
                    .toList();
        }

        private static Notice notice(Owner owner, Condition condition) {
            var isBad = Stream.of("ParametersRejected", "FollowersNotReady").anyMatch(condition.getReason()::equals);
            return new Notice(
                    owner,
                    isBad ? Notice.Type.Warning : Notice.Type.Normal,
                    condition.getReason(),
                    condition.getMessage());
        }
    }
}
