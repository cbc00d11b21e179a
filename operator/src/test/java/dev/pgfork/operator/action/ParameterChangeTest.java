package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.operator.action.ParameterChange.Around;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.InstanceSight;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.VerbRefusedException;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.RecoveryLimits;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.ServerSettings;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of ParameterChange: what is seen on the left, reason and actions on the right. */
class ParameterChangeTest {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final Duration DEADLINE = Duration.ofMinutes(1);
    private static final Map<String, String> PROVED = Map.of("work_mem", "4MB");
    private static final Map<String, String> WANTED = Map.of("work_mem", "8MB", "max_connections", "200");

    private final Certificates certificates =
            new Certificates("cluster.local", new SecureRandom(), Clock.fixed(START, ZoneOffset.UTC));
    private final InstanceResources resources = new InstanceResources(new InstanceConfiguration(InstanceScript.load()));
    private final ParameterChange changes =
            new ParameterChange(new InstanceActions(resources, certificates, Parameters.load()), DEADLINE);

    private InstanceTemplate template = Templates.database().withParameters(PROVED);
    private Map<String, String> wanted = WANTED;
    private @Nullable ConfigurationStatus noted = new ConfigurationStatus(START.toString(), PROVED, null);
    private Around around = Around.alone("shop");
    private List<Condition> before = List.of();
    private final InstanceSight sight = new InstanceSight(template, certificates);
    private Instant now = START;
    private Looked<ScriptStatus> script = new Looked.Absent<>();
    private Conditions conditions = new Conditions(before, 1, now);

    @Test
    void whatAServerRunsWithIsNotedAndUsedFromThenOn() {
        var outcome = plan(server(WANTED, WANTED, Set.of()));
        expect("InForce");
        assertThat(outcome.noted().parameters()).isEqualTo(WANTED);
        assertThat(outcome.wakeUp()).as("the StatefulSet is next").isPresent();

        wanted = PROVED;
        assertThat(plan(server(PROVED, PROVED, Set.of())).noted())
                .as("nothing new")
                .isEqualTo(noted);
    }

    @Test
    void anotherConfigurationIsReloadedFirst() {
        var outcome = plan(server(PROVED, PROVED, Set.of("max_connections")));
        expect("Reloading");
        assertThat(names(outcome)).containsExactly("Reload");
        assertThat(outcome.noted()).isEqualTo(noted);
    }

    @Test
    void whatNeedsARestartGetsOneAndItIsToldByName() {
        var outcome = plan(server(WANTED, PROVED, Set.of("max_connections")));
        expect("Restarting");
        assertThat(names(outcome))
                .containsExactly("Normal Restarting on PostgresDatabase", "Restart shop-g1-0 1.0/" + revision(PROVED));
        assertThat(condition().getMessage()).contains("max_connections");

        before = conditions.list();
        assertThat(names(plan(server(WANTED, PROVED, Set.of("max_connections")))))
                .as("told once")
                .containsExactly("Restart shop-g1-0 1.0/" + revision(PROVED));
    }

    @Test
    void nobodyIsRestartedWhileThePrimaryChanges() {
        around = new Around("shop", true, Optional.of(Map.of()), true);
        assertThat(names(plan(server(WANTED, PROVED, Set.of("shared_preload_libraries")))))
                .containsExactly("Normal RestartPending on PostgresDatabase");
        expect("RestartPending");
    }

    /** It could not take back what a server does not start with. */
    @Test
    void aPodWithAnOlderScriptIsToldNothingAndHasToBeDeleted() {
        var settings = new ServerSettings("", Set.of(), Map.of(), false, false);
        var outcome = plan(report(PROVED, settings, false));
        expect("RestartPending");
        assertThat(names(outcome)).containsExactly("Normal RestartPending on PostgresDatabase");
        assertThat(condition().getMessage()).contains("Delete the pod");
        assertThat(outcome.noted()).as("not seen to work").isEqualTo(noted);

        // What was read back from its objects may say the same in other words.
        noted = new ConfigurationStatus(START.toString(), Map.of("work_mem", "8MB", "MAX_CONNECTIONS", "200"), null);
        template = template.withParameters(noted.parameters());
        plan(report(WANTED, settings, false));
        expect("InForce");
    }

