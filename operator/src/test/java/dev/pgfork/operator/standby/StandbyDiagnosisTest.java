package dev.pgfork.operator.standby;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Receiver;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.postgres.SampleHistories;
import dev.pgfork.operator.postgres.TimelineHistory;
import dev.pgfork.operator.postgres.TimelineHistory.Branch;
import dev.pgfork.operator.standby.ReplicationObservation.Histories;
import dev.pgfork.operator.standby.Standing.Away;
import dev.pgfork.operator.standby.Standing.Behind;
import dev.pgfork.operator.standby.Standing.Beyond;
import dev.pgfork.operator.standby.Standing.Detached;
import dev.pgfork.operator.standby.Standing.InStep;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of {@link StandbyDiagnosis}, row by row. */
class StandbyDiagnosisTest {
    private static final String SLOT = "pgfork_replica_0b0c5b5e";
    private static final long MAX_LAG = 100;

    private Looked<ReplicationReport> own = new Looked.Found<>(standby(1, 1000, 1000, "streaming", false));
    private Looked<ReplicationReport> primary = new Looked.Found<>(primary(1, 1000, "reserved"));
    private Optional<Looked<ReplicationReport>> again = Optional.empty();
    private Histories histories = KnownHistories.of(1);

    @Test
    void isInStepWhileItStreamsAndLagsLittle() {
        own(standby(1, 1000, 950, "streaming", false));
        assertThat(standing()).isEqualTo(new InStep(50));
    }

    @Test
    void isBehindAboveMaxLag() {
        own(standby(1, 1000, 900, "streaming", false));
        assertThat(standing()).isEqualTo(new InStep(MAX_LAG));
        own(standby(1, 1000, 899, "streaming", false));
        assertThat(standing()).isInstanceOf(Behind.class).returns("Lagging", Standing::reason);
    }

    @Test
    void lagCountsWhatItHasReceivedButNotReplayed() {
        own(standby(1, 1000, 0, "streaming", false));
        assertThat(standing()).returns("Lagging", Standing::reason);
    }

    @Test
    void isBehindWhileItsReplayIsPausedHoweverClose() {
        own(standby(1, 1000, 1000, "streaming", true));
        assertThat(standing()).isInstanceOf(Behind.class).returns("ReplayPaused", Standing::reason);
    }

    @Test
    void isBehindOnAnotherTimeline() {
        primary(primary(2, 1000, "reserved"));
        assertThat(standing()).isInstanceOf(Behind.class).returns("OtherTimeline", Standing::reason);
    }

    @Test
    void isNotInStepIfThePrimaryCannotBeAsked() {
        primary = new Looked.Unknown<>("timeout");
        assertThat(standing()).isInstanceOf(Behind.class).returns("LeaderNotAnswering", Standing::reason);
        primary = new Looked.Absent<>();
        assertThat(standing()).isInstanceOf(Behind.class).returns("LeaderNotAnswering", Standing::reason);
        primary(standby(1, 1000, 1000, "streaming", false));
        assertThat(standing()).isInstanceOf(Behind.class).returns("LeaderNotPrimary", Standing::reason);
    }

    /** "Could not look" never costs a volume. */
    @Test
    void isOnlyAwayIfThePrimaryCannotBeAskedHoweverBadItLooks() {
        own(standby(7, 5000, 5000, null, false));
        primary = new Looked.Unknown<>("timeout");
        assertThat(standing()).isInstanceOf(Away.class).returns("LeaderNotAnswering", Standing::reason);
        primary(standby(1, 10, 10, null, false));
        assertThat(standing()).isInstanceOf(Away.class).returns("LeaderNotPrimary", Standing::reason);
    }

    @Test
    void isOnlyAwayIfItCannotBeAskedHoweverBadThePrimaryLooks() {
        primary(primary(1, 1000, "lost"));
        own = new Looked.Unknown<>("timeout");
        assertThat(standing()).isInstanceOf(Away.class).returns("NotAnswering", Standing::reason);
        own = new Looked.Absent<>();
        assertThat(standing()).isInstanceOf(Away.class).returns("NotAnswering", Standing::reason);
    }

    @Test
    void isLeftAloneWhenItAcceptsWrites() {
        own(primary(2, 5000, "reserved"));
        assertThat(standing()).isInstanceOf(Away.class).returns("NotAStandby", Standing::reason);
    }

