package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.Failover;
import dev.pgfork.api.v1alpha1.FencedBy;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.Synchronous;
import dev.pgfork.api.v1alpha1.SynchronousStatus;
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
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.instance.PodHold;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.Passwords;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Sender;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import dev.pgfork.operator.postgres.SynchronousReport;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a database does about a primary that is down, from one plan to the next: shop has the follower shop-replica. */
class DatabaseFailoverTest {
    private static final Instant START = DatabaseWorld.START;

    private final Certificates certificates =
            new Certificates("cluster.local", new SecureRandom(), Clock.fixed(START, ZoneOffset.UTC));
    private final Credentials credentials =
            new Credentials(certificates, new Passwords(new SecureRandom()), new SecureRandom());
    private final InstanceResources resources = new InstanceResources(new InstanceConfiguration(InstanceScript.load()));
    private final DatabasePlanner planner = new DatabasePlanner(
            new InstanceActions(resources, certificates, Parameters.load()), Duration.ofMinutes(1), true);
    private final DatabaseWorld world = new DatabaseWorld().wants(new Failover(Failover.Mode.Automatic, "30s"), null);

    @BeforeEach
    void serves() {
        world.made(resources, credentials).pod(true).serving("7439281");
        world.followers = List.of(follower(false));
        world.replication = new Looked.Found<>(primary("async"));
        // The first plan decides who is the primary.
        plan(0);
        plan(0);
    }

    @Test
    void keepsOnRecordWhereThePrimaryIs() {
        var seen = Objects.requireNonNull(plan(0).status().lastSeen());
        assertThat(seen.instance()).isEqualTo("shop");
        assertThat(seen.lsn()).isEqualTo("0/1D000000");
        assertThat(plan(0).wakeUp()).contains(LastSeen.WHILE_WRITING);
        assertThat(Conditions.isTrue(plan(0).status().conditions(), "Followable"))
                .isTrue();
    }

    @Test
    void replacesAPrimaryThatItsScriptCannotFence() {
        goDown(Optional.empty(), false, "RUNS");
        assertThat(Objects.requireNonNull(plan(0).status().outage()).since()).isEqualTo(START.toString());
        assertThat(plan(29).status().changeover()).isNull();

        var begun = Objects.requireNonNull(plan(30).status().changeover());
        assertThat(begun.step()).isEqualTo(ChangeoverStep.Fencing);
        assertThat(begun.to()).isEqualTo("shop-replica");
        world.changeover = Optional.of(new ChangeoverWorld().seen());
        assertThat(ActionNames.of(plan(30))).contains("Fence shop 2");

        goDown(Optional.of(new Progress.Failed<>("the state file cannot be written")), false, "RUNS");
        plan(31);
        var stopping = plan(31);
        assertThat(stopping.status().phase()).isEqualTo(DatabasePhase.ChangingOver);
        assertThat(stopping.actions())
                .filteredOn(Action.Apply.class::isInstance)
                .extracting(action -> ((Action.Apply) action).object())
                .singleElement()
                .isInstanceOfSatisfying(
                        StatefulSet.class,
                        set -> assertThat(set.getSpec().getReplicas()).isZero());

        goDown(Optional.empty(), true, "ENDED");
        var promotion = plan(32);
        assertThat(ActionNames.of(promotion)).contains("PersistIntent", "Promote shop-replica 2", "Apply Service shop");
        assertThat(ActionNames.of(promotion).indexOf("PersistIntent"))
                .isLessThan(ActionNames.of(promotion).indexOf("Promote shop-replica 2"));
        var failover = Objects.requireNonNull(
                Objects.requireNonNull(promotion.status().changeover()).failover());
        assertThat(failover.fencedBy()).isEqualTo(FencedBy.PodEnded);
    }

    /** As long as it is not there, nobody can say that nothing makes another pod. */
    @Test
    void makesTheStatefulSetOfAPrimaryThatHasNoneWithoutAPod() {
        goDown(Optional.of(new Progress.Failed<>("no route")), false, "RUNS");
        plan(0);
        plan(30);
        world.changeover = Optional.of(new ChangeoverWorld().seen());
        world.statefulSet = Optional.empty();
        goDown(Optional.empty(), false, "none");
        assertThat(ActionNames.of(plan(31)))
                .as("its pod need not be stopped yet")
                .isEmpty();
        assertThat(plan(31).actions())
                .singleElement()
                .isInstanceOfSatisfying(
                        Action.Create.class,
                        creation -> assertThat(creation.object())
                                .isInstanceOfSatisfying(
                                        StatefulSet.class,
                                        set -> assertThat(set.getSpec().getReplicas())
                                                .isZero()));
    }

    /** It stops and starts because this operator wants that; only when it does not come back in time it is down. */
    @Test
    void aPrimaryWhosePodIsReplacedIsNotDown() {
        var status = Objects.requireNonNull(world.resource.getStatus());
        var conditions = new Conditions(status.conditions(), 1, START);
        conditions.keepAll();
        conditions.set("PodCurrent", "Unknown", "Replacing", "Pod shop-g1-0 is replaced");
        world.resource.setStatus(withConditions(status, conditions.list()));
        goDown(Optional.empty(), false, "RUNS");
        assertThat(plan(100).status().outage()).isNull();
        assertThat(plan(119).status().changeover()).isNull();

        assertThat(plan(120).status().outage()).isNotNull();
        assertThat(plan(149).status().changeover()).isNull();
        assertThat(plan(150).status().changeover()).isNotNull();
    }

