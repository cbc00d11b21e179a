package dev.pgfork.cli;

import dev.pgfork.cli.cluster.FabricConnector;
import dev.pgfork.cli.command.Environment;
import dev.pgfork.cli.local.LocalPrograms;
import dev.pgfork.cli.local.SystemTerminal;
import java.time.Clock;

/**
 * Runs one command line after the other in one process, each argument being one. While the distributable is built, the
 * JVM records by it what a start needs.
 */
public final class Rehearsal {
    private Rehearsal() {}

    public static void main(String[] commandLines) {
        var environment =
                new Environment(new FabricConnector(), new SystemTerminal(), new LocalPrograms(), Clock.systemUTC());
        for (var commandLine : commandLines) {
            Pgfork.commandLine(environment).execute(commandLine.split(" "));
        }
    }
}
