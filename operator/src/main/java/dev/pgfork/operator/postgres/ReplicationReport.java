package dev.pgfork.operator.postgres;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of replication. All of one report is of one moment, but for what other processes change meanwhile.
 */
public sealed interface ReplicationReport {

    /** Of the custom resource whose configuration the server runs with: tells it from another at the same address. */
    String uid();

    int timeline();

    /**
     * The next transaction id that no snapshot sees yet, in 64 bits: the difference between two servers bounds the
     * number of commits between them from above. Asking for it consumes none.
     */
    long xmax();

    /** Slots are there on a standby, too. */
    List<Slot> slots();

    default Optional<Slot> slot(String name) {
        return slots().stream().filter(slot -> slot.name().equals(name)).findFirst();
    }

    /**
     * A server that accepts writes.
     *
     * @param oldest start of the oldest WAL that it has, of whichever timeline: nobody can stream what is before it
     * @param current end of the WAL that has been flushed: nothing after it was acknowledged
     * @param senders standbys and others that stream from it
     */
    record Primary(String uid, int timeline, long xmax, List<Slot> slots, Lsn oldest, Lsn current, List<Sender> senders)
            implements ReplicationReport {

        /** @param applicationName of the standby, which is its instance's name */
        public Optional<Sender> sender(String applicationName) {
            return senders.stream()
                    .filter(sender -> sender.applicationName().equals(applicationName))
                    .findFirst();
        }
    }

    /**
     * A server in recovery.
     *
     * @param received end of the WAL that was flushed to its disk; {@code null}: it has streamed nothing since it
     *     started
     * @param replayed end of the WAL that its sessions can see
     * @param receiver empty: it has no walreceiver, so that nobody sends it anything
     * @param lastCommit when the last replayed transaction was committed, by its primary's clock; {@code null}: none
     *     was replayed since it started
     * @param paused replay stands still, because somebody asked for it or a setting is too small for the primary's
     */
    record Standby(
            String uid,
            int timeline,
            long xmax,
            List<Slot> slots,
            @Nullable Lsn received,
            Lsn replayed,
            Optional<Receiver> receiver,
            @Nullable Instant lastCommit,
            boolean paused)
            implements ReplicationReport {

        /** A receiver alone proves nothing: one that has diverged waits for ever. */
        public boolean streams() {
            return receiver.filter(process -> process.status().equals("streaming"))
                    .isPresent();
        }

        /** WAL that its primary had when it last said so, and that is not on its disk, in bytes. */
        public long missing() {
            return receiver.map(Receiver::sent)
                    .map(end -> Math.max(0, end.minus(reach())))
                    .orElse(0L);
        }

        /**
         * Whether it needs WAL from before that position, and has none left of its own. One that has just started may
         * have received more than it has replayed: it asks its primary only once it has read all that is on its disk,
         * and from then on has a position up to which it received.
         */
        public boolean lacksWalBefore(Lsn oldest) {
            return !streams() && received != null && reach().compareTo(oldest) < 0;
        }

        /** Everything that is on its disk: what a promotion would keep. */
        public Lsn reach() {
            return received == null || received.compareTo(replayed) < 0 ? replayed : received;
        }
    }

    /**
     * A replication slot.
     *
     * @param restart oldest WAL that is kept for it; {@code null}: never used, or lost
     * @param walStatus {@code reserved}, {@code extended}, {@code unreserved}, {@code lost}; {@code null}: as restart
     * @param physical otherwise logical
     */
    record Slot(
            String name,
            boolean physical,
            boolean active,
            @Nullable Lsn restart,
            @Nullable String walStatus) {

        /** The WAL that its consumer needs next is gone; a new copy is the only way on. */
        public boolean isLost() {
            return "lost".equals(walStatus);
        }
    }

    /**
     * A walsender; positions are {@code null} until its standby has told them.
     *
     * @param state {@code streaming} once it has caught up for the first time
     * @param syncState {@code async}, {@code potential}, {@code sync} or {@code quorum}
     */
    record Sender(
            String applicationName,
            String state,
            @Nullable Lsn sent,
            @Nullable Lsn flushed,
            @Nullable Lsn replayed,
            String syncState) {}

    /**
     * The walreceiver.
     *
     * @param status {@code streaming}; {@code waiting}: for instructions, for ever if it has diverged
     * @param timeline that it receives
     * @param sent end of the WAL that its sender had, when it last said so; {@code null}: it has not yet
     */
    record Receiver(
            String status,
            @Nullable String host,
            @Nullable String slot,
            int timeline,
            @Nullable Lsn sent) {}
}
