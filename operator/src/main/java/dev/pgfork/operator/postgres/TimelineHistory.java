package dev.pgfork.operator.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a timeline came to be, as its history file says: Postgres writes one for each timeline but the first
 * (backend/access/transam/timeline.c). Two servers that were promoted without knowing of each other number their
 * timelines alike, and may even have left the one before at the same point; so the instance script writes a comment
 * behind each branch, which Postgres skips, and which goes wherever the file goes.
 *
 * @param timeline that it is the history of
 * @param branches oldest first
 */
public record TimelineHistory(int timeline, List<Branch> branches) {
    /** Number of a timeline, and where the next one left it; a reason for people follows. */
    private static final Pattern BRANCH = Pattern.compile("\\s*([0-9]+)\\s+([0-9A-Fa-f]+/[0-9A-Fa-f]+)(\\s.*)?");

    private static final Pattern MARK = Pattern.compile("# pgfork (\\S+ [0-9]+)");

    /** Of the timeline on which a database begins. */
    public static final TimelineHistory FIRST = new TimelineHistory(1, List.of());

    public TimelineHistory {
        branches = List.copyOf(branches);
    }

    /**
     * A timeline that was left.
     *
     * @param end what is before it is common
     * @param promotion whose, and in which epoch, began the next timeline; empty: it is not said
     */
    public record Branch(int timeline, Lsn end, Optional<String> promotion) {

        /** Whether both may be the beginning of one timeline. */
        public boolean isSame(Branch other) {
            return timeline == other.timeline
                    && end.equals(other.end)
                    && (promotion.isEmpty() || other.promotion.isEmpty() || promotion.equals(other.promotion));
        }

        /** For a status. */
        public String text() {
            return timeline + " " + end + promotion.map(by -> " " + by).orElse("");
        }

        /** @param text of {@link #text} */
        public static Branch parse(String text) {
            var parts = text.split(" ", 3);
            return new Branch(
                    Integer.parseInt(parts[0]),
                    Lsn.parse(parts[1]),
                    parts.length > 2 ? Optional.of(parts[2]) : Optional.empty());
        }
    }

    /** @param file its text */
    public static TimelineHistory parse(int timeline, String file) {
        var branches = new ArrayList<Branch>();
        file.lines().forEach(line -> {
            var branch = BRANCH.matcher(line);
            var mark = MARK.matcher(line.strip());
            if (branch.matches()) {
                branches.add(
                        new Branch(Integer.parseInt(branch.group(1)), Lsn.parse(branch.group(2)), Optional.empty()));
            } else if (mark.matches() && !branches.isEmpty()) {
                var last = branches.removeLast();
                branches.add(new Branch(last.timeline(), last.end(), Optional.of(mark.group(1))));
            }
        });
        return new TimelineHistory(timeline, branches);
    }

    /** How the timeline itself began; empty: it is the first. */
    public Optional<Branch> origin() {
        return branches.isEmpty() ? Optional.empty() : Optional.of(branches.getLast());
    }

    /** @return where the given timeline was left; empty: it is not in this history, or was not left */
    public Optional<Lsn> end(int left) {
        return branch(left).map(Branch::end);
    }

    private Optional<Branch> branch(int left) {
        return branches.stream().filter(branch -> branch.timeline() == left).findFirst();
    }

    /**
     * Where this history and another one part.
     *
     * @param other of the same timeline, or of a later one
     * @return empty: this one is the beginning of the other, as far as can be told
     */
    public Optional<Lsn> partsFrom(TimelineHistory other) {
        for (var own : branches) {
            var theirs = other.branch(own.timeline());
            if (theirs.isEmpty()) {
                return Optional.of(own.end());
            }
            if (!own.isSame(theirs.get())) {
                var end = theirs.get().end();
                return Optional.of(end.compareTo(own.end()) < 0 ? end : own.end());
            }
        }
        return timeline == other.timeline || other.branch(timeline).isPresent()
                ? Optional.empty()
                : Optional.of(origin().map(Branch::end).orElse(new Lsn(0)));
    }
}