    private static PostgresDatabaseStatus withConditions(PostgresDatabaseStatus status, List<Condition> conditions) {
        return new PostgresDatabaseStatus(
                status.phase(),
                conditions,
                status.observedGeneration(),
                status.instance(),
                status.binding(),
                status.primary(),
                status.epoch(),
                status.promotion(),
                status.changeover(),
                status.followers(),
                status.forks(),
                status.synchronous(),
                status.lastSeen(),
                status.outage(),
                status.failover(),
                status.ownInstance(),
                status.configuration());
    }

    @Test
    void saysWhatIsMissing() {
        goDown(Optional.of(new Progress.Failed<>("no route")), false, "RUNS");
        plan(0);
        plan(30);
        world.changeover = Optional.of(new ChangeoverWorld().seen());
        plan(31);
        goDown(Optional.empty(), true, "none");
        var plan = plan(40);
        assertThat(Conditions.find(plan.status().conditions(), Conditions.STALLED))
                .get()
                .satisfies(condition -> assertThat(condition.getReason()).isEqualTo("PodGoneUnseen"));
    }

    @Test
    void doesNothingWhereItIsNotAskedTo() {
        world.wants(null, null);
        goDown(Optional.empty(), false, "RESTARTS");
        plan(0);
        assertThat(plan(9999).status().changeover()).isNull();
    }

    @Test
    void makesCommitsWaitAndSaysWhenTheyDo() {
        world.wants(null, new Synchronous(1, null));
        assertThat(plan(0).status().synchronous()).isEqualTo(new SynchronousStatus(1, List.of("shop-replica"), false));
        assertThat(DatabaseResources.template(world.resource).membership().synchronous())
                .containsExactly("ANY 1 (\"shop-replica\")");
        assertThat(plan(0).status().synchronous()).isEqualTo(new SynchronousStatus(1, List.of("shop-replica"), false));
        says("ANY 1 (\"shop-replica\")");
        assertThat(Conditions.isTrue(plan(0).status().conditions(), "Synchronous"))
                .as("it may not have yet what was acknowledged before")
                .isFalse();
        says("ANY 1 (\"shop-replica\")", "shop-replica");
        assertThat(Conditions.isTrue(plan(0).status().conditions(), "Synchronous"))
                .isTrue();
        // From then on no commit is without it, however far it is right now.
        says("ANY 1 (\"shop-replica\")");
        assertThat(Objects.requireNonNull(plan(0).status().synchronous()).inForce())
                .isTrue();
        world.synchronous = new Looked.Found<>(new SynchronousReport("uid-of-shop", null, Set.of()));
        assertThat(Objects.requireNonNull(plan(0).status().synchronous()).inForce())
                .as("while a configuration is being read")
                .isTrue();
    }

    /** More are required: that the earlier names are in force, and all members count, says nothing of that. */
    @Test
    void promisesNothingNewUntilThePrimaryRunsWithIt() {
        world.followers = List.of(follower("shop-replica"), follower("shop-other"));
        world.wants(null, new Synchronous(1, null));
        plan(0);
        says("ANY 1 (\"shop-other\", \"shop-replica\")", "shop-replica", "shop-other");
        assertThat(Objects.requireNonNull(plan(0).status().synchronous()).inForce())
                .isTrue();
        world.wants(null, new Synchronous(2, null));
        assertThat(plan(0).status().synchronous())
                .isEqualTo(new SynchronousStatus(2, List.of("shop-other", "shop-replica"), false));
        assertThat(Objects.requireNonNull(plan(0).status().synchronous()).inForce())
                .isFalse();
        says("ANY 2 (\"shop-other\", \"shop-replica\")", "shop-replica", "shop-other");
        assertThat(Objects.requireNonNull(plan(0).status().synchronous()).inForce())
                .isTrue();
    }

    /** Nobody takes the place of a primary that just is not seen; after a while people are told what they can do. */
    @Test
    void tellsWhatPeopleCanDoAboutAPrimaryThatIsNotSeen() {
        goDown(Optional.empty(), false, "RUNS");
        var down = world.failover.orElseThrow();
        world.failover = Optional.of(new FailoverObservation(
                new PrimaryHealth.Unseen("Its node does not answer"), down.fence(), down.node(), down.followers()));
        plan(0);
        assertThat(Conditions.find(plan(50).status().conditions(), Conditions.STALLED))
                .isEmpty();
        var plan = plan(100);
        assertThat(plan.status().changeover()).isNull();
        assertThat(Conditions.find(plan.status().conditions(), Conditions.STALLED))
                .get()
                .satisfies(condition -> {
                    assertThat(condition.getReason()).isEqualTo("PrimaryNotSeen");
                    assertThat(condition.getMessage()).contains("Its node does not answer", "fencedExternally: true");
                });
    }

