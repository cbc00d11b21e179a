package dev.pgfork.operator.follower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of {@link StatusLossPlanner}; of a primary in {@link PrimaryPlannerTest}. */
class StatusLossPlannerTest extends FollowerPlanning {
    private static final Instant LATER = CUT.plusSeconds(10);

    @Test
    void isMadeAgainBesideTheVolumesThatItHad() {
        var plan = plan(new FollowerWorld().streaming(1000), LATER);
        expect(plan, FollowerPhase.Rebuilding, Conditions.RECONCILING, "StatusLost");
        assertThat(actions(plan))
                .startsWith(
                        "PersistIntent",
                        "AnnotateVolume PersistentVolumeClaim shop-replica-g1 StatusLost",
                        "Delete StatefulSet shop-replica-g1",
                        "Warning Rebuilding on PostgresFollower");
        assertThat(plan.status().instance().generation()).isEqualTo(2);
        assertThat(plan.status().rebuild().keptVolume()).isEqualTo("shop-replica-g1");

        var next = new FollowerWorld().noted(plan.status());
        next.olderVolumes.add(FollowerObjects.volume("shop-replica-g1", "Bound"));
        expect(plan(next, LATER), FollowerPhase.Rebuilding, Conditions.RECONCILING, "Preparing");
    }

    /** An object of a name that is taken would be adopted. */
    @Test
    void getsAGenerationThatItNeverHad() {
        var world = new FollowerWorld().streaming(1000);
        world.volume = Optional.empty();
        world.olderVolumes.add(FollowerObjects.volume("shop-replica-g9", "Bound"));
        world.olderVolumes.add(FollowerObjects.keptVolume("shop-replica-g10"));
        world.olderVolumes.add(FollowerObjects.volume("somewhere-else", "Bound"));
        world.olderSets.add(new StatefulSetBuilder()
                .withMetadata(FollowerObjects.meta("shop-replica-g11"))
                .build());
        var plan = plan(world, LATER);
        assertThat(plan.status().instance().generation()).isEqualTo(12);
        assertThat(plan.status().rebuild().keptVolume()).isEqualTo("shop-replica-g10");
        assertThat(actions(plan))
                .contains(
                        "AnnotateVolume PersistentVolumeClaim shop-replica-g9 StatusLost",
                        "AnnotateVolume PersistentVolumeClaim somewhere-else StatusLost",
                        "Delete StatefulSet shop-replica-g11")
                .doesNotContain("AnnotateVolume PersistentVolumeClaim shop-replica-g10 StatusLost");
    }

    /** The operator may end between noting and marking. */
    @Test
    void keepsWhatItCouldNotMark() {
        var lost = plan(new FollowerWorld().streaming(1000), LATER).status();
        var seed = plan(new FollowerWorld().noted(lost).prepared().slot("reserved"), LATER)
                .status();
        var rebuilt = new FollowerWorld()
                .noted(plan(new FollowerWorld().noted(seed).claimed().snapshot(CUT, true), LATER)
                        .status())
                .streaming(1000);
        rebuilt.volume = Optional.of(FollowerObjects.volume("shop-replica-g2", "Bound"));
        rebuilt.olderVolumes.add(FollowerObjects.volume("shop-replica-g0", "Bound"));
        var ready = plan(rebuilt, LATER);
        assertThat(ready.status().phase()).isEqualTo(FollowerPhase.Ready);
        assertThat(actions(ready)).noneMatch(action -> action.contains("PersistentVolumeClaim"));

        rebuilt.deleted(LATER);
        rebuilt.pod = Optional.empty();
        rebuilt.statefulSet = Optional.empty();
        rebuilt.hasLeader = false;
        assertThat(actions(planDeletion(rebuilt, LATER)))
                .containsExactly("Delete PersistentVolumeClaim shop-replica-g2");
    }

    @Test
    void leavesEverythingOfOneThatMayBeADatabaseOfItsOwn() {
        var unfollowed = new FollowerWorld().unfollow().streaming(1000);
        var older = new FollowerWorld().unfollow();
        older.olderVolumes.add(FollowerObjects.volume("shop-replica-g2", "Bound"));
        var writable = new FollowerWorld().streaming(1000).becamePrimary();
        writable.primaryName = "shop";
        for (var world : new FollowerWorld[] {unfollowed, older, writable}) {
            var plan = plan(world, LATER);
            expect(plan, FollowerPhase.Unavailable, Conditions.STALLED, "StatusLost");
            assertThat(actions(plan)).containsExactly("Warning StatusLost on PostgresFollower");
            assertThat(message(plan)).contains("Restore the status");
            var again = plan(world.noted(plan.status()), LATER.plusSeconds(2));
            expect(again, FollowerPhase.Unavailable, Conditions.STALLED, "StatusLost");
            assertThat(actions(again)).isEmpty();
        }
    }

    /** A status from before it left may have been restored. */
    @Test
    void leavesEverythingOfOneThatHasPasswordsOfItsOwnWhateverItsStatusSays() {
        var world = new FollowerWorld().noted(streamed()).streaming(1000);
        world.roles = Optional.of(passwordsOf("shop-replica"));
        var plan = plan(world, LATER);
        expect(plan, FollowerPhase.Unavailable, Conditions.STALLED, "StatusLost");
        assertThat(actions(plan)).containsExactly("Warning StatusLost on PostgresFollower");
        world.deleted(LATER);
        world.pod = Optional.empty();
        world.statefulSet = Optional.empty();
        world.hasLeader = false;
        assertThat(actions(planDeletion(world, LATER))).isEmpty();
    }

    @Test
    void isDeletedAsAnUnfollowedOne() {
        var world = new FollowerWorld().unfollow().deleted(LATER);
        world.volume = Optional.of(FollowerObjects.volume("shop-replica-g1", "Bound"));
        assertThat(actions(planDeletion(world, LATER))).isEmpty();
        world.spec(null, null, DeletionPolicy.Delete);
        assertThat(actions(planDeletion(world, LATER))).containsExactly("Delete PersistentVolumeClaim shop-replica-g1");
    }

    @Test
    void leavesEverythingUntilItsLeaderCanBeCopied() {
        var gone = new FollowerWorld().streaming(1000);
        gone.hasLeader = false;
        var deleting = new FollowerWorld().streaming(1000);
        deleting.leaderDeleting = true;
        var changing = new FollowerWorld().streaming(1000);
        changing.changing = true;
        var down = new FollowerWorld().streaming(1000);
        down.leaderServes = false;
        var chained = new FollowerWorld().streaming(1000);
        chained.leaderFollows = true;
        for (var world : new FollowerWorld[] {gone, deleting, changing, down, chained}) {
            var plan = plan(world, LATER);
            expect(plan, FollowerPhase.Unavailable, Conditions.RECONCILING, "StatusLost");
            assertThat(actions(plan)).containsExactly("Normal StatusLost on PostgresFollower");
            assertThat(plan.status().instance()).isNull();
        }
    }
}
