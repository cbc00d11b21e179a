package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.PgResource;
import dev.pgfork.cli.resource.ResourceName;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes a follower a database of its own. */
@Command(
        name = "unfollow",
        description = "Makes a follower a database of its own, which accepts writes, once and for ever.")
public final class UnfollowCommand extends OrderCommand {
    @Parameters(paramLabel = "NAME", description = "A follower.")
    private ResourceName name = ResourceName.parse("?");

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    public UnfollowCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        if (!(cluster.get(name) instanceof PgResource.Follower follower)) {
            throw new Failure("%s is no follower".formatted(name.name()));
        }
        if (follower.isToUnfollow()) {
            throw new Failure("%s is unfollowed already".formatted(follower.title()));
        }
        confirmation.require(
                follower,
                "%s will never follow %s again; it gets passwords of its own, and its clients are disconnected."
                        .formatted(
                                follower.title(),
                                follower.object().getSpec().follows().name()),
                terminal());
        var said = follower.title() + " becomes a database of its own";
        return order(cluster, follower, Map.of("unfollow", true), said, new Goal.Unfollowed());
    }
}