    /** The kubelet's last word on the pod can be missed: it deletes the pod in the next moment. */
    @Test
    void holdsThePodUntilItIsOnRecordHowItEnded() {
        goDown(Optional.empty(), false, "RUNS");
        plan(0);
        plan(30);
        world.changeover = Optional.of(new ChangeoverWorld().seen());
        goDown(Optional.of(new Progress.Failed<>("the state file cannot be written")), false, "RUNS");
        plan(31);
        world.pod = world.pod.map(DatabaseFailoverTest::onANode);
        assertThat(ActionNames.of(plan(31))).containsExactly("HoldPod Pod shop-g1-0");

        world.pod = world.pod.map(pod -> new PodBuilder(pod)
                .editMetadata()
                .withFinalizers(PodHold.FINALIZER)
                .endMetadata()
                .build());
        world.held = world.pod.stream().toList();
        assertThat(ActionNames.of(plan(31))).containsExactly("Apply StatefulSet shop-g1");

        goDown(Optional.empty(), true, "ENDED");
        assertThat(ActionNames.of(plan(32))).contains("PersistIntent").doesNotContain("ReleasePod Pod shop-g1-0");
        assertThat(ActionNames.of(plan(33)))
                .as("the proof is written down")
                .startsWith("ReleasePod Pod shop-g1-0")
                .doesNotContain("HoldPod Pod shop-g1-0");
    }

    @Test
    void letsGoOfAPodThatNobodyNeedsToSeeEnd() {
        world.held = List.of(onANode(world.pod.orElseThrow()));
        assertThat(ActionNames.of(plan(0))).startsWith("ReleasePod Pod shop-g1-0");
        assertThat(ActionNames.of(planner.planDeletion(world.resource, world.seen(), START)))
                .as("although it waits for its followers")
                .startsWith("ReleasePod Pod shop-g1-0")
                .noneMatch(action -> action.startsWith("Delete"));
    }

    private static Pod onANode(Pod pod) {
        return new PodBuilder(pod)
                .editOrNewSpec()
                .withNodeName("node-1")
                .endSpec()
                .build();
    }

    private void says(String names, String... confirmed) {
        world.synchronous = new Looked.Found<>(new SynchronousReport("uid-of-shop", names, Set.of(confirmed)));
    }

    @Test
    void dropsTheSlotOfAMemberThatIsNoMore() {
        assertThat(ActionNames.of(plan(0))).contains("DetachMember pgfork_gone_0d0d0d0d from shop-g1-0");
    }

    @Test
    void doesNotGoFromUnderItsFollowers() {
        var waiting = planner.planDeletion(world.resource, world.seen(), START);
        assertThat(ActionNames.of(waiting)).containsExactly("DetachMember pgfork_gone_0d0d0d0d from shop-g1-0");
        assertThat(Conditions.find(waiting.status().conditions(), Conditions.STALLED))
                .get()
                .satisfies(condition -> assertThat(condition.getReason()).isEqualTo("HasFollowers"));
        world.followers = List.of(follower(true));
        assertThat(planner.planDeletion(world.resource, world.seen(), START).actions())
                .isNotEmpty();
    }

    private Plan<PostgresDatabaseStatus> plan(long seconds) {
        var plan = planner.plan(world.resource, world.seen(), START.plusSeconds(seconds));
        world.resource.setStatus(plan.status());
        return plan;
    }

    private void goDown(
            Optional<Progress<dev.pgfork.operator.instance.FenceProof>> verb, boolean noReplicas, String pod) {
        world.pod(false);
        world.report = Optional.empty();
        world.replication = new Looked.Unknown<>("no route");
        var replica = FollowerChoiceTest.standby(1, "0/1D000000", "0/1D000000");
        world.failover = Optional.of(new FailoverObservation(
                new PrimaryHealth.Down("ServerDown", "Instance shop says that its server is down"),
                ProofOfFenceTest.seen(verb, noReplicas, pod, NodeState.READY),
                "node-1",
                Map.of("shop-replica", new Looked.Found<>(replica))));
    }

    private static Member follower(String name) {
        var owner = new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", name, "uid-of-" + name);
        return new Member(owner, 1, false, false, Optional.empty(), Optional.empty());
    }

    private static Member follower(boolean deleting) {
        var owner = new Owner(
                "pgfork.dev/v1alpha1",
                "PostgresFollower",
                "prod",
                "shop-replica",
                "0b0b0b0b-0000-0000-0000-000000000000");
        return new Member(owner, 1, false, deleting, Optional.empty(), Optional.empty());
    }

    private static ReplicationReport.Primary primary(String syncState) {
        var lsn = Lsn.parse("0/1D000000");
        return new ReplicationReport.Primary(
                "uid-of-shop",
                1,
                100,
                List.of(
                        new Slot("pgfork_shop_replica_0b0b0b0b", true, true, lsn, "reserved"),
                        new Slot("pgfork_gone_0d0d0d0d", true, false, lsn, "reserved")),
                new Lsn(0),
                lsn,
                List.of(new Sender("shop-replica", "streaming", lsn, lsn, lsn, syncState)));
    }
}