    @Test
    void isLeftAloneOnAHigherTimelineThanThePrimary() {
        own(standby(2, 5000, 5000, "waiting", false));
        primary(primary(1, 1000, "lost"));
        assertThat(standing()).isInstanceOf(Away.class).returns("AheadOfLeader", Standing::reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"waiting", "none", "streaming"})
    void hasDivergedWithWalThatItsPrimaryNeverHad(String receiver) {
        own(standby(1, 1001, 900, receiver.equals("none") ? null : receiver, false));
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isTrue())
                .returns("Diverged", Standing::reason);
    }

    @Test
    void hasDivergedPastThePointWhereThePrimaryLeftItsTimeline() {
        primary(primary(2, 9000, "reserved"));
        histories = left(1000);
        own(standby(1, 1001, 1001, "waiting", false));
        assertThat(standing()).isInstanceOf(Beyond.class).returns("Diverged", Standing::reason);
        own(standby(1, 1000, 1000, "waiting", false));
        assertThat(standing()).isInstanceOf(Away.class).returns("NotStreaming", Standing::reason);
    }

    @Test
    void isNotCalledDivergedWhileThatPointIsNotKnown() {
        primary(primary(2, 9000, "reserved"));
        histories = Histories.UNKNOWN;
        own(standby(1, 5000, 5000, "waiting", false));
        assertThat(standing()).isInstanceOf(Away.class).returns("NotStreaming", Standing::reason);
    }

    /** Its primary was promoted without knowing of it, at the very same point. */
    @ParameterizedTest
    @ValueSource(strings = {"streaming", "waiting", "none"})
    void hasDivergedOnAnotherTimelineOfTheSameNumber(String receiver) {
        primary(primary(3, 9000, "reserved"));
        own(standby(3, 8000, 8000, receiver.equals("none") ? null : receiver, false));
        histories = KnownHistories.of(3);
        assertThat(standing().reason()).isIn("Lagging", "NotStreaming");
        histories = others(3, Optional.empty());
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isTrue())
                .returns("Diverged", Standing::reason);
        assertThat(standing().message()).contains("at 0/2000");
    }

    /** On an earlier one, whose number the primary has in its history, or would go on to another than the primary's. */
    @Test
    void hasDivergedWhereItComesFromOrGoesToAnotherTimelineOfAPrimarysNumber() {
        primary(primary(4, 9000, "reserved"));
        own(standby(3, 500, 500, "waiting", false));
        histories = KnownHistories.of(3, 4);
        assertThat(standing()).returns("NotStreaming", Standing::reason);
        histories = new Histories(
                Optional.of(SampleHistories.other(3)), Optional.empty(), Optional.of(SampleHistories.of(4)));
        assertThat(standing()).returns("Diverged", Standing::reason);
        histories = new Histories(
                Optional.of(SampleHistories.of(3)),
                Optional.of(SampleHistories.other(4)),
                Optional.of(SampleHistories.of(4)));
        assertThat(standing()).returns("Diverged", Standing::reason);
    }

    @Test
    void isNotReadyWhileTheHistoriesCannotBeCompared() {
        primary(primary(3, 1000, "reserved"));
        own(standby(3, 1000, 1000, "streaming", false));
        histories = Histories.UNKNOWN;
        assertThat(standing()).isInstanceOf(Behind.class).returns("HistoryUnknown", Standing::reason);
        histories = KnownHistories.of(3);
        assertThat(standing()).isInstanceOf(InStep.class);
    }

    @Test
    void keepsTheVolumeOfOneThatLostItsSlotWhileItsHistoryIsNotKnown() {
        own(standby(3, 500, 500, null, false));
        primary(primary(3, 1000, "lost"));
        histories = Histories.UNKNOWN;
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isTrue())
                .returns("WalGone", Standing::reason);
    }

    private static Histories others(int timeline, Optional<TimelineHistory> expected) {
        return new Histories(
                Optional.of(SampleHistories.other(timeline)), expected, Optional.of(SampleHistories.of(timeline)));
    }

    /** The primary is on the second timeline, and left the first there. */
    private static Histories left(long end) {
        return new Histories(
                Optional.of(TimelineHistory.FIRST),
                Optional.empty(),
                Optional.of(new TimelineHistory(2, List.of(new Branch(1, new Lsn(end), Optional.empty())))));
    }

    @Test
    void cannotGoOnOnceItsSlotIsLost() {
        own(standby(1, 500, 500, null, false));
        primary(primary(1, 1000, "lost"));
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isFalse())
                .returns("WalGone", Standing::reason);
    }

    @Test
    void keepsTheVolumeOfOneThatLostItsSlotUnlessItIsKnownNotToHaveDiverged() {
        own(standby(1, 5000, 5000, null, false));
        primary(primary(2, 9000, "lost"));
        histories = Histories.UNKNOWN;
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isTrue())
                .returns("WalGone", Standing::reason);
        histories = left(5000);
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isFalse())
                .returns("WalGone", Standing::reason);
    }

    /** Both are true of it then, and what only it has must be kept. */
    @Test
    void keepsTheVolumeOfOneThatHasDivergedAndLostItsSlot() {
        own(standby(1, 1001, 1001, null, false));
        primary(primary(1, 1000, "lost"));
        assertThat(standing()).returns("Diverged", Standing::reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reserved", "extended", "unreserved"})
    void waitsWhileItsSlotHoldsAllThatItNeeds(String walStatus) {
        own(standby(1, 500, 500, "waiting", false));
        primary(primary(1, 1000, walStatus));
        assertThat(standing()).isInstanceOf(Away.class).returns("NotStreaming", Standing::reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reserved", "extended"})
    void cannotGoOnWithoutWalThatItsPrimaryHasRemovedHoweverGoodItsSlotLooks(String walStatus) {
        own(standby(1, 500, 500, null, false));
        primary(without(501, primary(1, 1000, walStatus)));
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isFalse())
                .returns("WalGone", Standing::reason);
        assertThat(standing().message()).contains("has WAL up to 0/1F4", "begins at 0/1F5");
        primary(without(500, primary(1, 1000, walStatus)));
        assertThat(standing()).isInstanceOf(Away.class).returns("NotStreaming", Standing::reason);
    }

    @Test
    void cannotGoOnWithoutThatWalIfItHasNoSlotEither() {
        own(standby(1, 500, 500, null, false));
        var primary = new Primary("uid", 1, 1, List.of(), new Lsn(501), new Lsn(1000), List.of());
        primary(primary);
        assertThat(standing()).returns("WalGone", Standing::reason);
        primary(without(500, primary));
        assertThat(standing()).isInstanceOf(Detached.class).returns("SlotMissing", Standing::reason);
    }

    @Test
    void keepsTheVolumeOfOneThatLacksWalUnlessItIsKnownNotToHaveDiverged() {
        own(standby(1, 5000, 5000, null, false));
        primary(without(6000, primary(2, 9000, "reserved")));
        histories = Histories.UNKNOWN;
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isTrue())
                .returns("WalGone", Standing::reason);
        histories = left(5000);
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isFalse())
                .returns("WalGone", Standing::reason);
    }

    /** After a restart it first replays what it had received, and asks for more only then. */
    @Test
    void isNotRebuiltWhileItMayHaveReceivedMoreThanItHasReplayed() {
        own(new Standby("uid", 1, 1, List.of(), null, new Lsn(500), Optional.empty(), null, false));
        primary(without(600, primary(1, 1000, "reserved")));
        assertThat(standing()).isInstanceOf(Away.class).returns("NotStreaming", Standing::reason);
    }

    /** Its slot is lost for good, but its volume may hold commits of before that it has not read yet. */
    @Test
    void keepsTheVolumeOfOneThatHasNotReadItsOwnWalYet() {
        own(new Standby("uid", 1, 1, List.of(), null, new Lsn(500), Optional.empty(), null, false));
        primary(primary(1, 1000, "lost"));
        assertThat(standing())
                .isInstanceOfSatisfying(
                        Beyond.class, beyond -> assertThat(beyond.keepVolume()).isTrue())
                .returns("WalGone", Standing::reason);
    }

    /** WAL is removed as soon as it has been received. */
    @Test
    void isNotRebuiltIfItWentOnWhileItsPrimaryWasAsked() {
        own(standby(1, 500, 500, null, false));
        primary(without(600, primary(1, 1000, "reserved")));
        again = Optional.of(new Looked.Found<>(standby(1, 700, 700, null, false)));
        assertThat(standing()).returns("NotStreaming", Standing::reason);
        again = Optional.of(new Looked.Found<>(standby(1, 500, 500, "streaming", false)));
        assertThat(standing()).returns("NotStreaming", Standing::reason);
        again = Optional.of(new Looked.Unknown<>("timeout"));
        assertThat(standing()).returns("NotStreaming", Standing::reason);
    }

    @Test
    void isDetachedWithoutASlot() {
        own(standby(1, 500, 500, null, false));
        primary(new Primary(
                "uid",
                1,
                1,
                List.of(new Slot("other", true, true, new Lsn(1), "lost")),
                new Lsn(0),
                new Lsn(1000),
                List.of()));
        assertThat(standing()).isInstanceOf(Detached.class).returns("SlotMissing", Standing::reason);
    }

    @Test
    void countsWhatItReplayedFromItsOwnDiskAsReached() {
        own(new Standby("uid", 1, 1, List.of(), null, new Lsn(1001), Optional.empty(), null, false));
        assertThat(standing()).returns("Diverged", Standing::reason);
    }

    private Standing standing() {
        return StandbyDiagnosis.of(
                new ReplicationObservation(own, primary, again.orElse(own), histories, SLOT, Optional.empty()),
                MAX_LAG);
    }

    private void own(ReplicationReport report) {
        own = new Looked.Found<>(report);
    }

    private void primary(ReplicationReport report) {
        primary = new Looked.Found<>(report);
    }

    private static Standby standby(
            int timeline, long received, long replayed, @Nullable String receiver, boolean paused) {
        return new Standby(
                "uid",
                timeline,
                1,
                List.of(),
                new Lsn(received),
                new Lsn(replayed),
                Optional.ofNullable(receiver).map(status -> new Receiver(status, "shop", SLOT, timeline, null)),
                null,
                paused);
    }

    private static Primary primary(int timeline, long current, String walStatus) {
        var slot = new Slot(SLOT, true, true, new Lsn(1), walStatus);
        return new Primary("uid", timeline, 1, List.of(slot), new Lsn(0), new Lsn(current), List.of());
    }

    private static Primary without(long before, Primary primary) {
        return new Primary(
                primary.uid(),
                primary.timeline(),
                1,
                primary.slots(),
                new Lsn(before),
                primary.current(),
                primary.senders());
    }
}
