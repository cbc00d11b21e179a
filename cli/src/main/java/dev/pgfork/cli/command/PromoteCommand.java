package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.CommandTime;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.Kind;
import dev.pgfork.cli.resource.PgResource;
import dev.pgfork.cli.resource.ResourceName;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a follower the primary of its database, or the database's own instance again. */
@Command(
        name = "promote",
        description = {
            "Makes a follower the primary of its database, or the database's own instance again; the old primary follows.",
            "While the primary runs, nothing is lost. For one that is down see --force and --fenced-externally."
        })
public final class PromoteCommand extends OrderCommand {
    @Parameters(paramLabel = "NAME", description = "A follower; or a database, whose own instance is meant.")
    private ResourceName name = ResourceName.parse("?");

    @Option(names = "--force", description = "In a failover: although another follower has received more.")
    private boolean force;

    @Option(
            names = "--fenced-externally",
            description = "In a failover: you vouch for it that the old primary can write no more.")
    private boolean fencedExternally;

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    public PromoteCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var target = cluster.get(name);
        var database = databaseOf(target, cluster);
        confirmation.require(
                target,
                "%s will be the primary of %s instead of %s; its clients are disconnected and cannot write for a moment."
                        .formatted(target.name(), database.title(), database.primary()),
                terminal());
        var at = CommandTime.ofPromotion(
                        database.status(), environment().clock().instant())
                .toString();
        var said = "%s: %s is to be the primary".formatted(database.title(), target.name());
        return order(cluster, database, Map.of("promote", command(target, at)), said, new Goal.Promoted(at));
    }

    /** All fields: an earlier command may have set the others. */
    private Map<String, Object> command(PgResource target, String at) {
        var command = new LinkedHashMap<String, Object>();
        command.put("to", target.name());
        command.put("at", at);
        command.put("force", force);
        command.put("fencedExternally", fencedExternally);
        return command;
    }

    private static PgResource.Database databaseOf(PgResource target, Cluster cluster) {
        return switch (target) {
            case PgResource.Database database -> database;
            case PgResource.Fork fork ->
                throw new Failure("%s: a fork has other passwords and maybe other data: promote a follower"
                        .formatted(fork.title()));
            case PgResource.Follower follower -> leaderOf(follower, cluster);
        };
    }

    private static PgResource.Database leaderOf(PgResource.Follower follower, Cluster cluster) {
        if (follower.isToUnfollow()) {
            throw new Failure("%s follows nobody: it is unfollowed".formatted(follower.title()));
        }
        var leader = follower.origin().orElseThrow();
        if (leader.kind() != Kind.DATABASE) {
            throw new Failure("%s follows %s %s: only a follower of a database can be promoted"
                    .formatted(follower.title(), leader.kind().word(), leader.name()));
        }
        return cluster.find(Kind.DATABASE, leader.name())
                .map(PgResource.Database.class::cast)
                .orElseThrow(() -> new Failure(
                        "%s follows database %s, which is not there".formatted(follower.title(), leader.name())));
    }
}
