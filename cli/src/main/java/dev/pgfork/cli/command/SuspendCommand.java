package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.ResourceName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes away a fork's pod. */
@Command(
        name = "suspend",
        description = {
            "Takes away a fork's pod and keeps its data; 'resume' brings the pod back.",
            "Its clients are disconnected. Its time to live runs on."
        })
public final class SuspendCommand extends ClusterCommand {
    @Parameters(paramLabel = "NAME", description = "A fork.")
    private ResourceName name = ResourceName.parse("?");

    @Mixin
    private final WaitOptions waiting = new WaitOptions();

    @Mixin
    private final OutputOption output = new OutputOption();

    public SuspendCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var fork = cluster.fork(name);
        if (fork.isExpired()) {
            throw new Failure("%s has expired: it has no pod and no data".formatted(fork.title()));
        }
        var patched = cluster.patch(fork, "{\"spec\":{\"suspend\":true}}");
        output.print(terminal(), patched.object(), () -> "%s is suspended\n".formatted(fork.title()));
        return waiting.await(cluster, patched, new Goal.Suspended(), environment());
    }
}
