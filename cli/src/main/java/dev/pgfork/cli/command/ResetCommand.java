package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.output.Structured;
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
public final class ResetCommand extends ClusterCommand {
    @Parameters(paramLabel = "NAME", description = "A fork.")
    private ResourceName name = ResourceName.parse("?");

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    @Mixin
    private final WaitOptions waiting = new WaitOptions();

    @Mixin
    private final OutputOption output = new OutputOption();

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
        var patched = cluster.patch(fork, Structured.json.text(Map.of("spec", Map.of("resetAt", at))));
        output.print(terminal(), patched.object(), () -> "%s is made again of %s\n".formatted(fork.title(), source));
        return waiting.await(cluster, patched, new Goal.Reset(at), environment());
    }
}
