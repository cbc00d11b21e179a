package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.Passwords;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Service;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a database does about its primary role: shop, which has a follower shop-replica in its second generation. */
class DatabaseChangeoverTest {
    private static final Instant START = DatabaseWorld.START;
    private static final String AT = "2026-11-21T09:59:00Z";

    private final Certificates certificates =
            new Certificates("cluster.local", new SecureRandom(), Clock.fixed(START, ZoneOffset.UTC));
    private final Credentials credentials =
            new Credentials(certificates, new Passwords(new SecureRandom()), new SecureRandom());
    private final InstanceResources resources = new InstanceResources(new InstanceConfiguration(InstanceScript.load()));
    private final DatabasePlanner planner = new DatabasePlanner(
            new InstanceActions(resources, certificates, Parameters.load()), Duration.ofMinutes(1), true);
    private final DatabaseWorld world = new DatabaseWorld();
    private final ChangeoverWorld changeover = new ChangeoverWorld();

    @BeforeEach
    void serve() {
        world.made(resources, credentials).pod(true).serving("7439281");
        world.resource.setStatus(plan().status());
        world.follower("shop-replica");
        changeover.following.remove("shop-other");
    }

    @Test
    void takesTheCommandUpWithAnEpochAboveAllBefore() {
        var plan = planner.plan(world.promote("shop-replica", AT).resource, world.seen(), START);
        assertThat(plan.status().promotion()).isEqualTo(new PromotionStatus(AT, "shop-replica", null, null, null));
        assertThat(plan.status().changeover())
                .isEqualTo(ChangeoverStatus.begin("shop", "shop-replica", 2, START.toString()));
        assertThat(plan.wakeUp().orElseThrow()).isLessThan(Duration.ofMillis(10));
    }

    @Test
    void wakesUpWhenTheTimeOfACommandComes() {
        var plan = planner.plan(world.promote("shop-replica", "2026-11-21T10:00:05Z").resource, world.seen(), START);
        assertThat(plan.status().changeover()).isNull();
        assertThat(plan.wakeUp()).contains(Duration.ofSeconds(5));
    }

    @Test
    void refusesAForkAndSaysSo() {
        world.targetIsFork = true;
        var plan = planner.plan(world.promote("pr-1", AT).resource, world.seen(), START);
        assertThat(plan.status().promotion())
                .returns(Outcome.Refused, PromotionStatus::outcome)
                .returns("TargetIsFork", PromotionStatus::reason);
        assertThat(ActionNames.of(plan)).contains("Warning TargetIsFork on PostgresDatabase");
    }

