package dev.pgfork.operator.mock;

import dev.pgfork.operator.postgres.Lsn;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is on a volume or in a snapshot.
 *
 * @param lsn end of the WAL that is on it
 * @param history where it left the timelines before
 * @param slots that keep WAL for others
 */
record Disk(
        String systemIdentifier, int timeline, long lsn, List<Departure> history, Set<String> slots, StateFile state) {

    static final Disk EMPTY = new Disk("", 0, 0, List.of(), Set.of(), StateFile.NONE);

    private static final long RECORD = 0x60;

    private static final Pattern HISTORY = Pattern.compile("pg_read_binary_file\\('pg_wal/([0-9A-F]{8})\\.history'");

    /**
     * @param timeline that was left
     * @param lsn end of what belongs to it
     */
    record Departure(int timeline, long lsn) {}

    boolean isEmpty() {
        return systemIdentifier.isEmpty();
    }

    /** Whether what was written up to there is on it. */
    boolean holds(int someTimeline, long end) {
        return (someTimeline == timeline && end <= lsn)
                || history.stream()
                        .anyMatch(departure -> departure.timeline() == someTimeline && end <= departure.lsn());
    }

    /** Whether a standby with this disk can stream from a server with that one: otherwise it has diverged. */
    boolean canFollow(Disk leader) {
        return systemIdentifier.equals(leader.systemIdentifier) && leader.holds(timeline, lsn);
    }

    /**
     * What is answered to SQL that asks for the history file of a timeline; empty: it does not.
     *
     * @return an empty text where there is no such file
     */
    Optional<String> history(String statements) {
        var asked = HISTORY.matcher(statements);
        return asked.find() ? Optional.of(history(Integer.parseInt(asked.group(1), 16))) : Optional.empty();
    }

    private String history(int someTimeline) {
        return someTimeline > timeline
                ? ""
                : history.stream()
                        .filter(departure -> departure.timeline() < someTimeline)
                        .map(departure -> "%d\t%s\tno recovery target specified\n"
                                .formatted(departure.timeline(), new Lsn(departure.lsn())))
                        .collect(Collectors.joining("\n"));
    }

    /** When it has received and replayed everything. */
    Disk caughtUpWith(Disk leader) {
        return new Disk(systemIdentifier, leader.timeline, leader.lsn, leader.history, slots, state);
    }

    /** One more record. */
    Disk written() {
        return new Disk(systemIdentifier, timeline, lsn + RECORD, history, slots, state);
    }

    /** Where the last record begins: after a clean shutdown that is its checkpoint. */
    long lastRecord() {
        return lsn - RECORD;
    }

    Disk onTimeline(int next) {
        var longer = Stream.concat(history.stream(), Stream.of(new Departure(timeline, lsn)))
                .toList();
        return new Disk(systemIdentifier, next, lsn + RECORD, longer, slots, state);
    }

    Disk with(StateFile written) {
        return new Disk(systemIdentifier, timeline, lsn, history, slots, written);
    }

    Disk withSlot(String slot) {
        return withSlots(Stream.concat(slots.stream(), Stream.of(slot)));
    }

    Disk withoutSlot(String slot) {
        return withSlots(slots.stream().filter(each -> !each.equals(slot)));
    }

    /** Those of a copied volume belong to its source. */
    Disk withoutSlots() {
        return withSlots(Stream.empty());
    }

    private Disk withSlots(Stream<String> present) {
        return new Disk(
                systemIdentifier, timeline, lsn, history, present.collect(Collectors.toUnmodifiableSet()), state);
    }
}
