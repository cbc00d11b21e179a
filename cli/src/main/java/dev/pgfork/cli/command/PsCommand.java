package dev.pgfork.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.output.ActivityTable;
import dev.pgfork.cli.resource.Activity;
import dev.pgfork.cli.resource.ActivitySql;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.ResourceName;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists what a server's clients do. */
@Command(name = "ps", description = "Lists the connections to a server that do something, the longest first.")
public final class PsCommand extends ClusterCommand {
    @Parameters(paramLabel = "NAME", description = "Database, follower or fork.")
    private ResourceName name = ResourceName.parse("?");

    @Option(
            names = {"-a", "--all"},
            description = "Those that are idle, and the operator's own, too.")
    private boolean all;

    @Option(
            names = {"-w", "--wide"},
            description = "Queries in their full length.")
    private boolean wide;

    @Mixin
    private final ServerOption server = new ServerOption();

    @Mixin
    private final OutputOption output = new OutputOption();

    public PsCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var owner = server.serverOf(cluster.get(name), cluster);
        var activities = read(new PodSql(cluster.pods()).ask(owner, ActivitySql.list(all)));
        output.print(terminal(), activities, () -> ActivityTable.of(activities, wide));
        return ExitCode.OK;
    }

    private static List<Activity> read(String json) {
        try {
            return new ObjectMapper().readValue(json, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new Failure("the server answered something else than was asked: " + json);
        }
    }
}
