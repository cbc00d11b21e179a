package dev.pgfork.e2e;

import java.util.stream.IntStream;

/**
 * How often a scenario is repeated: a few times in {@code make test}, as often as promised in {@code make campaign}.
 * With {@code -Dpgfork.runs=3-5} some of these, for whoever has the cluster for minutes only.
 */
final class Runs {

    private Runs() {}

    /** Numbers from 1; for {@code @MethodSource}. */
    static IntStream of(int few, int full) {
        var wanted = System.getProperty("pgfork.runs", "few");
        if (wanted.matches("[0-9]+-[0-9]+")) {
            var ends = wanted.split("-", 2);
            return IntStream.rangeClosed(Integer.parseInt(ends[0]), Math.min(full, Integer.parseInt(ends[1])));
        }
        return IntStream.rangeClosed(1, wanted.equals("full") ? full : few);
    }
}
