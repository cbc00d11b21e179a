package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.ResourceName;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Takes away a fork's pod. */
@Command(
        name = "suspend",
        description = {
            "Takes away a fork's pod and keeps its data; 'resume' brings the pod back.",
            "Its clients are disconnected. Its time to live runs on."
        })
public final class SuspendCommand extends OrderCommand {
    @Parameters(paramLabel = "NAME", description = "A fork.")
    private ResourceName name = ResourceName.parse("?");

    public SuspendCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var fork = cluster.fork(name);
        if (fork.isExpired()) {
            throw new Failure("%s has expired: it has no pod and no data".formatted(fork.title()));
        }
        return order(cluster, fork, Map.of("suspend", true), fork.title() + " is suspended", new Goal.Suspended());
    }
}
