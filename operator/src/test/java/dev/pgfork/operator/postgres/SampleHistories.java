package dev.pgfork.operator.postgres;

import dev.pgfork.operator.postgres.TimelineHistory.Branch;
import java.util.ArrayList;
import java.util.Optional;
import java.util.stream.IntStream;

/** Histories of timelines for tests. */
public final class SampleHistories {
    private SampleHistories() {}

    /** Timelines that left each other one after the other, each at 0x1000 times its number. */
    public static TimelineHistory of(int timeline) {
        return new TimelineHistory(
                timeline,
                IntStream.range(1, timeline)
                        .mapToObj(left ->
                                new Branch(left, new Lsn(0x1000L * left), Optional.of("uid-of-shop/1 " + (left + 1))))
                        .toList());
    }

    /** Of the same number, but begun by another promotion at the same point. */
    public static TimelineHistory other(int timeline) {
        var branches = new ArrayList<>(of(timeline).branches());
        var last = branches.removeLast();
        branches.add(new Branch(last.timeline(), last.end(), Optional.of("uid-of-other/1 9")));
        return new TimelineHistory(timeline, branches);
    }
}
