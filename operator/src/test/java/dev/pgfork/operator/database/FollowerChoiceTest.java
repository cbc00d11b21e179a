package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.database.FollowerChoice.Chosen;
import dev.pgfork.operator.database.FollowerChoice.Field;
import dev.pgfork.operator.database.FollowerChoice.None;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.SampleHistories;
import dev.pgfork.operator.postgres.TimelineHistory;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of {@link FollowerChoice}: shop is down on timeline 7, {@code a} and {@code b} followed it. */
class FollowerChoiceTest {
    private static final PrimaryPosition LAST_SEEN = new PrimaryPosition(
            "shop",
            "0/1D000000",
            7,
            "7439281",
            ChangeoverWorld.START.toString(),
            "node-1",
            SampleHistories.of(7).origin().orElseThrow().text(),
            null);

    private final Map<String, Looked<MemberPosition>> followers = new HashMap<>();
    private Optional<Quorum> quorum = Optional.empty();
    private boolean patient = true;
    private PrimaryPosition lastSeen = LAST_SEEN;

    @Test
    void takesTheOneThatHasReceivedMostWhateverItHasReplayed() {
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        see("b", standby(7, "0/1C000001", "0/10000000"));
        expectBest("b");
        see("a", standby(7, "0/1C000001", "0/1C000000"));
        expectBest("a"); // equal: by name, so that two operators choose the same
    }

    @ParameterizedTest
    @ValueSource(strings = {"other timeline", "another of that number", "other database"})
    void comparesOnlyWhatIsOfTheSameHistory(String what) {
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        see("b", strange(what));
        expectBest("a");
        assertThat(FollowerChoice.wanted("a", field(), false)).isInstanceOf(Chosen.class);
    }

    @Test
    void hasNobodyToTake() {
        expectNone("NoFollower", FollowerChoice.best(field()));
        see("a", strange("other timeline"));
        expectNone("NoFollowerFits", FollowerChoice.best(field()));
    }

    @Test
    void waitsForThoseThatDoNotAnswerButNotForEver() {
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        followers.put("b", new Looked.Unknown<>("no route"));
        expectNone("FollowersNotSeen", FollowerChoice.best(field()));
        expectNone("FollowersNotSeen", FollowerChoice.wanted("a", field(), false));
        assertThat(FollowerChoice.wanted("a", field(), true)).isInstanceOf(Chosen.class);
        patient = false;
        expectBest("a");
        followers.put("b", new Looked.Absent<>());
        expectBest("a");
    }

    /** With ANY 1 of two, the last commit may be on either of them only. */
    @Test
    void waitsForEverWhereAnAcknowledgedCommitCouldBeLost() {
        patient = false;
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        followers.put("b", new Looked.Unknown<>("no route"));
        quorum = Optional.of(new Quorum(1, Set.of("a", "b")));
        expectNone("FollowersNotSeen", FollowerChoice.best(field()));
        expectNone("FollowersNotSeen", FollowerChoice.wanted("a", field(), false));
        assertThat(FollowerChoice.wanted("a", field(), true)).isInstanceOf(Chosen.class);
        quorum = Optional.of(new Quorum(2, Set.of("a", "b")));
        expectBest("a");
        quorum = Optional.of(new Quorum(1, Set.of("a")));
        expectBest("a");
    }

    @Test
    void saysWhetherEveryAcknowledgedCommitIsThere() {
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        see("b", standby(7, "0/1C000001", "0/1C000001"));
        assertThat(chosen(FollowerChoice.best(field())).complete()).isFalse();
        quorum = Optional.of(new Quorum(1, Set.of("a", "b")));
        assertThat(chosen(FollowerChoice.best(field())).complete()).isTrue();
        assertThat(chosen(FollowerChoice.wanted("a", field(), true)).complete()).isFalse();
        see("b", strange("other timeline"));
        assertThat(chosen(FollowerChoice.wanted("b", field(), true)).complete()).isFalse();
    }