    @Test
    void preparesWhileClientsWrite() {
        changeover.logicalSlots = List.of("cdc");
        var plan = at(ChangeoverStep.Waiting);
        assertThat(plan.status())
                .returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase)
                .returns("shop", PostgresDatabaseStatus::primary);
        assertThat(ActionNames.of(plan))
                .containsSubsequence("PersistIntent", "PrepareChangeover shop-replica-g2-0")
                .contains("Warning LogicalSlotsStayBehind on PostgresDatabase");
        assertThat(plan.actions())
                .filteredOn(Action.PrepareChangeover.class::isInstance)
                .singleElement()
                .satisfies(action -> assertThat(((Action.PrepareChangeover) action).slots())
                        .singleElement()
                        .asString()
                        .startsWith("pgfork_shop_"));
    }

    @Test
    void writesTheFenceDownBeforeItIsOrdered() {
        changeover.preparation = Optional.of(new Progress.Done<>(true));
        var plan = at(ChangeoverStep.Preparing);
        assertThat(plan.status()).returns(DatabasePhase.ChangingOver, PostgresDatabaseStatus::phase);
        assertThat(Conditions.find(plan.status().conditions(), Conditions.READY))
                .get()
                .returns("False", condition -> condition.getStatus())
                .returns("ChangingOver", condition -> condition.getReason());
        assertThat(ActionNames.of(plan)).endsWith("PersistIntent", "Fence shop 2");
    }

    @Test
    void promotesAndTurnsTheServiceAndDoesNothingElse() {
        changeover.fence = Optional.of(new Progress.Done<>(ChangeoverWorld.clean()));
        changeover.see("standby past the end");
        var plan = at(ChangeoverStep.Fencing);
        assertThat(ActionNames.of(plan))
                .containsExactly("PersistIntent", "Promote shop-replica 2", "Apply Service shop");
        var service = (Service) ((Action.Apply) plan.actions().getLast()).object();
        assertThat(service.getSpec().getSelector())
                .containsEntry("pgfork.dev/instance", "shop-replica")
                .containsEntry("pgfork.dev/generation", "2");
        assertThat(plan.status())
                .as("nobody else is the primary before it is promoted")
                .returns("shop", PostgresDatabaseStatus::primary)
                .returns(1L, PostgresDatabaseStatus::epoch);
    }

    @Test
    void looksAgainWithinAMomentWhileTheTargetReplays() {
        changeover.fence = Optional.of(new Progress.Done<>(ChangeoverWorld.clean()));
        changeover.see("standby at the end");
        assertThat(at(ChangeoverStep.Fencing).status().lastSeen())
                .as("counts until another one is the primary")
                .isNotNull();
        assertThat(at(ChangeoverStep.Fencing).wakeUp().orElseThrow()).isLessThanOrEqualTo(Duration.ofMillis(100));
    }

    @Test
    void writesTheNewPrimaryAndItsEpochAtOnceAndThenMakesTheOthersFollow() {
        changeover.promotion = Optional.of(new Progress.Done<>(8));
        var plan = at(ChangeoverStep.Promoting);
        assertThat(plan.status())
                .returns("shop-replica", PostgresDatabaseStatus::primary)
                .returns(2L, PostgresDatabaseStatus::epoch);
        assertThat(plan.status().changeover().step()).isEqualTo(ChangeoverStep.Following);
        assertThat(plan.status().lastSeen())
                .as("what the new primary had when it was promoted, as long as nobody has seen it")
                .isEqualTo(new PrimaryPosition(
                        "shop-replica", "0/1E000028", 7, "7439281", START.toString(), null, null, true));
        assertThat(ActionNames.of(plan))
                .containsExactly("PersistIntent", "AttachMember shop to shop-replica-g2-0", "Follow shop 2");
    }

    @Test
    void isDoneOnceAllFollow() {
        changeover.following.put("shop", Optional.of(new Progress.Done<>(true)));
        world.servedBy("shop-replica");
        var plan = at(ChangeoverStep.Following);
        assertThat(plan.status())
                .returns(null, PostgresDatabaseStatus::changeover)
                .returns("shop-replica", PostgresDatabaseStatus::primary)
                .returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase);
        assertThat(plan.status().promotion())
                .returns(Outcome.Done, PromotionStatus::outcome)
                .returns(AT, PromotionStatus::at);
        assertThat(ActionNames.of(plan)).contains("Normal Promoted on PostgresDatabase");
    }

    @Test
    void anAbortTakesTheEpochThatUndidTheFence() {
        changeover.unfence = Optional.of(new Progress.Failed<>("NotFenced"));
        changeover.see("primary back");
        var plan = at(ChangeoverStep.Aborting);
        assertThat(plan.status())
                .returns(null, PostgresDatabaseStatus::changeover)
                .returns("shop", PostgresDatabaseStatus::primary)
                .returns(3L, PostgresDatabaseStatus::epoch);
        assertThat(plan.status().promotion()).returns(Outcome.Aborted, PromotionStatus::outcome);
    }

    @Test
    void refusesALaterCommandMeanwhileAndKeepsThatOutcome() {
        world.promote("shop", "2026-11-21T09:59:30Z");
        changeover.see("standby behind");
        var plan = at(ChangeoverStep.Waiting);
        assertThat(plan.status().promotion())
                .returns("2026-11-21T09:59:30Z", PromotionStatus::at)
                .returns("ChangeoverRunning", PromotionStatus::reason);
        assertThat(plan.status().changeover()).isNotNull();
        world.resource.setStatus(plan.status());
        changeover.see("standby of 16");
        var end = plan();
        assertThat(end.status().changeover()).isNull();
        assertThat(end.status().promotion()).isEqualTo(plan.status().promotion());
        assertThat(ActionNames.of(end)).contains("Warning OtherMajorVersion on PostgresDatabase");
    }

    /** A failed action must not take back what was written down before it. */
    @ParameterizedTest
    @EnumSource
    void aFailureKeepsTheChangeover(ChangeoverStep step) {
        record(step, AT);
        var failed = planner.planAfterFailure(world.resource, new IllegalStateException(), START);
        assertThat(failed.status().changeover())
                .isEqualTo(world.resource.getStatus().changeover());
        assertThat(failed.status().promotion())
                .isEqualTo(world.resource.getStatus().promotion());
        assertThat(failed.status().primary())
                .isEqualTo(world.resource.getStatus().primary());
    }

    @Test
    void itsOwnObjectsFollowItsRole() {
        primary("shop-replica", 2);
        world.servedBy("shop-replica");
        var plan = plan();
        assertThat(ActionNames.of(plan)).contains("Apply StatefulSet shop-g1", "Apply Service shop");
        assertThat(plan.status()).returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase);
        world.made(resources, credentials);
        assertThat(ActionNames.of(plan()))
                .doesNotContain("Apply StatefulSet shop-g1")
                .contains("Apply Service shop");
    }

    @Test
    void isReadyWhoeverIsThePrimaryAsLongAsThatOneServes() {
        primary("shop-replica", 2);
        assertThat(Conditions.isTrue(plan().status().conditions(), Conditions.READY))
                .as("only shop serves")
                .isFalse();
        world.servedBy("shop-replica");
        assertThat(Conditions.isTrue(plan().status().conditions(), Conditions.READY))
                .isTrue();
    }

    @Test
    void makesNoEmptyVolumeForAStandby() {
        primary("shop-replica", 2);
        world.servedBy("shop-replica").volume = Optional.empty();
        world.statefulSet = Optional.empty();
        assertThat(ActionNames.of(plan()))
                .noneMatch(action -> action.contains("shop-g1") && action.contains("Create P"));
        assertThat(ActionNames.of(plan())).doesNotContain("Create StatefulSet shop-g1");
    }

    @Test
    void letsAFencedPrimaryGoWhereNoChangeoverIsMade() {
        world.report = Optional.empty();
        world.script = new Looked.Found<>(DatabaseWorld.script(Phase.fenced, "fenced", 4, null));
        var plan = plan();
        assertThat(ActionNames.of(plan)).containsSubsequence("PersistIntent", "Unfence shop 5");
        assertThat(plan.status().epoch()).isEqualTo(5);
        world.resource.setStatus(plan.status());
        assertThat(plan().status().epoch()).as("while it is at work").isEqualTo(5);
    }

    @Test
    void keepsAFencedPrimaryFencedWhileAnotherIsPrimary() {
        world.report = Optional.empty();
        world.script = new Looked.Found<>(DatabaseWorld.script(Phase.fenced, "fenced", 4, null));
        for (var other : List.<Looked<ScriptStatus>>of(
                new Looked.Found<>(DatabaseWorld.script(Phase.running, "primary", 4, null)),
                new Looked.Unknown<>("no route"))) {
            world.scripts = Map.of("shop-replica", other);
            assertThat(ActionNames.of(plan())).noneMatch(action -> action.startsWith("Unfence"));
        }
    }

    @Test
    void makesThoseFollowWhoWentAstray() {
        world.replication = new Looked.Found<>(streamedFromBy());
        for (var astray : List.of(
                DatabaseWorld.script(Phase.fenced, "fenced", 1, null),
                DatabaseWorld.script(Phase.running, "standby", 1, "other-instance.prod.svc"))) {
            world.scripts = Map.of("shop-replica", new Looked.Found<>(astray));
            assertThat(ActionNames.of(plan())).contains("Follow shop-replica 1");
        }
        for (var well : List.of(
                DatabaseWorld.script(Phase.running, "standby", 1, "shop-instance.prod.svc"),
                DatabaseWorld.script(Phase.quarantine, "standby", 1, null),
                DatabaseWorld.script(Phase.running, "primary", 1, null))) {
            world.scripts = Map.of("shop-replica", new Looked.Found<>(well));
            assertThat(ActionNames.of(plan())).doesNotContain("Follow shop-replica 1");
        }
    }

    @Test
    void letsItsOwnInstanceInAtANewPrimary() {
        primary("shop-replica", 2);
        world.servedBy("shop-replica");
        world.replication = new Looked.Found<>(streamedFromBy());
        assertThat(ActionNames.of(plan())).contains("AttachMember shop to shop-replica-g2-0");
    }

    @Test
    void takesNoCommandUpAndNoPrimaryForGrantedOnceTheStatusWasLost() {
        world.made(resources, credentials);
        world.identified("7439281");
        world.resource.setStatus(null);
        world.promote("shop-replica", AT);
        world.scripts = Map.of(
                "shop", new Looked.Found<>(DatabaseWorld.script(Phase.running, "standby", 4, "shop-replica-instance")),
                "shop-replica", new Looked.Unknown<>("no route"));
        var waiting = plan();
        assertThat(waiting.status()).returns(null, PostgresDatabaseStatus::primary);
        assertThat(waiting.status().promotion()).returns("StatusLost", PromotionStatus::reason);
        assertThat(Conditions.find(waiting.status().conditions(), Conditions.STALLED))
                .get()
                .returns("PrimaryUnknown", condition -> condition.getReason());
        assertThat(ActionNames.of(waiting)).containsExactly("Warning PrimaryUnknown on PostgresDatabase");
        var all = new TreeMap<>(world.scripts);
        all.put("shop-replica", new Looked.Found<>(DatabaseWorld.script(Phase.running, "primary", 4, null)));
        world.scripts = all;
        var found = plan();
        assertThat(found.status())
                .returns("shop-replica", PostgresDatabaseStatus::primary)
                .returns(4L, PostgresDatabaseStatus::epoch);
        assertThat(found.status().promotion())
                .returns(Outcome.Refused, PromotionStatus::outcome)
                .returns("StatusLost", PromotionStatus::reason);
    }

    private static ReplicationReport streamedFromBy() {
        return new ReplicationReport.Primary("uid-of-shop", 1, 1, List.of(), new Lsn(0), new Lsn(1), List.of());
    }

    private Plan<PostgresDatabaseStatus> at(ChangeoverStep step) {
        record(step, AT);
        return plan();
    }

    private Plan<PostgresDatabaseStatus> plan() {
        if (world.resource.getStatus() != null && world.resource.getStatus().changeover() != null) {
            world.changeover = Optional.of(changeover.seen());
        }
        return planner.plan(world.resource, world.seen(), START);
    }

    /** A changeover is at this step. */
    private void record(ChangeoverStep step, String at) {
        var begun = ChangeoverStatus.begin("shop", "shop-replica", 2, START.toString())
                .at(step, START.toString());
        var status = world.resource.getStatus();
        world.resource.setStatus(new PostgresDatabaseStatus(
                status.phase(),
                status.conditions(),
                1L,
                status.instance(),
                status.binding(),
                step == ChangeoverStep.Following ? "shop-replica" : status.primary(),
                status.epoch(),
                new PromotionStatus(at, "shop-replica", null, null, null),
                switch (step) {
                    case CatchingUp, Promoting, Following -> begun.fenced("0/1E000028", 7);
                    case Waiting, Preparing, Fencing, Aborting -> begun;
                },
                1,
                0,
                null,
                new PrimaryPosition("shop", "0/1D000000", 1, "7439281", START.toString(), null, null, null),
                null,
                null,
                null,
                null));
    }

    private void primary(String name, long epoch) {
        world.resource.setStatus(Statuses.withPrimary(world.resource.getStatus(), name, epoch));
    }
}
