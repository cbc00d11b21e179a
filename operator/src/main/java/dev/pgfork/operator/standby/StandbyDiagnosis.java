package dev.pgfork.operator.standby;

import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.standby.Standing.Away;
import dev.pgfork.operator.standby.Standing.Behind;
import dev.pgfork.operator.standby.Standing.Beyond;
import dev.pgfork.operator.standby.Standing.Detached;
import dev.pgfork.operator.standby.Standing.InStep;
import java.util.Optional;

/**
 * Says how a follower stands with its leader, from what both say.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>follower</th><th>primary</th><th>standing</th></tr>
 * <tr><td>cannot be asked</td><td></td><td>Away NotAnswering</td></tr>
 * <tr><td>accepts writes</td><td></td><td>Away NotAStandby</td></tr>
 * <tr><td></td><td>cannot be asked</td><td>Away LeaderNotAnswering; Behind where the follower streams</td></tr>
 * <tr><td></td><td>in recovery</td><td>Away LeaderNotPrimary; Behind where the follower streams</td></tr>
 * <tr><td>streams another timeline</td><td></td><td>Behind OtherTimeline</td></tr>
 * <tr><td>seems to stream, has WAL that is not in the primary's history</td><td></td><td>Beyond Diverged; the volume is
 * kept</td></tr>
 * <tr><td>seems to stream</td><td>is on a timeline whose history could not be compared</td><td>Behind
 * HistoryUnknown</td></tr>
 * <tr><td>streams, replay is paused</td><td></td><td>Behind ReplayPaused</td></tr>
 * <tr><td>streams, lags more than it may</td><td></td><td>Behind Lagging</td></tr>
 * <tr><td>streams</td><td></td><td>InStep</td></tr>
 * <tr><td>is on a higher timeline</td><td></td><td>Away AheadOfLeader: perhaps the primary is about to be another</td></tr>
 * <tr><td>has WAL that is not in the primary's history</td><td></td><td>Beyond Diverged; the volume is kept</td></tr>
 * <tr><td></td><td>its slot is lost</td><td>Beyond WalGone; the volume is kept unless it is known not to have
 * diverged</td></tr>
 * <tr><td>lacks WAL, still after the primary was asked</td><td>does not have that WAL any more, whatever its slot</td>
 * <td>the same</td></tr>
 * <tr><td></td><td>no slot for it</td><td>Detached SlotMissing</td></tr>
 * <tr><td>anything else</td><td></td><td>Away NotStreaming</td></tr>
 * </table>
 *
 * <p>A slot does not prove that its follower can go on: it may have been made anew, or moved, after WAL that the
 * follower needs was removed. Nor does a position prove that it cannot: it may have received more than it has replayed.
 *
 * <p>A diverged standby looks alive, answers with stale data and waits for ever, for its primary to catch up, say: its
 * walreceiver calls that streaming (seen in 17.12). Only positions tell, and the histories of timelines: it has
 * diverged if its disk reaches beyond the point where the primary's history left its own, or if its timelines began
 * elsewhere than those of the same number in the primary's history. Whoever is ahead in timelines is left alone: the
 * primary may be about to change.
 */
final class StandbyDiagnosis {
    private final Standby own;
    private final Primary primary;
    private final ReplicationObservation seen;

    private StandbyDiagnosis(Standby own, Primary primary, ReplicationObservation seen) {
        this.own = own;
        this.primary = primary;
        this.seen = seen;
    }

    /** @param maxLag bytes */
    static Standing of(ReplicationObservation seen, long maxLag) {
        return switch (seen.own()) {
            case Looked.Absent<ReplicationReport> absent ->
                new Away("NotAnswering", "The instance has no running server that could be asked");
            case Looked.Unknown<ReplicationReport>(String reason) ->
                new Away("NotAnswering", "The instance does not answer: " + reason);
            case Looked.Found<ReplicationReport>(Primary writable) ->
                new Away(
                        "NotAStandby",
                        "The instance's server accepts writes on timeline " + writable.timeline()
                                + " although it should follow. Nothing is done to it until it is known why");
            case Looked.Found<ReplicationReport>(Standby own) -> of(own, seen, maxLag);
        };
    }

    private static Standing of(Standby own, ReplicationObservation seen, long maxLag) {
        return switch (seen.primary()) {
            case Looked.Absent<ReplicationReport> absent ->
                unmeasured(own, "LeaderNotAnswering", "The primary has no running server that could be asked");
            case Looked.Unknown<ReplicationReport>(String reason) ->
                unmeasured(own, "LeaderNotAnswering", "The primary does not answer: " + reason);
            case Looked.Found<ReplicationReport>(Standby other) ->
                unmeasured(own, "LeaderNotPrimary", "The instance that should be the primary is in recovery");
            case Looked.Found<ReplicationReport>(Primary primary) ->
                new StandbyDiagnosis(own, primary, seen).standing(maxLag);
        };
    }