    @Test
    void refusesTheWantedOneWhereAnotherHasMore() {
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        see("b", standby(7, "0/1C000010", "0/1C000000"));
        expectNone("AnotherHasMore", FollowerChoice.wanted("a", field(), false));
        assertThat(FollowerChoice.wanted("a", field(), false))
                .isInstanceOfSatisfying(
                        None.class, none -> assertThat(none.message()).contains("b has received 16 bytes", "force"));
        assertThat(chosen(FollowerChoice.wanted("a", field(), true)).name()).isEqualTo("a");
        assertThat(chosen(FollowerChoice.wanted("b", field(), false)).name()).isEqualTo("b");
    }

    @Test
    void neverTakesAnotherDatabaseAndAnotherTimelineOnlyByForce() {
        see("a", strange("other database"));
        expectNone("OtherDatabase", FollowerChoice.wanted("a", field(), true));
        see("a", strange("other timeline"));
        expectNone("TargetOnOtherTimeline", FollowerChoice.wanted("a", field(), false));
        assertThat(FollowerChoice.wanted("a", field(), true)).isInstanceOf(Chosen.class);
    }

    @Test
    void waitsForTheWantedOne() {
        expectNone("TargetNotReady", FollowerChoice.wanted("a", field(), true));
        followers.put("a", new Looked.Absent<>());
        expectNone("TargetNotReady", FollowerChoice.wanted("a", field(), true));
        followers.put("a", new Looked.Unknown<>("no route"));
        expectNone("TargetNotReady", FollowerChoice.wanted("a", field(), true));
    }

    @Test
    void takesNobodyWhereAnotherAcceptsWrites() {
        patient = false;
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        var lsn = Lsn.parse("0/1C000000");
        see("b", new MemberPosition("7439281", 17, false, 8, history(8), lsn, lsn, false, true));
        expectNone("AnotherPrimary", FollowerChoice.best(field()));
        expectNone("AnotherPrimary", FollowerChoice.wanted("a", field(), true));
        expectNone("AnotherPrimary", FollowerChoice.wanted("b", field(), true));
    }

    /** It had received most, and that may be nowhere else: commits may have waited for it. */
    @Test
    void takesNobodyWithLessThanThePrimaryHadWhenItWasPromotedUnlessForced() {
        patient = false;
        lastSeen = promoted(null);
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        expectNone("PrimaryHadMore", FollowerChoice.best(field()));
        expectNone("PrimaryHadMore", FollowerChoice.wanted("a", field(), false));
        assertThat(FollowerChoice.wanted("a", field(), false))
                .isInstanceOfSatisfying(
                        None.class, none -> assertThat(none.message()).contains("c was promoted", "16 bytes", "force"));
        assertThat(FollowerChoice.wanted("a", field(), true)).isInstanceOf(Chosen.class);
        see("a", standby(7, "0/1C000010", "0/1C000000"));
        expectBest("a");
        // Once it was seen to serve it is like any primary: what it wrote and did not send is lost with it.
        lastSeen = LAST_SEEN;
        see("a", standby(7, "0/1C000000", "0/1C000000"));
        expectBest("a");
    }

    @Test
    void prefersWhoeverFollowedAPromotionThatNobodySaw() {
        lastSeen = promoted(null);
        see("a", standby(7, "0/1C000020", "0/1C000020"));
        see("b", standby(8, "0/1C000018", "0/1C000018"));
        expectBest("b");
        expectNone("TargetOnOtherTimeline", FollowerChoice.wanted("a", field(), false));
        followers.remove("b");
        expectBest("a");
        see("a", standby(6, "0/1C000020", "0/1C000020"));
        expectNone("NoFollowerFits", FollowerChoice.best(field()));
    }