    @Test
    void settingsThatPgforkCannotUseLeaveTheOthersInForce() {
        wanted = Map.of("listen_addresses", "*");
        var outcome = plan(server(PROVED, PROVED, Set.of()));
        expect("ParametersRejected");
        assertThat(names(outcome)).containsExactly("Warning ParametersRejected on PostgresDatabase");
        assertThat(outcome.noted().parameters()).isEqualTo(PROVED);
        assertThat(outcome.noted().rejected().parameters()).isEqualTo(wanted);
        assertThat(condition().getMessage()).contains("listen_addresses");
    }

    @Test
    void whatAServerDidNotStartWithIsNotTriedAgain() {
        var failure = new ActionFailedException(
                new Action.Reload(template.withParameters(WANTED)),
                new VerbRefusedException("ConfigurationRejected", "could not access file"));
        noted = ParameterChange.rejected(failure, noted).orElseThrow();
        var outcome = plan(server(PROVED, PROVED, Set.of()));
        expect("ParametersRejected");
        assertThat(names(outcome)).doesNotContain("Reload");
        assertThat(condition().getMessage()).contains("could not access file");
        assertThat(ProvedParameters.inheritable(WANTED, noted)).isEqualTo(PROVED);

        wanted = Map.of("work_mem", "6MB");
        plan(server(PROVED, PROVED, Set.of()));
        expect("Reloading");
    }

    @Test
    void aRefusalOfWhatWasInForceIsAnotherMatter() {
        var refused = new VerbRefusedException("ConfigurationRejected", "could not access file");
        assertThat(ParameterChange.rejected(new ActionFailedException(new Action.Reload(template), refused), noted))
                .isEmpty();
    }

    @Test
    void whatIsRefusedIsWrittenDownWhereNothingWasNotedYet() {
        template = template.withParameters(WANTED);
        var failure = new ActionFailedException(
                new Action.Reload(template), new VerbRefusedException("ConfigurationRejected", "no such library"));
        noted = ParameterChange.rejected(failure, null).orElseThrow();
        assertThat(ProvedParameters.usable(WANTED, noted))
                .as("there is nothing else")
                .isEqualTo(WANTED);
        var outcome = plan(server(PROVED, PROVED, Set.of()));
        expect("ParametersRejected");
        assertThat(names(outcome)).containsExactly("Warning ParametersRejected on PostgresDatabase");
        assertThat(condition().getMessage()).isEqualTo("no such library");
        assertThat(outcome.wakeUp()).as("not tried again").isEmpty();
    }

    @Test
    void aPrimaryWaitsForItsStandbys() {
        around = new Around("shop", true, Optional.empty(), false);
        assertThat(names(plan(server(PROVED, PROVED, Set.of()))))
                .containsExactly("Normal WaitingForFollowers on PostgresDatabase");
        expect("WaitingForFollowers");
        around = around(Map.of("replica", standby(PROVED, true)));
        plan(server(PROVED, PROVED, Set.of()));
        expect("WaitingForFollowers");
        assertThat(condition().getMessage()).contains("replica").contains("max_connections");

        before = conditions.list();
        now = START.plus(DEADLINE).plusSeconds(1);
        assertThat(names(plan(server(PROVED, PROVED, Set.of()))))
                .containsExactly("Warning FollowersNotReady on PostgresDatabase");
        expect("FollowersNotReady");
    }

    record Sibling(Looked<ServerReport> server, String reason, String says) {}