    private static Standing unmeasured(Standby own, String reason, String message) {
        return own.streams()
                ? new Behind(reason, message + "; how far the instance lags is not known")
                : new Away(reason, message);
    }

    private Standing standing(long maxLag) {
        return own.streams() ? streaming(maxLag) : cutOff();
    }

    private Standing streaming(long maxLag) {
        var timeline = own.receiver().orElseThrow().timeline();
        if (timeline != primary.timeline()) {
            return new Behind(
                    "OtherTimeline",
                    "The instance receives timeline " + timeline + ", but the primary is on " + primary.timeline());
        }
        return diverged().orElseGet(() -> isHistoryKnown() ? inHistory(maxLag) : notCompared(timeline));
    }

    /** Another server's timeline may have the same number, and then it streams what is not its own. */
    private static Standing notCompared(int timeline) {
        return new Behind(
                "HistoryUnknown",
                "The history of timeline " + timeline + " could not be read on both sides, so it is not known whether"
                        + " what the instance has is what its primary has");
    }

    private boolean isHistoryKnown() {
        return seen.histories().own().isPresent() && seen.histories().primary().isPresent();
    }

    private Standing inHistory(long maxLag) {
        var bytes = LagMeasurement.bytes(own, primary);
        if (own.paused()) {
            return new Behind(
                    "ReplayPaused",
                    "The instance receives but does not replay. Either somebody called pg_wal_replay_pause(), or max_connections or a setting like it was raised on"
                            + " the leader: make the instance again then, or resume it");
        }
        return bytes > maxLag
                ? new Behind(
                        "Lagging",
                        "The instance has more to replay than the " + maxLag
                                + " bytes that it may be behind; its lag in the status says how much")
                : new InStep(bytes);
    }

    private Standing cutOff() {
        return ahead().or(this::diverged).or(this::walGone).or(this::detached).orElseGet(this::disconnected);
    }

    private Optional<Standing> ahead() {
        return own.timeline() <= primary.timeline()
                ? Optional.empty()
                : Optional.of(new Away(
                        "AheadOfLeader",
                        "The instance is on timeline " + own.timeline() + " and the primary on " + primary.timeline()
                                + ": it followed another one. Nothing is done to it until it is known which is right"));
    }

    private Optional<Standing> diverged() {
        var reach = own.reach();
        var parting = seen.histories().parting();
        if (parting.isPresent()) {
            return Optional.of(diverged("it has left the primary's history at " + parting.get()
                    + ", and its timelines since are others than the primary's of the same number"));
        }
        var shared = own.timeline() == primary.timeline()
                ? Optional.of(primary.current())
                : seen.histories().end(own.timeline());
        return shared.filter(end -> reach.compareTo(end) > 0)
                .map(end -> diverged("it has WAL up to " + reach + ", and shares the primary's history up to " + end));
    }

    private static Standing diverged(String how) {
        return new Beyond(
                "Diverged",
                "The instance has commits that its leader does not have: " + how
                        + ". It gets a new volume; the old one is kept, and yours to delete",
                true);
    }

    /**
     * That it has not been found to have diverged means nothing while it is not known where the histories part, or how
     * far its own WAL reaches: right after its start it has not read that yet.
     */
    private Optional<Standing> walGone() {
        var mayHaveDiverged = own.received() == null || !isHistoryKnown();
        var lost = primary.slot(seen.slot()).filter(slot -> slot.isLost()).isPresent();
        if (!lost && !lacksWal()) {
            return Optional.empty();
        }
        var why = lost
                ? "it was away for longer than max_slot_wal_keep_size allows"
                : "its slot was made anew, or moved, after that. It has WAL up to " + own.reach()
                        + ", the primary's begins at " + primary.oldest();
        return Optional.of(new Beyond(
                "WalGone",
                "The primary has removed WAL that the instance still needs: " + why + ". It gets a new volume"
                        + (mayHaveDiverged
                                ? "; the old one is kept, and yours to delete, because it could not be found out"
                                        + " whether it has commits that its leader does not have"
                                : ""),
                mayHaveDiverged));
    }

    /** It may have gone on between its answer and its primary's. */
    private boolean lacksWal() {
        return own.lacksWalBefore(primary.oldest())
                && seen.again() instanceof Looked.Found<ReplicationReport>(Standby still)
                && still.lacksWalBefore(primary.oldest());
    }

    private Optional<Standing> detached() {
        return primary.slot(seen.slot()).isPresent()
                ? Optional.empty()
                : Optional.of(new Detached(
                        "SlotMissing", "The primary has no replication slot " + seen.slot() + "; it is made again"));
    }

    private Standing disconnected() {
        Lsn reach = own.reach();
        var state = own.receiver().map(receiver -> "its walreceiver is " + receiver.status());
        return new Away(
                "NotStreaming",
                "The instance has WAL up to " + reach + " and receives nothing: "
                        + state.orElse("it has no connection to the primary")
                        + ". The log of its pod says why; so does the primary's, for a refused login");
    }
}
