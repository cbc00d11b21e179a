package dev.pgfork.operator.follower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Unfollowed;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.Passwords;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of {@link UnfollowPlanner}. */
class UnfollowPlannerTest extends FollowerPlanning {
    private static final Instant NOW = CUT.plusSeconds(60);
    private static final Instant SERVED = CUT.plusSeconds(90);
    private static final InstanceResources RESOURCES =
            new InstanceResources(new InstanceConfiguration(InstanceScript.load()));

    // While it follows

    @Test
    void notesWhatItHasReplayedBeforeAnythingElse() {
        var plan = plan(following(), NOW);
        expect(plan, FollowerPhase.Unfollowing, Conditions.RECONCILING, "Unfollowing");
        assertThat(actions(plan)).containsExactly("PersistIntent", "Warning Unfollowing on PostgresFollower");
        assertThat(plan.status().unfollowed()).isEqualTo(new Unfollowed("0/3E8", 1, 2L, NOW.toString()));
        assertThat(plan.status().slot()).isEqualTo(FollowerWorld.SLOT);
    }

    @Test
    void leavesEveryEpochBehindThatItMayHaveBeenTold() {
        var world = following();
        world.epoch = 5;
        assertThat(plan(world, NOW).status().unfollowed().epoch()).isEqualTo(6);
        world.script = new Looked.Found<>(script(8, ""));
        assertThat(plan(world, NOW).status().unfollowed().epoch()).isEqualTo(9);
    }

    @Test
    void needsNoLeaderAndNoStreaming() {
        var world = following().own(1000, "waiting");
        world.hasLeader = false;
        assertThat(plan(world, NOW).status().unfollowed()).isNotNull();
    }

    @Test
    void goesOnFollowingUntilItCan() {
        var primary = following().becamePrimary();
        expectObstacle(primary, "IsPrimary", "PostgresDatabase prod/shop");

        var changing = following();
        changing.changing = true;
        expectObstacle(changing, "LeaderChanging", "PostgresDatabase prod/shop");

        var silent = following();
        silent.own = new Looked.Unknown<>("timeout");
        expectObstacle(silent, "NotAnswering", "log of its pod");

        expectObstacle(
                new FollowerWorld().unfollow().noted(cut()).claimed().snapshot(CUT, true), "NotFollowingYet", "");

        var lost = following();
        lost.volume = Optional.empty();
        lost.unfollow = false;
        lost.spec(null, null, null);
        expectObstacle(new FollowerWorld().unfollow().noted(plan(lost, NOW).status()), "Rebuilding", "another volume");
    }

    @Test
    void saysNothingOfItUnlessItIsWanted() {
        var status =
                plan(new FollowerWorld().noted(streamed()).streaming(1000), NOW).status();
        assertThat(Conditions.find(status.conditions(), "Unfollowed")).isEmpty();
    }

    // Once it is noted

    @Test
    void getsSecretsThenTheTemplateAndThenItsPodGoes() {
        var plan = plan(noted().podOf(1), NOW);
        expect(plan, FollowerPhase.Unfollowing, Conditions.RECONCILING, "Unfollowing");
        assertThat(actions(plan))
                .containsSubsequence(
                        "CreateCredentials",
                        "RenewCertificate",
                        "Apply StatefulSet shop-replica-g1",
                        "Delete Pod shop-replica-g1-0");
        var template = plan.actions().stream()
                .flatMap(action -> action instanceof Action.CreateCredentials(var of)
                        ? Optional.of(of).stream()
                        : Optional.<InstanceTemplate>empty().stream())
                .findFirst()
                .orElseThrow();
        assertThat(template.role()).isEqualTo(Role.PRIMARY);
        assertThat(template.epoch()).isEqualTo(2);
        assertThat(template.membership().authority().name()).isEqualTo("shop-replica");
        assertThat(template.membership().leader()).isNull();
        assertThat(template.seed()).isInstanceOfSatisfying(Seed.Snapshot.class, seed -> {
            assertThat(seed.cut()).isEqualTo(Lsn.parse("0/3E8"));
            assertThat(seed.sourceTimeline()).isEqualTo(1);
            assertThat(seed.systemIdentifier()).isEqualTo(FollowerWorld.IDENTIFIER);
        });
    }

    @Test
    void resumesAfterEachStep() {
        var halfDone = noted().podOf(1);
        secrets(halfDone);
        halfDone.roles = Optional.of(new SecretBuilder()
                .withNewMetadata()
                .withName("shop-replica-roles")
                .addToAnnotations(Labels.AUTHORITY, "shop")
                .endMetadata()
                .build());
        assertThat(actions(plan(halfDone, NOW))).contains("CreateCredentials", "RenewCertificate");

        var secretsDone = noted().podOf(1);
        secrets(secretsDone);
        assertThat(actions(plan(secretsDone, NOW)))
                .doesNotContain("CreateCredentials", "RenewCertificate")
                .contains("Delete Pod shop-replica-g1-0");

        secretsDone.pod = Optional.empty();
        assertThat(actions(plan(secretsDone, NOW))).noneMatch(name -> name.startsWith("Delete"));
    }

