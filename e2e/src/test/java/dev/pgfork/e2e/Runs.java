package dev.pgfork.e2e;

import java.util.stream.IntStream;

/**
 * How often a scenario is repeated: a few times in {@code make test}, as often as promised in {@code make campaign}.
 */
final class Runs {

    private Runs() {}

    /** Numbers from 1; for {@code @MethodSource}. */
    static IntStream of(int few, int full) {
        return IntStream.rangeClosed(1, "full".equals(System.getProperty("pgfork.runs")) ? full : few);
    }
}
