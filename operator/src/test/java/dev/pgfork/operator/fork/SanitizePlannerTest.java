package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.SanitizeStep.As;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.Origin;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.State;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.SanitizeRecord;
import dev.pgfork.operator.instance.SanitizeSql;
import dev.pgfork.operator.instance.Sanitizing;
import dev.pgfork.operator.instance.Sanitizing.DoneStep;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.status.Conditions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The table of {@link SanitizePlanner}: a step of the source, and one of the fork's own. */
class SanitizePlannerTest extends ForkPlanning {
    private static final SanitizeStep MASK =
            new SanitizeStep("mask", null, new SanitizeStep.Key("masks", "mask.sql"), null, null, null, null);
    private static final SanitizeStep OWN =
            new SanitizeStep("own", "crm", null, new SanitizeStep.Key("salt", "own.sql"), As.Owner, false, "90s");
    private static final SanitizeSql SQL = SanitizeSql.of("UPDATE a SET b = 'salt'");

    private PostgresForkStatus noted() {
        var world = ForkWorld.withSource().claimed().prepared();
        demand(world);
        var position = plan(world).status();
        var cut = ForkWorld.withSource().claimed().noted(position).snapshot(CUT, true);
        demand(cut);
        return plan(cut, CUT).status();
    }

    private static void demand(ForkWorld world) {
        demand(world, OWN);
    }

    private static void demand(ForkWorld world, SanitizeStep own) {
        world.source = world.source.map(
                source -> source.with(new SanitizeRules(List.of(new SanitizeRules.Demand("prod", MASK)), List.of())));
        world.sanitized(own);
    }

    /** In quarantine, with what the script says of the steps. */
    private ForkWorld world(Sanitizing sanitizing) {
        var world = new ForkWorld()
                .claimed()
                .noted(noted())
                .snapshot(CUT, true)
                .volume("Bound")
                .pod(false)
                .script(ScriptStatus.Phase.quarantine);
        world.script = new Looked.Found<>(said(world.script.found().orElseThrow(), sanitizing));
        return world;
    }

    private static ScriptStatus said(ScriptStatus of, @Nullable Sanitizing sanitizing) {
        return new ScriptStatus(
                of.phase(),
                of.role(),
                of.epoch(),
                of.openedBy(),
                of.systemIdentifier(),
                of.timeline(),
                of.switchPoint(),
                of.step(),
                of.reason(),
                of.message(),
                of.sqlstate(),
                of.line(),
                of.started(),
                of.recovered(),
                of.opened(),
                of.leader(),
                of.crashes(),
                sanitizing,
                null,
                null,
                Map.of());
    }

    private static Sanitizing script(Sanitizing.State state, DoneStep... done) {
        return new Sanitizing(state, done.length + 1, false, null, null, null, null, List.of(done));
    }

    private static Sanitizing failed(String hash, boolean partial) {
        return new Sanitizing(Sanitizing.State.failed, 1, partial, hash, "23505", 7, null, List.of());
    }

    private static List<State> states(Plan<PostgresForkStatus> plan) {
        return plan.status().sanitize().stream().map(SanitizeStepStatus::state).toList();
    }

    private static void expectSanitized(Plan<PostgresForkStatus> plan, boolean status, String reason) {
        assertThat(Conditions.find(plan.status().conditions(), "Sanitized"))
                .get()
                .satisfies(condition -> {
                    assertThat(condition.getStatus()).isEqualTo(status ? "True" : "False");
                    assertThat(condition.getReason()).isEqualTo(reason);
                });
    }

    @Test
    void whatAppliesIsNotedWithTheCutTheSourcesStepsFirst() {
        assertThat(noted().sanitize())
                .extracting(SanitizeStepStatus::origin, step -> step.step().name(), SanitizeStepStatus::namespace)
                .containsExactly(tuple(Origin.Source, "mask", "prod"), tuple(Origin.Own, "own", "prod"));
        var complete = noted().sanitize().getFirst().step();
        assertThat(complete).isEqualTo(new SanitizeStep("mask", "app", MASK.configMap(), null, As.Owner, true, "10m"));
        var template = ForkResources.recorded(new ForkWorld().fork, noted()).orElseThrow();
        assertThat(template.seed())
                .isInstanceOfSatisfying(
                        Seed.Snapshot.class,
                        seed -> assertThat(seed.sanitize().steps()).hasSize(2));
    }

