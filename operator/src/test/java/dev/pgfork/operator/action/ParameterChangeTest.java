package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.operator.action.ParameterChange.Around;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Growth;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.Trial;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    private ConfigurationStatus noted = new ConfigurationStatus(START.toString(), PROVED, null);
    private Around around = Around.alone("shop");
    private List<Condition> before = List.of();
    private Instant now = START;
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
        assertThat(outcome.actions()).isEmpty();
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

    @Test
    void aPodWithAnOlderScriptHasToBeDeleted() {
        var settings = new ServerSettings("", Set.of("max_connections"), Map.of(), false, false);
        var outcome = plan(report(WANTED, settings, false));
        expect("RestartPending");
        assertThat(condition().getMessage()).contains("Delete the pod");
        assertThat(outcome.noted()).as("not seen to work").isEqualTo(noted);
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
        assertThat(ParameterChange.rejected(
                        new ActionFailedException(
                                new Action.Reload(template.withParameters(WANTED)),
                                new VerbRefusedException("Busy", "another verb")),
                        noted))
                .isEmpty();
    }

    @Test
    void aPrimaryWaitsForStandbysThatStream() {
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

    @Test
    void aPrimaryGoesOnOnceTheyHaveEnoughOrDoNotStream() {
        around = around(Map.of("replica", standby(WANTED, true), "down", standby(PROVED, false)));
        plan(server(PROVED, PROVED, Set.of()));
        expect("Reloading");
        plan(server(WANTED, PROVED, Set.of("max_connections")));
        expect("Restarting");
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

    @ParameterizedTest
    @CsvSource(textBlock = """
            # own, wanted, primary, paused, restarted since
            100, 200, 100, false, false, Restarting
            100, 200, 100, false, true,  InForce
            200, 100, 200, false, false, WaitingForPrimary
            200, 100, 100, false, false, Restarting
            200, 100, 100, false, true,  Restarting
            100, 100, 200, true,  true,  Restarting
            200, 100, 200, true,  true,  WaitingForPrimary
            100, 100, 100, false, true,  InForce
            """)
    void aStandbyHasNoLessThanItsPrimary(
            int own, String limit, String primary, boolean paused, boolean restarted, String reason) {
        wanted = Map.of("max_connections", limit);
        template = Templates.follower().withParameters(wanted);
        around = new Around("shop", true, Optional.of(Map.of("shop", primary(primary))), false);
        var started = restarted ? wanted : PROVED;
        var settings = new ServerSettings(
                "1.0/" + revision(started), Set.of("max_connections"), limits(String.valueOf(own)), true, paused);
        plan(report(wanted, settings, true));
        expect(reason);
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

    private static InstanceObservation seen(Looked<ServerReport> server) {
        return new InstanceObservation(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Looked.Absent<>(),
                server,
                Growth.NONE,
                Trial.NONE,
                Optional.empty());
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
                "ab12",
                settings,
                Optional.empty()));
    }

    private String revision(Map<String, String> parameters) {
        return resources.revision(template.withParameters(parameters));
    }

    private static Around around(Map<String, ServerReport> others) {
        return new Around("shop", true, Optional.of(others), false);
    }

    private static ServerReport standby(Map<String, String> parameters, boolean streaming) {
        return other(new ServerSettings("1.0/x", Set.of(), RecoveryLimits.of(parameters), streaming, false));
    }

    private static ServerReport primary(String connections) {
        return other(new ServerSettings("1.0/x", Set.of(), limits(connections), false, false));
    }

    private static Map<String, Integer> limits(String connections) {
        return RecoveryLimits.of(Map.of("max_connections", connections));
    }

    private static ServerReport other(ServerSettings settings) {
        return new ServerReport("uid", 1, "x", "17.6", "7550", 1, true, START, "ab12", settings, Optional.empty());
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
