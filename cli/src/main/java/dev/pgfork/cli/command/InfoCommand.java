package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.output.LineageTable;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Lineage;
import dev.pgfork.cli.resource.ResourceName;
import dev.pgfork.cli.resource.Summary;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows who was made of whom, and how each is. */
@Command(name = "info", description = "Shows databases, their followers and forks as a tree, and how each of them is.")
public final class InfoCommand extends ClusterCommand {
    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Only the family of this one.")
    private @Nullable ResourceName name;

    @Option(
            names = {"-A", "--all-namespaces"},
            description = "Of all namespaces.")
    private boolean allNamespaces;

    @Mixin
    private final OutputOption output = new OutputOption();

    public InfoCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var resources = allNamespaces ? cluster.allNamespaces() : cluster.all();
        var lineage = Lineage.of(resources, namespace -> allNamespaces || namespace.equals(cluster.namespace()));
        if (name != null) {
            lineage = lineage.familyOf(cluster.namespace(), name);
        }
        var summaries = lineage.roots().stream().map(Summary::of).toList();
        output.print(
                terminal(),
                summaries,
                () -> summaries.isEmpty()
                        ? "nothing here: no database, follower or fork\n"
                        : LineageTable.of(summaries, environment().clock().instant(), allNamespaces));
        return ExitCode.OK;
    }
}