    private static Stream<Sibling> siblings() {
        return Stream.of(
                new Sibling(standby(WANTED, true), "Reloading", ""),
                new Sibling(standby(WANTED, false), "Reloading", ""),
                new Sibling(standby(PROVED, true), "WaitingForFollowers", "Not so yet: replica"),
                // It may stream again in the next moment.
                new Sibling(standby(PROVED, false), "WaitingForFollowers", "Not so yet: replica"),
                new Sibling(new Looked.Unknown<>("timeout"), "WaitingForFollowers", "Not known of replica"),
                // It takes as much as it needs when it starts.
                new Sibling(new Looked.Absent<>(), "Reloading", ""));
    }

    @ParameterizedTest
    @MethodSource("siblings")
    void aPrimaryGoesOnOnceItsStandbysHaveEnough(Sibling sibling) {
        around = around(Map.of("replica", sibling.server()));
        plan(server(PROVED, PROVED, Set.of()));
        expect(sibling.reason());
        if (!sibling.says().isEmpty()) {
            assertThat(condition().getMessage()).contains(sibling.says());
        }
    }

    /** It would wait for ever for followers of the database, which know nothing of its settings. */
    @Test
    void aFollowerThatIsThePrimarySaysWhereItsSiblingsTakeTheirSettingsFrom() {
        template = Templates.follower().withRole(Role.PRIMARY, 2, null).withParameters(PROVED);
        around = new Around("shop-replica", true, Optional.of(Map.of("shop-other", standby(PROVED, true))), false);
        plan(server(PROVED, PROVED, Set.of()));
        expect("WaitingForFollowers");
        assertThat(condition().getMessage())
                .contains("shop-other")
                .contains("set it in spec.parameters of PostgresDatabase shop");
    }

    @Test
    void aPrimaryThatGetsLessWaitsForNobody() {
        wanted = Map.of("max_connections", "50");
        around = new Around("shop", true, Optional.empty(), false);
        plan(server(PROVED, PROVED, Set.of()));
        expect("Reloading");
        plan(server(wanted, PROVED, Set.of("max_connections")));
        expect("Restarting");
    }

    @Test
    void aPromotedStandbyThatHasMoreSaysSo() {
        wanted = PROVED;
        var settings = new ServerSettings("1.0/" + revision(PROVED), Set.of(), limits("200"), false, false);
        plan(report(PROVED, settings, false));
        expect("InForce");
        assertThat(condition().getMessage()).contains("but for max_connections");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # own, wanted, demanded (0: not asked), paused, restarted since
            100, 200, 100, false, false, Restarting
            100, 200, 100, false, true,  InForce
            200, 100, 200, false, false, WaitingForPrimary
            200, 100, 200, false, true,  WaitingForPrimary
            200, 100, 0,   false, false, WaitingForPrimary
            200, 50,  100, false, true,  WaitingForPrimary
            200, 100, 100, false, false, Restarting
            200, 100, 100, false, true,  Restarting
            200, 100, 50,  false, true,  Restarting
            100, 100, 200, true,  true,  Restarting
            100, 100, 0,   true,  true,  InForce
            100, 100, 100, true,  true,  InForce
            200, 100, 200, true,  true,  WaitingForPrimary
            100, 100, 100, false, true,  InForce
            """)
    void aStandbyHasNoLessThanItsReplayDemands(
            int own, String limit, int demanded, boolean paused, boolean restarted, String reason) {
        wanted = Map.of("max_connections", limit);
        template = Templates.follower().withParameters(wanted);
        around = new Around("shop", true, Optional.empty(), false);
        script = InstanceSight.script(
                Phase.running, null, null, demanded == 0 ? Map.of() : Map.of("max_connections", demanded));
        plan(standbyWith(own, paused, restarted ? wanted : PROVED));
        expect(reason);
        if (reason.equals("Restarting")) {
            plan(standbyWith(Math.max(Integer.parseInt(limit), demanded), false, wanted));
            assertThat(condition().getReason())
                    .as("a restart has always changed something")
                    .isNotEqualTo("Restarting");
        }
    }

    private Looked<ServerReport> standbyWith(int connections, boolean paused, Map<String, String> started) {
        return report(
                wanted,
                new ServerSettings(
                        "1.0/" + revision(started),
                        Set.of("max_connections"),
                        limits(String.valueOf(connections)),
                        true,
                        paused),
                true);
    }

    /** Of a server that cannot start with the settings that it has; new instances have nothing noted. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # reason, of which its script has the configuration
            PostmasterCrashed, before, Reload
            BootstrapFailed,   before, Reload
            QuarantineFailed,  before, Reload
            PostmasterCrashed, wanted,
            PostmasterCrashed, unsaid,
            DiskFull,          before,
            NoNewTimeline,     before,
            """)
    void correctedSettingsReachAServerThatDoesNotStart(String reason, String has, @Nullable String action) {
        var revision =
                Map.of("before", revision(PROVED), "wanted", revision(WANTED)).get(has);
        script = InstanceSight.script(Phase.failed, reason, revision, Map.of());
        var expected = action == null ? List.<String>of() : List.of(action);
        for (var status : Arrays.asList(noted, null)) {
            noted = status;
            template = template.withParameters(ProvedParameters.usable(WANTED, status));
            assertThat(names(plan(new Looked.Absent<>()))).isEqualTo(expected);
            var bringing = changes.bringUp(template, WANTED, seen(new Looked.Absent<>()));
            assertThat(ActionNames.of(new Plan<>("", bringing, Optional.empty())))
                    .isEqualTo(expected);
        }
        assertThat(changes.bringUp(template, WANTED, seen(server(PROVED, PROVED, Set.of()))))
                .as("it serves")
                .isEmpty();
    }

