package dev.pgfork.cli.local;

import java.io.PrintStream;
import java.util.Optional;

/** Where the person sits, or the script that runs the plugin. */
public interface Terminal {

    /** Results, for people and for pipes. */
    PrintStream out();

    /** Everything that is no result. */
    PrintStream err();

    /** Whether a person reads {@link #err} as it is written, and may be asked. */
    boolean isInteractive();

    /** What the person types after the question; empty: nobody is there, or has ended the input. */
    Optional<String> ask(String question);
}