    @Test
    void whatTheSpecsSayLaterChangesNothing() {
        var world = world(script(Sanitizing.State.waiting));
        world.fork.setSpec(new ForkWorld().fork.getSpec());
        world.sanitizeSql = new Looked.Found<>(SQL);
        assertThat(ActionNames.of(plan(world))).contains("Sanitize 1 in pr-42-g1-0 of app");
        assertThat(states(plan(world))).hasSize(2);
    }

    @Test
    void aStepIsNotedBeforeItIsRun() {
        var world = world(script(Sanitizing.State.waiting));
        world.sanitizeSql = new Looked.Found<>(SQL);
        var plan = plan(world);
        expect(plan, ForkPhase.Quarantine, Conditions.RECONCILING, "Sanitizing");
        expectSanitized(plan, false, "Sanitizing");
        assertThat(states(plan)).containsExactly(State.Running, State.Pending);
        assertThat(ActionNames.of(plan)).containsSubsequence("PersistIntent", "Sanitize 1 in pr-42-g1-0 of app");
        assertThat(plan.toString())
                .doesNotContain("salt'")
                .doesNotContain(SQL.statements().getFirst().text());
    }

    @Test
    void anOwnStepIsRunAsItSays() {
        var world = world(script(Sanitizing.State.waiting, new DoneStep("hash", 1.5)));
        world.sanitizeSql = new Looked.Found<>(SQL);
        var plan = plan(world);
        assertThat(states(plan)).containsExactly(State.Done, State.Running);
        assertThat(plan.status().sanitize().getFirst().seconds()).isEqualTo(1.5);
        assertThat(plan.status().sanitizedBy())
                .containsExactly(
                        new SanitizedBy("mask", Origin.Source, "pr-42", "hash", "ConfigMap prod/masks, key mask.sql"));
        assertThat(plan.actions())
                .filteredOn(Action.Sanitize.class::isInstance)
                .singleElement()
                .satisfies(action -> {
                    var order = ((Action.Sanitize) action).order();
                    assertThat(order.step()).isEqualTo(2);
                    assertThat(order.superuser()).isFalse();
                    assertThat(order.transaction()).isFalse();
                    assertThat(order.timeout()).isEqualTo(Duration.ofSeconds(90));
                    assertThat(order.database()).isEqualTo("crm");
                });
    }

    @Test
    void nothingIsRunTwiceAtATime() {
        var world = world(script(Sanitizing.State.waiting));
        world.sanitizeSql = new Looked.Found<>(SQL);
        world.sanitizing = Optional.of(new Progress.Running<>());
        assertThat(ActionNames.of(plan(world))).noneMatch(name -> name.startsWith("Sanitize"));
        expect(plan(world), ForkPhase.Quarantine, Conditions.RECONCILING, "Sanitizing");
        world.sanitizing = Optional.of(new Progress.Failed<>("the exec broke off"));
        assertThat(ActionNames.of(plan(world))).contains("Sanitize 1 in pr-42-g1-0 of app");
        assertThat(message(plan(world))).contains("the exec broke off");
    }

    @Test
    void aMissingSourceIsWaitedFor() {
        var world = world(script(Sanitizing.State.waiting));
        expect(plan(world), ForkPhase.Quarantine, Conditions.RECONCILING, "SanitizeSourceMissing");
        expectSanitized(plan(world), false, "SanitizeSourceMissing");
        assertThat(message(plan(world))).contains("key mask.sql of ConfigMap prod/masks");
        expect(
                plan(world, START.plus(DEADLINE).plusSeconds(60)),
                ForkPhase.Quarantine,
                Conditions.STALLED,
                "SanitizeSourceMissing");
        world.sanitizeSql = new Looked.Unknown<>("forbidden");
        expect(plan(world), ForkPhase.Quarantine, Conditions.RECONCILING, "SanitizeSourceUnreadable");
    }

