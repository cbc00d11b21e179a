package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.output.Structured;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.PgResource;
import java.util.Map;
import picocli.CommandLine.Mixin;

/** A verb that orders something by changing a spec, and can wait until it has happened. */
abstract class OrderCommand extends ClusterCommand {
    @Mixin
    private final WaitOptions waiting = new WaitOptions();

    @Mixin
    private final OutputOption output = new OutputOption();

    OrderCommand(Environment environment) {
        super(environment);
    }

    /**
     * @param resource whose spec is changed
     * @param change fields of the spec
     * @param said to people, when it is ordered
     * @return the exit code
     */
    final int order(Cluster cluster, PgResource resource, Map<String, ?> change, String said, Goal goal) {
        var patched = cluster.patch(resource, Structured.json.text(Map.of("spec", change)));
        output.print(terminal(), patched.object(), () -> said + "\n");
        return waiting.await(cluster, patched, goal, environment());
    }
}
