package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.cluster.Pods.LogSelection;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.InstancePod;
import dev.pgfork.cli.resource.ResourceName;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the log of a server. */
@Command(name = "logs", description = "Shows what a server, and the script that supervises it, have logged.")
public final class LogsCommand extends ClusterCommand {
    @Parameters(paramLabel = "NAME", description = "Database, follower or fork.")
    private ResourceName name = ResourceName.parse("?");

    @Option(
            names = {"-f", "--follow"},
            description = "Go on as more is logged.")
    private boolean follow;

    @Option(
            names = {"-p", "--previous"},
            description = "Of the container before this one.")
    private boolean previous;

    @Option(names = "--tail", paramLabel = "LINES", description = "The last ones only.")
    private @Nullable Integer tail;

    @Option(names = "--since", paramLabel = "DURATION", description = "Not older than that, as 90s, 10m, 1h.")
    private @Nullable Duration since;

    @Mixin
    private final ServerOption server = new ServerOption();

    public LogsCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var pod = InstancePod.nameOf(server.serverOf(cluster.get(name), cluster));
        var selection = new LogSelection(
                tail == null ? OptionalInt.empty() : OptionalInt.of(tail),
                since == null ? OptionalInt.empty() : OptionalInt.of(Math.toIntExact(since.toSeconds())),
                previous,
                follow);
        cluster.pods().log(pod, selection, terminal().out());
        return ExitCode.OK;
    }
}
