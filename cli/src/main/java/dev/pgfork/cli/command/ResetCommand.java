package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.CommandTime;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.ResourceName;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes a fork again. */
@Command(
        name = "reset",
        description = {
            "Makes a fork again of its source as that is now, under the same address and password.",
            "It serves what it has until then, and goes on doing so if that fails. One that has expired comes back."
        })
public final class ResetCommand extends OrderCommand {
    @Parameters(paramLabel = "NAME", description = "A fork.")
    private ResourceName name = ResourceName.parse("?");

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    public ResetCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var fork = cluster.fork(name);
        var source = fork.object().getSpec().from().name();
        confirmation.require(
                fork,
                fork.isExpired()
                        ? "%s will be made again of %s as that is now.".formatted(fork.title(), source)
                        : "All that was written to %s will be lost: it will be made again of %s as that is now."
                                .formatted(fork.title(), source),
                terminal());
        var at = CommandTime.ofReset(fork.status(), environment().clock().instant())
                .toString();
        var said = "%s is made again of %s".formatted(fork.title(), source);
        return order(cluster, fork, Map.of("resetAt", at), said, new Goal.Reset(at));
    }
}
