package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.action.ActionNames;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceDiagnosis.Step;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.Passwords;
import dev.pgfork.operator.status.Conditions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The state table of a database: what is seen on the left, phase, reason and actions on the right. */
class DatabasePlannerTest {
    private static final Instant START = DatabaseWorld.START;
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private final Certificates certificates =
            new Certificates("cluster.local", new SecureRandom(), Clock.fixed(START, ZoneOffset.UTC));
    private final Credentials credentials =
            new Credentials(certificates, new Passwords(new SecureRandom()), new SecureRandom());
    private final InstanceResources resources = new InstanceResources(new InstanceConfiguration(InstanceScript.load()));
    private final DatabasePlanner planner =
            new DatabasePlanner(new InstanceActions(resources, certificates, Parameters.load()), DEADLINE, true);

    @Test
    void makesEverythingBeginningWithTheNameAndEndingWithTheSecret() {
        var plan = plan(new DatabaseWorld());
        expect(plan, DatabasePhase.Starting, Conditions.RECONCILING, "Starting");
        assertThat(ActionNames.of(plan))
                .containsExactly(
                        "Create Service shop-instance",
                        "CreateCredentials",
                        "Create ConfigMap shop-g1-HASH",
                        "Create PersistentVolumeClaim shop-g1",
                        "Create StatefulSet shop-g1",
                        "Create Service shop",
                        "Create Service shop-ro",
                        "PublishBinding",
                        "Normal Starting on PostgresDatabase");
    }

    @Test
    void refusesWrongParametersAndLeavesNothing() {
        var world = new DatabaseWorld().parameters(Map.of("fsync", "off"));
        world.made(resources, credentials);
        world.volume = Optional.empty();
        var plan = plan(world);
        expect(plan, DatabasePhase.Refused, Conditions.STALLED, "InvalidParameters");
        assertThat(ActionNames.of(plan)).contains("Delete StatefulSet shop-g1", "Delete Service shop-instance");
    }

    @Test
    void refusesATakenName() {
        var world = new DatabaseWorld();
        world.nameTaken = Optional.of("Service prod/shop is somebody else's");
        var plan = plan(world);
        expect(plan, DatabasePhase.Refused, Conditions.STALLED, "NameTaken");
        assertThat(ActionNames.of(plan)).containsExactly("Warning NameTaken on PostgresDatabase");
    }

    @Test
    void refusesToMakeAnEmptyDatabaseBesideARetainedVolume() {
        var world = new DatabaseWorld();
        world.retained = List.of("shop-g1");
        var plan = plan(world);
        expect(plan, DatabasePhase.Refused, Conditions.STALLED, "VolumeExists");
        assertThat(ActionNames.of(plan)).containsExactly("Warning VolumeExists on PostgresDatabase");
    }

    /** Its status and its volume are lost; the follower may be the primary, and has the data in any case. */
    @Test
    void makesNoEmptyDatabaseBesideAFollower() {
        var world = new DatabaseWorld().follower("shop-replica");
        world.scripts = Map.of("shop", new Looked.Absent<>(), "shop-replica", new Looked.Unknown<>("timeout"));
        var plan = plan(world);
        expect(plan, DatabasePhase.Unavailable, Conditions.STALLED, "PrimaryUnknown");
        assertThat(plan.status().primary()).isNull();
        assertThat(ActionNames.of(plan)).containsExactly("Warning PrimaryUnknown on PostgresDatabase");
    }

