package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.ActivitySql;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.ResourceName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ends what one connection does, or the connection. */
@Command(name = "kill", description = "Cancels what one connection does; with --terminate ends the connection.")
public final class KillCommand extends ClusterCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Database, follower or fork.")
    private ResourceName name = ResourceName.parse("?");

    @Parameters(index = "1", paramLabel = "PID", description = "As 'ps' lists it.")
    private int pid;

    @Option(names = "--terminate", description = "End the connection; has to be confirmed.")
    private boolean terminate;

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    @Mixin
    private final ServerOption server = new ServerOption();

    public KillCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var resource = cluster.get(name);
        var owner = server.serverOf(resource, cluster);
        if (terminate) {
            confirmation.require(
                    resource, "Connection %d to %s will be ended.".formatted(pid, resource.title()), terminal());
        }
        var sql = terminate ? ActivitySql.terminate(pid) : ActivitySql.cancel(pid);
        if (!new PodSql(cluster.pods()).ask(owner, sql).equals("t")) {
            throw new Failure("there is no connection %d to %s: see 'kubectl pgfork ps %s'"
                    .formatted(pid, resource.title(), resource.name()));
        }
        terminal().out().println("%d: %s".formatted(pid, terminate ? "ended" : "told to stop"));
        return ExitCode.OK;
    }
}