    @Test
    void aServerThatDoesNotAnswerIsLeftAlone() {
        before = List.of();
        assertThat(plan(new Looked.Absent<>()).actions()).isEmpty();
        assertThat(Conditions.find(conditions.list(), ParameterChange.CONDITION))
                .isEmpty();
    }

    private ParameterChange.Outcome plan(Looked<ServerReport> server) {
        conditions = new Conditions(before, 1, now);
        return changes.plan(template, wanted, noted, seen(server), around, before, conditions, now);
    }

    private InstanceObservation seen(Looked<ServerReport> server) {
        return sight.script(script).server(server).seen();
    }

    /** That has been told of some settings, and was started with others. */
    private Looked<ServerReport> server(Map<String, String> told, Map<String, String> started, Set<String> pending) {
        return report(
                told,
                new ServerSettings("1.0/" + revision(started), pending, RecoveryLimits.of(started), false, false),
                false);
    }

    private Looked<ServerReport> report(Map<String, String> told, ServerSettings settings, boolean inRecovery) {
        return new Looked.Found<>(new ServerReport(
                template.owner().uid(),
                1,
                revision(told),
                "17.6",
                "7550",
                1,
                inRecovery,
                START,
                certificates.serial(sight.tls()),
                settings,
                Optional.empty()));
    }

    private String revision(Map<String, String> parameters) {
        return resources.revision(template.withParameters(parameters));
    }

    private static Around around(Map<String, Looked<ServerReport>> others) {
        return new Around("shop", true, Optional.of(others), false);
    }

    private static Looked<ServerReport> standby(Map<String, String> parameters, boolean streaming) {
        var settings = new ServerSettings("1.0/x", Set.of(), RecoveryLimits.of(parameters), streaming, false);
        return new Looked.Found<>(
                new ServerReport("uid", 1, "x", "17.6", "7550", 1, true, START, "ab12", settings, Optional.empty()));
    }

    private static Map<String, Integer> limits(String connections) {
        return RecoveryLimits.of(Map.of("max_connections", connections));
    }

    private void expect(String reason) {
        assertThat(condition().getReason()).isEqualTo(reason);
        assertThat(condition().getStatus()).isEqualTo(reason.equals("InForce") ? "True" : "False");
    }

    private Condition condition() {
        return Conditions.find(conditions.list(), ParameterChange.CONDITION).orElseThrow();
    }

    private static List<String> names(ParameterChange.Outcome outcome) {
        return ActionNames.of(new Plan<>("", outcome.actions(), Optional.empty()));
    }
}