    @Test
    void isReadyOnlyWhenPodAndServerSaySo() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true);
        assertThat(Conditions.isTrue(plan(world).status().conditions(), Conditions.READY))
                .isFalse();
        world.serving("7439281");
        var plan = plan(world);
        expect(plan, DatabasePhase.Ready, Conditions.READY, "Ready");
        expect(plan, DatabasePhase.Ready, "Forkable", "Available");
        assertThat(plan.status().instance().systemIdentifier()).isEqualTo("7439281");
        assertThat(plan.status().binding().name()).isEqualTo("shop-app");
        assertThat(plan.status().primary()).isEqualTo("shop");
        assertThat(ActionNames.of(plan)).contains("AnnotateVolume PersistentVolumeClaim shop-g1 7439281");
    }

    @Test
    void isNotReadyWhileAnotherServerAnswers() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).serving("7439281");
        world.report = world.report.map(report -> new dev.pgfork.operator.postgres.ServerReport(
                "somebody-else", 1, "r", "17.6", "7439281", 1, false, START, report.certificateSerial()));
        assertThat(Conditions.isTrue(plan(world).status().conditions(), Conditions.READY))
                .isFalse();
    }

    @Test
    void saysWhyItCannotBeForked() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).serving("7439281");
        world.safety =
                new Looked.Found<>(new ForkSafety("uid", "7439281", 1, false, true, true, "minimal", false, List.of()));
        assertThat(Conditions.find(plan(world).status().conditions(), "Forkable"))
                .get()
                .satisfies(condition -> assertThat(condition.getReason()).isEqualTo("WalLevelMinimal"));
    }

    @Test
    void neverMakesALostVolumeAgain() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).serving("7439281");
        world.resource.setStatus(plan(world).status());
        world.volume = Optional.empty();
        var plan = plan(world);
        expect(plan, DatabasePhase.Unavailable, Conditions.STALLED, "VolumeLost");
        assertThat(ActionNames.of(plan)).containsExactly("Warning VolumeLost on PostgresDatabase");
    }

    @Test
    void tellsTheTruthWhileItIsAwayAndStallsAfterTheDeadline() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).serving("7439281");
        world.resource.setStatus(plan(world).status());
        world.pod = Optional.empty();
        world.report = Optional.empty();
        world.trouble = Optional.of(new Finding(Step.POD, "Pod prod/shop-g1-0", "PodMissing", "is gone", false));
        var away = planner.plan(world.resource, world.seen(), START.plusSeconds(5));
        expect(away, DatabasePhase.Unavailable, Conditions.RECONCILING, "Restarting");
        world.resource.setStatus(away.status());
        var late = planner.plan(world.resource, world.seen(), START.plusSeconds(70));
        expect(late, DatabasePhase.Unavailable, Conditions.STALLED, "PodMissing");
    }

    @Test
    void makesAgainWhatSomebodyDeleted() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).serving("7439281");
        world.service = Optional.empty();
        world.statefulSet = Optional.empty();
        assertThat(ActionNames.of(plan(world))).contains("Create Service shop", "Create StatefulSet shop-g1");
    }

    @Test
    void renewsTheCertificateInTimeAndTellsTheServerAfterwards() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).serving("7439281");
        assertThat(ActionNames.of(plan(world))).doesNotContain("RenewCertificate", "Reload");
        var late = planner.plan(world.resource, world.seen(), START.plus(Duration.ofDays(80)));
        assertThat(ActionNames.of(late)).contains("RenewCertificate");
        world.servedSerial("1234");
        assertThat(ActionNames.of(plan(world))).contains("Reload");
    }

    @Test
    void tellsTheServerOfANewConfigurationAndLeavesThePodAlone() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).servingEarlier("7439281");
        assertThat(ActionNames.of(plan(world))).contains("Reload").doesNotContain("Apply StatefulSet shop-g1");
    }

    @Test
    void aDeletedSecretComesBackWithAnotherPasswordOnceTheServerCanBeTold() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).serving("7439281");
        world.resource.setStatus(plan(world).status());
        world.app = Optional.empty();
        world.pod(false);
        assertThat(ActionNames.of(plan(world)))
                .noneMatch(name -> name.contains("Password") || name.contains("Binding"));
        world.resource.setStatus(plan(world).status());
        world.pod(true).serving("7439281");
        assertThat(ActionNames.of(plan(world)))
                .contains("ChangePassword OWNER in shop-g1-0", "Normal PasswordChanged on PostgresDatabase")
                .doesNotContain("PublishBinding");
        world.resource.setStatus(plan(world).status());
        assertThat(ActionNames.of(plan(world)))
                .as("the operator died before it was done")
                .contains("ChangePassword OWNER in shop-g1-0");
    }

    @Test
    void letsTheSuperuserInAndOutAgain() {
        var world = new DatabaseWorld();
        world.made(resources, credentials).pod(true).serving("7439281").superuserAccess(true);
        assertThat(ActionNames.of(plan(world)))
                .contains("ChangePassword SUPERUSER in shop-g1-0", "Reload", "Apply StatefulSet shop-g1")
                .doesNotContain("Delete Pod shop-g1-0", "Delete StatefulSet shop-g1");
        world.made(resources, credentials).serving("7439281");
        assertThat(ActionNames.of(plan(world)))
                .doesNotContain("ChangePassword SUPERUSER in shop-g1-0", "Reload", "Apply StatefulSet shop-g1");
        world.superuserAccess(false);
        assertThat(ActionNames.of(plan(world)))
                .contains("Delete Secret shop-superuser", "Reload", "Apply StatefulSet shop-g1");
    }

    @Test
    void deletesThePodFirstAndTheVolumeOnlyUnderDelete() {
        var world = new DatabaseWorld().policy(DeletionPolicy.Delete);
        world.made(resources, credentials).pod(true);
        assertThat(ActionNames.of(deletion(world))).containsExactly("Delete StatefulSet shop-g1");
        world.statefulSet = Optional.empty();
        assertThat(ActionNames.of(deletion(world))).isEmpty();
        world.pod = Optional.empty();
        assertThat(ActionNames.of(deletion(world))).containsExactly("Delete PersistentVolumeClaim shop-g1");
        world.volume = Optional.empty();
        assertThat(deletion(world).wakeUp()).isEmpty();
    }

    @Test
    void keepsTheVolumeUnderRetain() {
        var world = new DatabaseWorld().policy(DeletionPolicy.Retain);
        world.made(resources, credentials);
        world.statefulSet = Optional.empty();
        var plan = deletion(world);
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.wakeUp()).isEmpty();
    }

    private Plan<PostgresDatabaseStatus> plan(DatabaseWorld world) {
        return planner.plan(world.resource, world.seen(), START);
    }

    private Plan<PostgresDatabaseStatus> deletion(DatabaseWorld world) {
        return planner.planDeletion(world.resource, world.seen(), START);
    }

    private static void expect(
            Plan<PostgresDatabaseStatus> plan, DatabasePhase phase, String condition, String reason) {
        assertThat(plan.status().phase()).isEqualTo(phase);
        assertThat(Conditions.find(plan.status().conditions(), condition))
                .as("condition %s of %s", condition, plan.status().conditions())
                .get()
                .satisfies(found -> {
                    assertThat(found.getStatus()).isEqualTo("True");
                    assertThat(found.getReason()).isEqualTo(reason);
                });
    }
}
