package dev.pgfork.cli.local;

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
        var console = System.console();
        return console != null && console.isTerminal();
    }

    @Override
    public Optional<String> ask(String question) {
        var console = System.console();
        return console == null || !console.isTerminal()
                ? Optional.empty()
                : Optional.ofNullable(console.readLine("%s", question));
    }
}
