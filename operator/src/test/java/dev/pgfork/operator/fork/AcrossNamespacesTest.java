package dev.pgfork.operator.fork;

import static dev.pgfork.operator.fork.Abroad.TAKEN;
import static dev.pgfork.operator.fork.Abroad.abroad;
import static dev.pgfork.operator.fork.Abroad.handedOver;
import static dev.pgfork.operator.fork.Abroad.takenBack;
import static dev.pgfork.operator.fork.Abroad.withoutVolume;
import static dev.pgfork.operator.fork.ForkWorld.START;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkNamespaces;
import dev.pgfork.api.v1alpha1.ForkNamespaces.From;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.ForkRules;
import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.InheritedForkRules.NamespaceRule;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PostgresFork pr-42 in preview of PostgresDatabase shop in prod. */
class AcrossNamespacesTest extends ForkPlanning {
    private static ForkWorld consented() {
        return abroad(ForkWorld.withSource());
    }

    @Test
    void aSourceThatIsNotThereAndOneThatDoesNotConsentLookAlike() {
        // What does not consent is not seen: there is one case only.
        var plan = plan(abroad(new ForkWorld()));
        expect(plan, ForkPhase.Refused, Conditions.STALLED, "NotAllowed");
        assertThat(message(plan))
                .isEqualTo("There is no PostgresDatabase prod/shop that allows forks in namespace preview. If there is"
                        + " one, its spec.forks.namespaces must allow this namespace, and the chart's forksAcrossNamespaces"
                        + " must be true");
    }

    @Test
    void inItsOwnNamespaceTheSourceMayCome() {
        expect(plan(new ForkWorld()), ForkPhase.Pending, Conditions.RECONCILING, "SourceNotFound");
    }

