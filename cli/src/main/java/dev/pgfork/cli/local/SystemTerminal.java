package dev.pgfork.cli.local;

import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;

/** The terminal of this process. */
public final class SystemTerminal implements Terminal {

    @Override
    public PrintStream out() {
        return System.out;
    }

    @Override
    public PrintStream err() {
        return System.err;
    }

    @Override
    public boolean isInteractive() {
        return console().isPresent();
    }

    @Override
    public Optional<String> ask(String question) {
        return console().map(console -> console.readLine("%s", question));
    }

    /** The runtime that the plugin comes with has only the plain console, which is not there without a terminal. */
    @SuppressWarnings("SystemConsoleNull")
    private static Optional<Console> console() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal);
    }
}
