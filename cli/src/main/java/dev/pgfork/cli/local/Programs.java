package dev.pgfork.cli.local;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Programs of the person's machine. */
public interface Programs {

    /** Whether there is such a program on the path. */
    boolean has(String program);

    /**
     * Runs a program on this process' terminal until it ends. Ctrl-C is for the program alone.
     *
     * @param keep which of this process' environment variables the program gets, by name
     * @param environment what it gets besides
     * @return its exit code
     */
    int run(List<String> command, Predicate<String> keep, Map<String, String> environment);
}
