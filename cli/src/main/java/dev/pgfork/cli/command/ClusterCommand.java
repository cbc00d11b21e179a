package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.local.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A verb that needs a cluster. */
@Command(sortOptions = false, abbreviateSynopsis = true)
abstract class ClusterCommand implements Callable<Integer> {
    private final Environment environment;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            order = ConnectionOptions.AFTER_THE_VERBS_OWN,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli looks at it
    private boolean help;

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    ClusterCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public final Integer call() {
        try (var cluster = environment.connector().connect(connection.settings())) {
            return run(cluster);
        }
    }

    /** @return the exit code */
    abstract int run(Cluster cluster);

    Environment environment() {
        return environment;
    }

    Terminal terminal() {
        return environment.terminal();
    }
}