    /** They may have been promoted without knowing of each other, and only one of them followed the lost primary. */
    @Test
    void takesNobodyByItselfFromTwoTimelinesOfOneNumberWhereNobodySawThePrimary() {
        patient = false;
        lastSeen = promoted(null);
        see("a", standby(8, "0/1C000020", "0/1C000020"));
        see("b", history("0/2C000018", SampleHistories.other(8)));
        quorum = Optional.of(new Quorum(2, Set.of("a", "b")));
        expectNone("HistoriesDiffer", FollowerChoice.best(field()));
        expectNone("HistoriesDiffer", FollowerChoice.wanted("b", field(), false));
        assertThat(FollowerChoice.best(field()))
                .isInstanceOfSatisfying(
                        None.class, none -> assertThat(none.message()).contains("a and b", "numbered 8", "c was"));
        assertThat(chosen(FollowerChoice.wanted("b", field(), true)).complete()).isFalse();
        lastSeen = null;
        expectNone("HistoriesDiffer", FollowerChoice.best(field()));
        assertThat(chosen(FollowerChoice.wanted("b", field(), true)).complete()).isFalse();
        lastSeen = promoted(null);
        see("b", standby(8, "0/2C000018", "0/2C000018"));
        assertThat(chosen(FollowerChoice.best(field())).complete()).isTrue();
    }

    /** One of a lineage that was lost before may have come to a higher number. */
    @Test
    void aStrangerOnAHigherTimelineShutsNobodyOut() {
        patient = false;
        lastSeen = promoted(SampleHistories.of(7).origin().orElseThrow().text());
        see("a", standby(7, "0/1C000020", "0/1C000020"));
        see(
                "b",
                history(
                        "0/2C000018",
                        new TimelineHistory(8, SampleHistories.other(7).branches())));
        expectBest("a");
    }

    @Test
    void takesNobodyWhoseHistoryIsAnotherThanThatOfAPromotionThatNobodySaw() {
        patient = false;
        lastSeen = promoted(SampleHistories.of(7).origin().orElseThrow().text());
        see("a", standby(7, "0/1C000020", "0/1C000020"));
        see("b", history("0/2C000018", SampleHistories.other(7)));
        expectBest("a");
        see("a", standby(8, "0/1C000020", "0/1C000020"));
        see(
                "b",
                history(
                        "0/2C000018",
                        new TimelineHistory(8, SampleHistories.other(7).branches())));
        expectBest("a");
        followers.remove("a");
        expectNone("NoFollowerFits", FollowerChoice.best(field()));
    }

    private static PrimaryPosition promoted(@Nullable String origin) {
        return new PrimaryPosition(
                "c", "0/1C000010", 7, "7439281", ChangeoverWorld.START.toString(), "node-1", origin, true);
    }

    private static MemberPosition history(String received, TimelineHistory history) {
        var lsn = Lsn.parse(received);
        return new MemberPosition(
                "7439281", 17, true, history.timeline(), Optional.of(history), lsn, lsn, false, false);
    }

    private void see(String name, MemberPosition position) {
        followers.put(name, new Looked.Found<>(position));
    }

    private Field field() {
        return new Field(lastSeen, followers, quorum, patient);
    }

    private void expectBest(String name) {
        assertThat(chosen(FollowerChoice.best(field())).name()).isEqualTo(name);
    }

    private static void expectNone(String reason, FollowerChoice choice) {
        assertThat(choice)
                .isInstanceOfSatisfying(
                        None.class, none -> assertThat(none.reason()).isEqualTo(reason));
    }

    private static Chosen chosen(FollowerChoice choice) {
        assertThat(choice).isInstanceOf(Chosen.class);
        return (Chosen) choice;
    }

    private static MemberPosition strange(String what) {
        var far = Lsn.parse("0/2C000000");
        return what.equals("other timeline")
                ? new MemberPosition("7439281", 17, true, 6, history(6), far, far, false, true)
                : what.equals("another of that number")
                        ? new MemberPosition(
                                "7439281", 17, true, 7, Optional.of(SampleHistories.other(7)), far, far, false, true)
                        : new MemberPosition("1234567", 17, true, 7, history(7), far, far, false, true);
    }

    static MemberPosition standby(int timeline, String received, String replayed) {
        return new MemberPosition(
                "7439281",
                17,
                true,
                timeline,
                history(timeline),
                Lsn.parse(replayed),
                Lsn.parse(received),
                false,
                false);
    }

    private static Optional<TimelineHistory> history(int timeline) {
        return Optional.of(SampleHistories.of(timeline));
    }
}
