package dev.pgfork.e2e.postgres;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Acknowledged rows in the order in which they were acknowledged. */
public record WriteHistory(List<Acknowledgement> writes) {

    public WriteHistory {
        writes = List.copyOf(writes);
    }

    /** Rows that one server accepted in a row, on one timeline. */
    public record Term(String server, int timeline) {}

    public NavigableSet<Long> numbers() {
        return writes.stream().map(Acknowledgement::number).collect(Collectors.toCollection(TreeSet::new));
    }

    /** What was acknowledged from this row on. */
    public WriteHistory from(long number) {
        return new WriteHistory(
                writes.stream().filter(write -> write.number() >= number).toList());
    }

    /** The longest time between two acknowledged rows; zero if there are not two. */
    public Duration longestGap() {
        var longest = 0L;
        for (var i = 1; i < writes.size(); i++) {
            longest =
                    Math.max(longest, writes.get(i).nanos() - writes.get(i - 1).nanos());
        }
        return Duration.ofNanos(longest);
    }

    /** Who accepted writes, one after the other. */
    public List<Term> terms() {
        var terms = new ArrayList<Term>();
        for (var write : writes) {
            var term = new Term(write.server(), write.timeline());
            if (terms.isEmpty() || !terms.getLast().equals(term)) {
                terms.add(term);
            }
        }
        return List.copyOf(terms);
    }

    /**
     * Terms that must not be: whoever becomes the primary begins a timeline, so a timeline belongs to one server, and
     * none accepts anything once a later one has begun.
     */
    public List<Term> contradictions() {
        var contradictions = new ArrayList<Term>();
        var seen = new HashSet<Integer>();
        var latest = 0;
        for (var term : terms()) {
            if (!seen.add(term.timeline()) || term.timeline() < latest) {
                contradictions.add(term);
            }
            latest = Math.max(latest, term.timeline());
        }
        return List.copyOf(contradictions);
    }
}