    @Test
    void deletesAPodOnce() {
        var world = noted().podOf(1);
        world.pod.orElseThrow().getMetadata().setDeletionTimestamp(NOW.toString());
        assertThat(actions(plan(world, NOW))).noneMatch(name -> name.startsWith("Delete"));
    }

    @Test
    void waitsForQuarantineInTheNewPod() {
        var world = noted().podOf(2);
        secrets(world);
        world.script = new Looked.Found<>(script(1, FollowerWorld.UID + "/1"));
        var plan = plan(world, NOW);
        expect(plan, FollowerPhase.Unfollowing, Conditions.RECONCILING, "Unfollowing");
        assertThat(actions(plan))
                .contains("AwaitOpening shop-replica-g1-0")
                .noneMatch(name -> name.startsWith("Delete"))
                .doesNotContain("PublishBinding");
        expect(
                plan(world, NOW.plus(DEADLINE).plusSeconds(1)),
                FollowerPhase.Unfollowing,
                Conditions.STALLED,
                "NotServing");
    }

    @Test
    void letsClientsInOnceItIsOpened() {
        assertThat(actions(plan(opened(), NOW)))
                .contains("PublishBinding")
                .doesNotContain("AwaitOpening shop-replica-g1-0");
    }

    @Test
    void aDeletedSecretComesBackWithAnotherPassword() {
        var world = serving();
        world.noted(plan(world, SERVED).status());
        world.app = Optional.empty();
        var plan = plan(world, SERVED);
        expect(plan, FollowerPhase.Ready, Conditions.READY, "Ready");
        assertThat(actions(plan))
                .contains("ChangePassword OWNER in shop-replica-g1-0")
                .doesNotContain("PublishBinding");
    }

    @Test
    void isADatabaseAndLeavesNothingOnItsFormerLeader() {
        var plan = plan(serving(), SERVED);
        expect(plan, FollowerPhase.Ready, Conditions.READY, "Ready");
        assertThat(Conditions.isTrue(plan.status().conditions(), "Unfollowed")).isTrue();
        assertThat(actions(plan)).contains("DetachMember " + FollowerWorld.SLOT + " from shop-g1-0");
        assertThat(plan.status().slot()).isNull();
        assertThat(plan.status().leader().name()).isEqualTo("shop");
        assertThat(plan.status().binding().name()).isEqualTo("shop-replica-app");
        assertThat(plan.status().streaming()).isNull();
        assertThat(plan.status().lag()).isNull();
        var next = serving().noted(plan.status());
        assertThat(actions(plan(next, SERVED))).noneMatch(name -> name.startsWith("DetachMember"));
    }

    @Test
    void isReadyWhetherOrNotItsFormerLeaderAnswers() {
        var silent = serving();
        silent.primary = new Looked.Unknown<>("timeout");
        var plan = plan(silent, SERVED);
        expect(plan, FollowerPhase.Ready, Conditions.READY, "Ready");
        assertThat(actions(plan)).noneMatch(name -> name.startsWith("DetachMember"));
        assertThat(plan.status().slot()).as("tried again").isEqualTo(FollowerWorld.SLOT);

        var gone = serving();
        gone.hasLeader = false;
        expect(plan(gone, SERVED), FollowerPhase.Ready, Conditions.READY, "Ready");
        assertThat(plan(gone, SERVED).status().slot()).isNull();
    }

    @Test
    void comesBackWhenItDoesNotServe() {
        var ready = plan(serving(), SERVED).status();
        var down = serving().noted(ready);
        down.server = new Looked.Unknown<>("connection refused");
        var plan = plan(down, SERVED);
        expect(plan, FollowerPhase.Unavailable, Conditions.RECONCILING, "Restarting");
        assertThat(Conditions.isTrue(plan.status().conditions(), "Unfollowed")).isTrue();
    }

    @Test
    void finishesAChangeoverFirstThatBeganAtTheSameTime() {
        var changing = noted().podOf(1);
        changing.changing = true;
        var plan = plan(changing, NOW);
        expect(plan, FollowerPhase.Unfollowing, Conditions.RECONCILING, "LeaderChanging");
        assertThat(actions(plan)).noneMatch(name -> name.startsWith("Delete"));

        var chosen = noted().podOf(1);
        chosen.primaryName = "shop-replica";
        var back = plan(chosen, NOW);
        assertThat(actions(back)).first().isEqualTo("PersistIntent");
        assertThat(back.status().unfollowed()).isNull();
    }

    @Test
    void neverPutsAnotherVolumeInThePlaceOfALostOne() {
        var world = noted();
        world.volume = Optional.empty();
        var plan = plan(world, NOW);
        expect(plan, FollowerPhase.Unavailable, Conditions.STALLED, "VolumeLost");
        assertThat(actions(plan)).noneMatch(name -> name.startsWith("Create"));
    }

