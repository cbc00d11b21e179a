package dev.pgfork.cli;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.cluster.FabricConnector;
import dev.pgfork.cli.command.Environment;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/** Runs the plugin in this process, against a server of the test, with a terminal and programs that are not there. */
final class Plugin {
    static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    private final ApiServer server;
    final TerminalInMemory terminal = new TerminalInMemory();
    final PodsInMemory pods = new PodsInMemory();
    final WatchesInMemory watches = new WatchesInMemory();
    final ProgramsInMemory programs = new ProgramsInMemory();
    private Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);

    Plugin(ApiServer server) {
        this.server = server;
    }

    /** What a run of it left. */
    record Result(int exitCode, String out, String err) {}

    Plugin by(Clock other) {
        clock = other;
        return this;
    }

    Result run(String... arguments) {
        terminal.clear();
        var environment = new Environment(
                settings -> {
                    var config =
                            server.config(settings.namespace() == null ? ApiServer.NAMESPACE : settings.namespace());
                    return new Cluster(FabricConnector.client(config), settings, pods, watches);
                },
                terminal,
                programs,
                clock);
        var exitCode = Pgfork.commandLine(environment).execute(arguments);
        return new Result(exitCode, terminal.outText(), terminal.errText());
    }
}
