package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.Failover;
import dev.pgfork.api.v1alpha1.Failover.Mode;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.api.v1alpha1.PrimaryOutage;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.api.v1alpha1.Promote;
import dev.pgfork.operator.database.FailoverTrigger.Begin;
import dev.pgfork.operator.database.FailoverTrigger.Hindered;
import dev.pgfork.operator.database.FailoverTrigger.NotYet;
import dev.pgfork.operator.database.FailoverTrigger.Nothing;
import dev.pgfork.operator.database.FailoverTrigger.Situation;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The tables of {@link FailoverTrigger}. */
class FailoverTriggerTest {
    private static final Instant START = ChangeoverWorld.START;
    private static final PrimaryOutage OUTAGE = new PrimaryOutage(START.toString(), "ServerDown", "it is down");
    private static final ChangeoverStatus WAITING = ChangeoverStatus.begin("shop", "shop-replica", 8, START.toString());

    private final FailoverWorld world = new FailoverWorld();
    private @Nullable PrimaryOutage outage = OUTAGE;
    private @Nullable PrimaryPosition lastSeen = FailoverWorld.LAST_SEEN;

    @Test
    void beginsByItselfWhenThePrimaryIsKnownToBeDownForLongEnough() {
        assertThat(automatic(new Failover(Mode.Automatic, "2m"), 119)).isEqualTo(new NotYet(Duration.ofSeconds(1)));
        assertThat(automatic(new Failover(Mode.Automatic, "2m"), 120))
                .isEqualTo(begun("shop-replica", true, false, 120));
        assertThat(automatic(new Failover(Mode.Automatic, null), 30)).isInstanceOf(Begin.class);
    }

    @Test
    void takesTheFollowerThatHasReceivedMost() {
        world.see("shop-other", "0/1C000001", "0/1B000000");
        assertThat(automatic(new Failover(Mode.Automatic, "30s"), 30)).isEqualTo(begun("shop-other", true, false, 30));
    }

    @Test
    void doesNothingByItselfWhereItIsNotWantedOrNotKnown() {
        assertThat(automatic(null, 9999)).isEqualTo(new Nothing());
        assertThat(automatic(new Failover(null, "30s"), 9999)).isEqualTo(new Nothing());
        assertThat(automatic(new Failover(Mode.Manual, "30s"), 9999)).isEqualTo(new Nothing());
        lastSeen = null;
        assertThat(automatic(new Failover(Mode.Automatic, "30s"), 9999)).isEqualTo(new Nothing());
        lastSeen = FailoverWorld.LAST_SEEN;
        outage = null;
        world.health = new PrimaryHealth.Unseen("no route");
        assertThat(automatic(new Failover(Mode.Automatic, "30s"), 9999)).isEqualTo(new Nothing());
    }

    /** Whoever was to take over is lost before anybody saw that it did. */
    @Test
    void choosesAgainAfterAPromotionThatNobodySaw() {
        lastSeen = new PrimaryPosition("shop", "0/1C000000", 7, "7439281", START.toString(), "node-1", null, true);
        assertThat(automatic(new Failover(Mode.Automatic, "30s"), 30))
                .isInstanceOfSatisfying(
                        Begin.class,
                        begin -> assertThat(begin.changeover().to()).isEqualTo("shop-replica"));
        world.followers.remove("shop-replica");
        assertThat(automatic(new Failover(Mode.Automatic, "30s"), 9999))
                .isInstanceOfSatisfying(
                        Hindered.class,
                        hindered -> assertThat(hindered.reason()).isEqualTo("PrimaryHadMore"));
    }

    @Test
    void doesNotTouchThePrimaryWhereNobodyCouldTakeOver() {
        world.followers.clear();
        assertThat(automatic(new Failover(Mode.Automatic, "30s"), 9999))
                .isInstanceOfSatisfying(
                        Hindered.class,
                        hindered -> assertThat(hindered.reason()).isEqualTo("NoFollower"));
    }

    @Test
    void beginsForAPersonOnceTheRestartOfAContainerWouldBeOver() {
        assertThat(ordered(null, null, 9)).isEqualTo(new NotYet(Duration.ofSeconds(1)));
        assertThat(ordered(null, null, 10)).isEqualTo(begun("shop-replica", false, false, 10));
    }

    @Test
    void believesAPersonButNotAgainstItsEyes() {
        outage = null;
        world.health = new PrimaryHealth.Unseen("no route");
        assertThat(ordered(null, null, 9999)).isEqualTo(new Nothing());
        assertThat(ordered(true, null, 9999)).isEqualTo(new Nothing());
        assertThat(ordered(null, true, 0)).isEqualTo(begun("shop-replica", false, true, 0));
        world.health = new PrimaryHealth.Serves();
        assertThat(ordered(true, true, 9999)).isEqualTo(new Nothing());
    }

    @Test
    void doesNotFenceForATargetThatCannotBePromoted() {
        world.see("shop-other", "0/1C000001", "0/1B000000");
        assertThat(ordered(null, null, 10))
                .isInstanceOfSatisfying(
                        Hindered.class,
                        hindered -> assertThat(hindered.reason()).isEqualTo("AnotherHasMore"));
        assertThat(ordered(true, null, 10)).isInstanceOf(Begin.class);
    }

    private FailoverTrigger automatic(@Nullable Failover wanted, long seconds) {
        return FailoverTrigger.automatic(wanted, situation(), 8, START.plusSeconds(seconds));
    }

    private FailoverTrigger ordered(@Nullable Boolean force, @Nullable Boolean vouched, long seconds) {
        var command = new Promote("shop-replica", START.toString(), force, vouched);
        return FailoverTrigger.ordered(WAITING, command, situation(), START.plusSeconds(seconds));
    }

    private Situation situation() {
        var field = world.field();
        return new Situation(
                "shop",
                world.health,
                outage,
                "node-1",
                new FollowerChoice.Field(lastSeen, field.followers(), field.quorum(), field.patient()));
    }

    private static Begin begun(String to, boolean automatic, boolean vouched, long seconds) {
        var now = START.plusSeconds(seconds).toString();
        return new Begin(ChangeoverStatus.begin("shop", to, 8, automatic ? now : START.toString())
                .at(ChangeoverStep.Fencing, now)
                .withFailover(FailoverStatus.begin(automatic, false, vouched, "node-1", FailoverWorld.LAST_SEEN)));
    }
}