    @Test
    void keepsItsVolumeWhenItIsDeletedUnlessItIsToGo() {
        var world = serving();
        world.noted(plan(serving(), SERVED).status()).deleted(SERVED);
        world.pod = Optional.empty();
        world.statefulSet = Optional.empty();
        assertThat(actions(planDeletion(world, SERVED))).noneMatch(name -> name.contains("PersistentVolumeClaim"));
        world.spec(null, null, DeletionPolicy.Delete);
        assertThat(actions(planDeletion(world, SERVED))).contains("Delete PersistentVolumeClaim shop-replica-g1");
    }

    @Test
    void staysForThoseWhoFollowItUnlessTheyGoToo() {
        var world = serving();
        world.noted(plan(serving(), SERVED).status()).deleted(SERVED);
        world.following = withFollower(world, false);
        var waits = planDeletion(world, SERVED);
        assertThat(actions(waits)).isEmpty();
        assertThat(waits.wakeUp()).isPresent();
        expect(waits, FollowerPhase.Deleting, Conditions.STALLED, "HasFollowers");
        world.following = withFollower(world, true);
        assertThat(actions(planDeletion(world, SERVED))).contains("Delete StatefulSet shop-replica-g1");
    }

    @Test
    void keepsNoWalForFollowersThatAreNoMore() {
        var world = serving();
        world.following = withFollower(world, false);
        world.own = new Looked.Found<>(new Primary(
                FollowerWorld.UID,
                2,
                1,
                Stream.of("barman", "pgfork_second_0d0d0d0d", "pgfork_third_0d0d0d0d")
                        .map(name -> new Slot(name, true, false, new Lsn(1), "reserved"))
                        .toList(),
                new Lsn(0),
                new Lsn(1000),
                List.of()));
        world.hasLeader = false;
        assertThat(actions(plan(world, SERVED)))
                .contains("DetachMember pgfork_third_0d0d0d0d from shop-replica-g1-0")
                .filteredOn(name -> name.startsWith("DetachMember"))
                .hasSize(1);
    }

    private static List<Member> withFollower(FollowerWorld world, boolean isDeleting) {
        var second = new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", "second", "0d0d0d0d-second");
        return List.of(
                new Member(Owner.of(world.follower), 1, true, false, Optional.empty(), Optional.empty()),
                new Member(second, 1, false, isDeleting, Optional.empty(), Optional.empty()));
    }

    private void expectObstacle(FollowerWorld world, String reason, String message) {
        var plan = plan(world, NOW);
        assertThat(plan.status().unfollowed()).isNull();
        assertThat(Conditions.find(plan.status().conditions(), "Unfollowed"))
                .get()
                .satisfies(condition -> {
                    assertThat(condition.getStatus()).isEqualTo("False");
                    assertThat(condition.getReason()).isEqualTo(reason);
                    assertThat(condition.getMessage()).contains(message);
                });
    }

    /** It streams, and is to be unfollowed. */
    private FollowerWorld following() {
        return new FollowerWorld().unfollow().noted(streamed()).streaming(1000);
    }

    private FollowerWorld noted() {
        var world = following();
        var draft = new FollowerStatusDraft(world.follower, NOW);
        var standby =
                FollowerResources.recorded(world.follower, draft, world.seen().leader());
        world.statefulSet = Optional.of(RESOURCES.statefulSet(standby.orElseThrow()));
        return world.noted(plan(following(), NOW).status());
    }

    private FollowerWorld opened() {
        var world = noted().podOf(2);
        secrets(world);
        world.script = new Looked.Found<>(script(2, FollowerWorld.UID + "/1"));
        return world;
    }

    private FollowerWorld serving() {
        var world = opened();
        world.app = Optional.of(new SecretBuilder()
                .withMetadata(FollowerObjects.meta("shop-replica-app"))
                .build());
        world.server = new Looked.Found<>(new ServerReport(
                FollowerWorld.UID, 1, "rev", "17.6", FollowerWorld.IDENTIFIER, 2, false, NOW, "serial"));
        return world;
    }

    /** Those of an authority of its own. */
    private static void secrets(FollowerWorld world) {
        var random = new SecureRandom();
        var certificates = new Certificates("cluster.local", random, Clock.fixed(NOW, ZoneOffset.UTC));
        var credentials = new Credentials(certificates, new Passwords(random), random);
        var draft = new FollowerStatusDraft(world.follower, NOW);
        var template = FollowerResources.independent(world.follower, draft, Objects.requireNonNull(draft.unfollowed));
        var authority = credentials.newAuthority(template);
        world.authority = Optional.of(authority);
        world.tls = Optional.of(credentials.newTls(template, authority));
        world.roles = Optional.of(credentials.roles(template, Optional.empty(), Optional.empty()));
    }

    private static ScriptStatus script(long epoch, String openedBy) {
        return new ScriptStatus(
                ScriptStatus.Phase.running,
                "primary",
                epoch,
                openedBy,
                FollowerWorld.IDENTIFIER,
                2,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                null,
                null,
                null,
                Map.of());
    }
}