    @Test
    void aFailureIsToldByLineAndCodeUntilTheSqlIsAnother() {
        var world = world(failed(SQL.hash(), false));
        world.sanitizeSql = new Looked.Found<>(SQL);
        var plan = plan(world);
        expect(plan, ForkPhase.Quarantine, Conditions.STALLED, "SanitizeFailed");
        expectSanitized(plan, false, "SanitizeFailed");
        assertThat(states(plan)).containsExactly(State.Failed, State.Pending);
        assertThat(message(plan))
                .contains("mask", "line 7", "SQLSTATE 23505", "Nothing of it was kept", "ConfigMap prod/masks");
        assertThat(plan.status().sanitize().getFirst().sqlHash())
                .as("not to be guessed at")
                .isNull();
        assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Sanitize"));
        world.sanitizeSql = new Looked.Found<>(SanitizeSql.of("SELECT 1"));
        assertThat(ActionNames.of(plan(world))).contains("Sanitize 1 in pr-42-g1-0 of app");
    }

    @Test
    void whatIsHalfDoneIsSaid() {
        var world = world(failed(SQL.hash(), true));
        world.sanitizeSql = new Looked.Found<>(SQL);
        assertThat(message(plan(world))).contains("What it did before that stays");
        world.sanitizeSql = new Looked.Found<>(SanitizeSql.of("SELECT 1"));
        assertThat(message(plan(world))).contains("a part may have been done before");
    }

    @Test
    void whatCannotBeAStepIsNotTried() {
        var world = world(script(Sanitizing.State.waiting));
        world.sanitizeSql = new Looked.Found<>(SanitizeSql.of("SELECT 1;\nCOMMIT"));
        expect(plan(world), ForkPhase.Quarantine, Conditions.STALLED, "SanitizeFailed");
        assertThat(message(plan(world))).contains("line 2", "transaction: false");
        assertThat(ActionNames.of(plan(world))).noneMatch(name -> name.startsWith("Sanitize"));
    }

    @Test
    void whileItRunsAndIsCleanedNothingElseIsAskedFor() {
        for (var state : List.of(Sanitizing.State.running, Sanitizing.State.cleaning)) {
            var plan = plan(world(script(state)));
            expect(plan, ForkPhase.Quarantine, Conditions.RECONCILING, "Sanitizing");
            assertThat(ActionNames.of(plan)).noneMatch(name -> name.startsWith("Sanitize"));
            expect(
                    plan(world(script(state)), START.plus(DEADLINE).plusSeconds(600)),
                    ForkPhase.Quarantine,
                    Conditions.RECONCILING,
                    "Sanitizing");
        }
    }

    @Test
    void noServiceAndNoSecretBeforeTheLastStep() {
        var world = world(script(Sanitizing.State.waiting, new DoneStep("a", 1)));
        assertThat(ActionNames.of(plan(world))).noneMatch(name -> name.contains("Create Service pr-42"));
        assertThat(ActionNames.of(plan(world))).doesNotContain("PublishBinding");
    }

    @Test
    void whenItIsOpenItSaysWhatItHasPassed() {
        var world = world(script(Sanitizing.State.waiting));
        world.script(ScriptStatus.Phase.running);
        world.script = new Looked.Found<>(said(
                world.script.found().orElseThrow(),
                script(Sanitizing.State.done, new DoneStep("a", 1), new DoneStep("b", 2))));
        var plan = plan(world.serving().opened());
        expectSanitized(plan, true, "Sanitized");
        assertThat(states(plan)).containsExactly(State.Done, State.Done);
        assertThat(plan.status().sanitizedBy()).extracting(SanitizedBy::sqlHash).containsExactly("a", "b");
    }

