package dev.pgfork.cli;

import dev.pgfork.cli.cluster.FabricConnector;
import dev.pgfork.cli.command.Environment;
import dev.pgfork.cli.local.LocalPrograms;
import dev.pgfork.cli.local.SystemTerminal;
import java.time.Clock;

/** The program. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        var environment =
                new Environment(new FabricConnector(), new SystemTerminal(), new LocalPrograms(), Clock.systemUTC());
        var exitCode = Pgfork.commandLine(environment).execute(arguments);
        System.out.flush();
        // Not exit(): after Ctrl-C in psql this process is ending already, and exit() would wait for that for ever.
        Runtime.getRuntime().halt(exitCode);
    }
}