    @Test
    void whatIsCutIsTakenWhereTheSourceIs() {
        var plan = plan(consented().claimed().prepared());
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "Cutting");
        var taken = created(plan, VolumeSnapshot.class);
        assertThat(taken.getMetadata().getNamespace()).isEqualTo("prod");
        assertThat(taken.getMetadata().getName()).isEqualTo(TAKEN);
        assertThat(taken.getSpec().getSource().getPersistentVolumeClaimName()).isEqualTo("shop-g1");
        assertOursAbroad(taken);
    }

    @Test
    void whatIsDemandedOfItIsNotedWithTheCut() {
        var world = consented().claimed().prepared();
        world.source = world.source.map(source -> source.with(
                ForkConsent.ofOrigin("prod", new ForkRules(new ForkNamespaces(From.All, null), 7, null, null))));
        var noted = plan(world).status().forks();
        assertThat(noted).isNotNull();
        assertThat(noted.namespaces()).containsExactly(new NamespaceRule("prod", From.All, null));
        assertThat(noted.maxForks()).isEqualTo(7);
    }

    @Test
    void noFileThatIsToBeMaskedLeavesItsNamespace() {
        var world = consented().claimed().prepared();
        var step = new SanitizeStep("mask", null, null, null, null, null, null);
        world.source = world.source.map(
                source -> source.with(new SanitizeRules(List.of(new SanitizeRules.Demand("prod", step)), List.of())));
        var plan = plan(world);
        expect(plan, ForkPhase.Refused, Conditions.STALLED, "MaskedCopyNeeded");
        assertThat(message(plan)).contains("Make a PostgresFork of it in namespace prod");
    }

    @Test
    void onlySoManyForksAreMade() {
        var world = ForkWorld.withSource();
        world.source = world.source.map(
                source -> source.with(ForkConsent.ofOrigin("prod", new ForkRules(null, 2, null, null))));
        world.ahead = 1;
        expect(plan(world), ForkPhase.Cutting, Conditions.RECONCILING, "Preparing");
        world.ahead = 2;
        var plan = plan(world);
        expect(plan, ForkPhase.Refused, Conditions.STALLED, "MaxForksReached");
        assertThat(message(plan)).contains("allows 2 forks");
        world.ahead = 1;
        world.noted(plan(world).status()).ahead = 2;
        expect(plan(world), ForkPhase.Refused, Conditions.STALLED, "MaxForksReached");
    }

    @Test
    void whoIsOneTooManyWhileItIsCutGivesTheCutBack() {
        var world = ForkWorld.withSource();
        var limited = new ForkRules(null, 2, null, null);
        world.source = world.source.map(source -> source.with(ForkConsent.ofOrigin("prod", limited)));
        var noted = plan(world.claimed().prepared()).status();
        world.noted(noted).snapshot(CUT, true).ahead = 1;
        assertThat(cutTime(plan(world))).isEqualTo(CUT.toString());
        world.ahead = 2;
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
        assertThat(plan.status().source()).isNull();
        assertThat(deleted(plan)).containsExactly("prod/pr-42-g1-cut1");
    }

    /** Before the snapshot is taken, before the storage has cut it, and before the cut is accepted. */
    @ParameterizedTest
    @ValueSource(strings = {"not taken", "not cut", "cut"})
    void whatIsDemandedWhileItIsCutHoldsForThatCut(String stage) {
        var noted = plan(consented().claimed().prepared()).status();
        var world = consented().claimed().noted(noted);
        if (!stage.equals("not taken")) {
            world.snapshot(stage.equals("cut") ? CUT : null, stage.equals("cut"));
        }
        demandAStep(world);
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
        assertThat(plan.status().source()).isNull();
        assertThat(ActionNames.of(plan)).noneMatch(action -> action.startsWith("Create"));
        assertThat(deleted(plan)).hasSize(stage.equals("not taken") ? 0 : 1);
        expect(plan(world.noted(plan.status())), ForkPhase.Refused, Conditions.STALLED, "MaskedCopyNeeded");
    }

    /** In the namespace of the source nothing is handed over: what was noted with the position holds. */
    @Test
    void inOneNamespaceWhatIsNotedHolds() {
        var world = ForkWorld.withSource();
        var noted = plan(world.claimed().prepared()).status();
        demandAStep(world);
        assertThat(cutTime(plan(world.noted(noted).snapshot(CUT, true)))).isEqualTo(CUT.toString());
    }

    @Test
    void itsForksAreHeldToTheLatestWordAtItsCut() {
        var noted = plan(consented().claimed().prepared()).status();
        var world = consented().claimed().noted(noted).snapshot(CUT, true);
        world.source = world.source.map(source -> source.with(
                ForkConsent.ofOrigin("prod", new ForkRules(new ForkNamespaces(From.All, null), 3, null, null))));
        var forks = plan(world).status().forks();
        assertThat(forks).isNotNull();
        assertThat(forks.maxForks()).isEqualTo(3);
    }

    private static void demandAStep(ForkWorld world) {
        var step = new SanitizeStep("mask", null, null, null, null, null, null);
        world.source = world.source.map(
                source -> source.with(new SanitizeRules(List.of(new SanitizeRules.Demand("prod", step)), List.of())));
    }

    private static String cutTime(Plan<PostgresForkStatus> plan) {
        var source = plan.status().source();
        assertThat(source).isNotNull();
        return String.valueOf(source.cutTime());
    }

    @Test
    void itIsNotMadeOfItself() {
        var world = new ForkWorld();
        Abroad.from(world, new ForkSource(ForkSource.Kind.PostgresFork, "pr-42", "prod"));
        expect(plan(world), ForkPhase.Refused, Conditions.STALLED, "SourceIsItself");
    }

    @Test
    void aSourceThatGoesWhileItIsCutTakesTheCutWithIt() {
        var noted = plan(consented().claimed().prepared()).status();
        var world = abroad(new ForkWorld()).claimed().noted(noted).snapshot(CUT, true);
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
        assertThat(ActionNames.of(plan)).startsWith("PersistIntent", "Delete VolumeSnapshot " + TAKEN);
        assertThat(plan.status().source()).isNull();
        assertThat(plan.status().forks()).isNull();
    }

    @Test
    void theSnapshotIsHandedOverBeforeTheVolumeIsMade() {
        var plan = plan(cut().snapshot(CUT, true));
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "HandingOver");
        assertThat(ActionNames.of(plan))
                .containsExactly(
                        "PersistIntent",
                        "Create VolumeSnapshotContent " + TAKEN,
                        "Create VolumeSnapshot pr-42-g1-cut1");
        var content = created(plan, VolumeSnapshotContent.class);
        assertOursAbroad(content);
        assertThat(content.getMetadata().getName()).isEqualTo(TAKEN);
        assertThat(content.getSpec().getDeletionPolicy())
                .as("or the source's snapshot would go with the fork's")
                .isEqualTo("Retain");
        assertThat(content.getSpec().getSource().getSnapshotHandle()).isEqualTo(ForkFacts.HANDLE.handle());
        assertThat(content.getSpec().getVolumeSnapshotRef().getNamespace()).isEqualTo("preview");
        assertThat(content.getSpec().getVolumeSnapshotRef().getName()).isEqualTo("pr-42-g1-cut1");
        var here = created(plan, VolumeSnapshot.class);
        assertThat(here.getMetadata().getNamespace()).isEqualTo("preview");
        assertThat(here.getMetadata().getName()).isEqualTo("pr-42-g1-cut1");
        assertThat(here.getSpec().getSource().getVolumeSnapshotContentName()).isEqualTo(TAKEN);
        assertThat(here.getMetadata().getOwnerReferences()).hasSize(1);
    }

    /** It may take long until a snapshot can be used, and the fork's status is not the source's word. */
    @ParameterizedTest
    @CsvSource({
        "a step, false",
        "a step, true",
        "no consent, false",
        "no consent, true",
        "another volume, false",
        "no volume, false",
        "a snapshot of nobody knows what, false"
    })
    void untilItHasAVolumeTheSourceMayChangeItsMind(String change, boolean handedOver) {
        var world = cut().snapshot(CUT, true);
        if (handedOver) {
            handedOver(world, true);
        }
        switch (change) {
            case "a step" -> demandAStep(world);
            case "no consent" -> world.source = Optional.empty();
            case "no volume" -> world.sourceVolume = Optional.empty();
            case "a snapshot of nobody knows what" -> withoutVolume(world);
            default ->
                world.sourceVolume = Optional.of(new SourceVolume(
                        "shop-g1", new Quantity("20Gi"), new Quantity("20Gi"), "fast", "btrfs", "made-since"));
        }
        var plan = plan(world);
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "SourceChanged");
        assertThat(plan.status().source()).isNull();
        assertThat(ActionNames.of(plan)).noneMatch(action -> action.startsWith("Create"));
        assertThat(deleted(plan))
                .isEqualTo(
                        handedOver
                                ? List.of("preview/pr-42-g1-cut1", "null/" + TAKEN, "prod/" + TAKEN)
                                : List.of("prod/" + TAKEN));
    }

    @Test
    void onceItHasAVolumeTheSourceHasNoSay() {
        var world = cut().snapshot(CUT, true).volume("Pending");
        world.source = Optional.empty();
        expect(plan(world), ForkPhase.Starting, Conditions.RECONCILING, "Starting");
    }

    @Test
    void onceHandedOverItIsMadeAsAnyFork() {
        var waits = handedOver(cut().snapshot(CUT, true), false);
        assertThat(ActionNames.of(plan(waits))).isEmpty();
        var plan = plan(handedOver(cut().snapshot(CUT, true), true));
        expect(plan, ForkPhase.Starting, Conditions.RECONCILING, "Starting");
        assertThat(ActionNames.of(plan)).contains("Create PersistentVolumeClaim pr-42-g1");
    }

    /** A content is bound once; whoever deletes the VolumeSnapshot makes it worthless. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // content bound to | VolumeSnapshot | deleted | made
                "''        | false | nothing | true",
                "uid-of-it | true  | nothing | false",
                "''        | true  | nothing | false",
                "another   | false | content | false",
                "another   | true  | both    | false",
                "missing   | true  | it      | false",
                "going     | false | nothing | false",
            })
    void whatCannotBeBoundIsMadeAnew(String content, boolean here, String deleted, boolean made) {
        var plan = plan(Abroad.between(cut().snapshot(CUT, true), content, here));
        expect(plan, ForkPhase.Cutting, Conditions.RECONCILING, "HandingOver");
        var gone = switch (deleted) {
            case "content" -> List.of("null/" + TAKEN);
            case "it" -> List.of("preview/pr-42-g1-cut1");
            case "both" -> List.of("preview/pr-42-g1-cut1", "null/" + TAKEN);
            default -> List.of();
        };
        assertThat(deleted(plan)).isEqualTo(gone);
        assertThat(ActionNames.of(plan).contains("Create VolumeSnapshot pr-42-g1-cut1"))
                .isEqualTo(made);
    }

    /** What holds a deleted object elsewhere is not for the fork, or its namespace, to wait for. */
    @Test
    void whatIsGoingElsewhereHoldsNobodyUp() {
        var world = Abroad.between(cut().snapshot(CUT, true), "going", false);
        var plan = planner.planDeletion(world.fork, world.seen(), START);
        assertThat(deleted(plan)).containsExactly("prod/" + TAKEN);
        assertThat(message(plan)).isEqualTo("The fork is being deleted; first go VolumeSnapshot prod/" + TAKEN);
        world.snapshot = Optional.empty();
        var last = Abroad.between(world, "going", false);
        assertThat(planner.planDeletion(last.fork, last.seen(), START).wakeUp()).isEmpty();
    }

    /** What is still there of the handing over is looked for as soon as that is on record. */
    @Test
    void onceReadyItLooksAgainAtOnce() {
        var ready = plan(handedOver(serving(cut()).snapshot(CUT, true), true));
        assertThat(ready.wakeUp()).hasValue(Duration.ofMillis(1));
    }

    @Test
    void withoutTheSnapshotThatWasTakenSomebodyHasToDecide() {
        expect(plan(cut()), ForkPhase.Unavailable, Conditions.STALLED, "SnapshotLost");
        expect(plan(cut().volume("Pending")), ForkPhase.Starting, Conditions.STALLED, "SnapshotLost");
        expect(plan(cut().volume("Bound")), ForkPhase.Starting, Conditions.RECONCILING, "Starting");
    }

    @Test
    void allOfItGoesInOrderOnceTheForkIsReady() {
        var ready = plan(handedOver(serving(cut()).snapshot(CUT, true), true));
        expect(ready, ForkPhase.Ready, Conditions.READY, "Ready");
        assertThat(deleted(ready)).containsExactly("preview/pr-42-g1-cut1");
        var world = serving(cut()).noted(ready.status()).snapshot(CUT, true);
        assertThat(deleted(plan(takenBack(world, true)))).containsExactly("null/" + TAKEN);
        assertThat(deleted(plan(takenBack(world, false)))).containsExactly("prod/" + TAKEN);
    }

    @Test
    void aForkThatIsDeletedLeavesNothingElsewhere() {
        var world = cut().snapshot(CUT, true);
        assertThat(deletion(handedOver(world, true))).containsExactly("preview/pr-42-g1-cut1");
        assertThat(deletion(takenBack(world, true))).containsExactly("null/" + TAKEN);
        assertThat(deletion(takenBack(world, false))).containsExactly("prod/" + TAKEN);
        world.snapshot = Optional.empty();
        assertThat(planner.planDeletion(world.fork, takenBack(world, false).seen(), START)
                        .wakeUp())
                .as("nothing left to wait for")
                .isEmpty();
    }

    private static ForkWorld serving(ForkWorld world) {
        return world.volume("Bound").script(ScriptStatus.Phase.running).opened().serving();
    }

    private List<String> deletion(ForkWorld world) {
        return deleted(planner.planDeletion(world.fork, world.seen(), START));
    }

    /** After the cut, with nothing seen but the name. */
    private ForkWorld cut() {
        var noted = plan(consented().claimed().prepared()).status();
        var cut = plan(consented().claimed().noted(noted).snapshot(CUT, true), CUT);
        assertThat(cut.status().source()).isNotNull();
        assertThat(Instant.parse(cut.status().source().cutTime())).isEqualTo(CUT);
        return consented().claimed().noted(cut.status());
    }

    private static List<String> deleted(Plan<PostgresForkStatus> plan) {
        return plan.actions().stream()
                .filter(Action.Delete.class::isInstance)
                .map(Action.Delete.class::cast)
                .map(action -> action.observed().getMetadata())
                .map(meta -> meta.getNamespace() + "/" + meta.getName())
                .toList();
    }

    private static <T extends HasMetadata> T created(Plan<PostgresForkStatus> plan, Class<T> type) {
        return plan.actions().stream()
                .filter(Action.Create.class::isInstance)
                .map(action -> ((Action.Create) action).object())
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow();
    }

    /** An ownerReference to another namespace would make Kubernetes delete the object. */
    private static void assertOursAbroad(HasMetadata object) {
        var owner = Owner.of(abroad(new ForkWorld()).fork);
        assertThat(object.getMetadata().getOwnerReferences()).isEmpty();
        assertThat(owner.owns(object)).isTrue();
        assertThat(object.getMetadata().getLabels()).containsAllEntriesOf(Labels.of(owner));
        assertThat(object.getMetadata().getLabels()).containsEntry(Labels.OWNER_NAMESPACE, "preview");
    }
}
