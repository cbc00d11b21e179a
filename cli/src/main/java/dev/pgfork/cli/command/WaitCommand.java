package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.ResourceName;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Waits until a resource is ready. */
@Command(
        name = "wait",
        description = {
            "Waits until a resource is ready, and tells how far it is.",
            "Exit code 3: it does not get ready unless somebody does something; 4: not within the time."
        })
public final class WaitCommand extends ClusterCommand {
    @Parameters(paramLabel = "NAME", description = "What is waited for.")
    private ResourceName name = ResourceName.parse("?");

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "10m",
            description = "At most so long, as 90s, 10m, 1h (default: ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofMinutes(10);

    public WaitCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        return new Waiting(cluster, environment()).await(cluster.get(name), new Goal.Ready(), timeout);
    }
}
