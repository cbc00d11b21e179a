package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.ResourceName;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Brings back the pod of a suspended fork. */
@Command(name = "resume", description = "Brings back the pod of a suspended fork, with the data that it had.")
public final class ResumeCommand extends OrderCommand {
    @Parameters(paramLabel = "NAME", description = "A fork.")
    private ResourceName name = ResourceName.parse("?");

    public ResumeCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var fork = cluster.fork(name);
        if (fork.isExpired()) {
            throw new Failure("%s has expired, and its data is gone: 'kubectl pgfork reset %s' makes it again"
                    .formatted(fork.title(), fork.name()));
        }
        return order(cluster, fork, Map.of("suspend", false), fork.title() + " is resumed", new Goal.Ready());
    }
}