    @Test
    void aForkOfAForkPutsOnRecordWhatThatHasPassed() {
        var passed = new SanitizedBy("mask", Origin.Source, "golden", "hash", "where it was");
        var world = ForkWorld.withSource().claimed().prepared();
        world.source = world.source.map(source -> source.with(new SanitizeRules(List.of(), List.of(passed))));
        var position = plan(world).status();
        assertThat(position.sanitize()).isNull();
        assertThat(position.sanitizedBy()).containsExactly(passed);
    }

    /** The volume carries what was noted, and keeps it while the steps are done. */
    @Test
    void aLostStatusTakesNothingFromTheRecord() {
        var passed = List.of(new SanitizedBy("before", Origin.Source, "pr-41", "abc", "where it was"));
        var noted = SanitizeRecord.of(noted().sanitize(), passed);
        var done = plan(world(script(Sanitizing.State.done, new DoneStep("h1", 1), new DoneStep("h2", 2))))
                .status();
        var later = new ArrayList<>(passed);
        later.addAll(done.sanitizedBy());
        assertThat(SanitizeRecord.of(done.sanitize(), later)).isEqualTo(noted);
        assertThat(SanitizeRecord.parse(noted.text())).isEqualTo(noted);

        var fork = new ForkWorld().fork;
        var template = ForkResources.recorded(fork, done).orElseThrow();
        var volume = RESOURCES.volume(template);
        volume.getMetadata().setCreationTimestamp(CUT.toString());
        var belongings = new Belongings(
                List.of(RESOURCES.statefulSet(template)),
                List.of(),
                List.of(volume),
                List.of(),
                List.of(RESOURCES.configMap(template)));
        assertThat(LostRecord.of(fork, belongings, 1))
                .get()
                .extracting(LostRecord::sanitize)
                .isEqualTo(SanitizeRecord.of(noted().sanitize(), null));
    }

    @Test
    void noForkHasASuperusersStepOfItsOwnWhereTheSourceDemandsSteps() {
        var mighty = new SanitizeStep(
                "own", null, OWN.secret() == null ? OWN.configMap() : null, OWN.secret(), As.Superuser, null, null);
        var world = ForkWorld.withSource().claimed().prepared();
        demand(world, mighty);
        var plan = plan(world);
        expect(plan, ForkPhase.Refused, Conditions.STALLED, "SuperuserStepRefused");
        world.source = world.source.map(source -> source.with(SanitizeRules.NONE));
        assertThat(plan(world).status().phase()).isEqualTo(ForkPhase.Cutting);
    }

    /** Whatever the script says of being open: Service and Secret come when the last step is on record. */
    @Test
    void nobodyIsLedToAForkBeforeItsLastStepIsOnRecord() {
        var world = world(script(Sanitizing.State.waiting, new DoneStep("h1", 1)));
        world.script(ScriptStatus.Phase.running).serving();
        assertThat(ActionNames.of(plan(world)))
                .noneMatch(name -> name.contains("Service pr-42") || name.contains("Binding"));
        var done = script(Sanitizing.State.done, new DoneStep("h1", 1), new DoneStep("h2", 2));
        world.script = new Looked.Found<>(said(world.script.found().orElseThrow(), done));
        assertThat(ActionNames.of(plan(world))).anyMatch(name -> name.contains("Binding"));
    }

    /** Status lost in quarantine: the snapshot and the volume are there, and the lists have changed meanwhile. */
    @Test
    void aVolumeWithoutAStatusIsHeldToWhatItWasMadeFor() {
        var template = ForkResources.recorded(new ForkWorld().fork, noted()).orElseThrow();
        var world = ForkWorld.withSource().claimed().prepared();
        world.volume = Optional.of(RESOURCES.volume(template));
        world.noted(plan(world).status());
        assertThat(plan(world).status().sanitize())
                .extracting(step -> step.step().name())
                .containsExactly("mask", "own");
    }
}
