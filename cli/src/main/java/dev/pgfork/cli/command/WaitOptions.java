package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.PgResource;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Of verbs that ask for something which takes a while. */
final class WaitOptions {
    @Option(
            names = "--wait",
            order = ConnectionOptions.OF_MANY_VERBS,
            description = "Return when it has happened; exit codes as of 'wait'.")
    private boolean wait;

    @Option(
            names = "--timeout",
            order = ConnectionOptions.OF_MANY_VERBS,
            paramLabel = "DURATION",
            defaultValue = "10m",
            description = "With --wait: at most so long, as 90s, 10m, 1h (default: ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofMinutes(10);

    /** @return the exit code */
    int await(Cluster cluster, PgResource resource, Goal goal, Environment environment) {
        return wait ? new Waiting(cluster, environment).await(resource, goal, timeout) : ExitCode.OK;
    }
}
