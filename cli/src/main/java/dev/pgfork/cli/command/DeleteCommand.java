package dev.pgfork.cli.command;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.PgResource;
import dev.pgfork.cli.resource.ResourceName;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Deletes a resource. */
@Command(name = "delete", description = "Deletes a database, follower or fork, and says what becomes of its data.")
public final class DeleteCommand extends ClusterCommand {
    @Parameters(paramLabel = "NAME", description = "What is deleted.")
    private ResourceName name = ResourceName.parse("?");

    @Mixin
    private final Confirmation confirmation = new Confirmation();

    public DeleteCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var resource = cluster.get(name);
        confirmation.require(
                resource, "%s will be deleted, %s.".formatted(resource.title(), consequence(resource)), terminal());
        cluster.delete(resource);
        terminal().out().println(resource.title() + " is being deleted");
        return ExitCode.OK;
    }

    private static String consequence(PgResource resource) {
        return switch (resource) {
            case PgResource.Fork fork -> "and its data with it";
            case PgResource.Database database ->
                volume(database.object().getSpec().deletionPolicy(), true);
            case PgResource.Follower follower
            when follower.isPrimaryOfItsLeader() -> "but it is the primary: that happens once another instance is";
            case PgResource.Follower follower ->
                volume(follower.object().getSpec().deletionPolicy(), follower.isToUnfollow());
        };
    }

    private static String volume(@Nullable DeletionPolicy policy, boolean retainedUnlessSaid) {
        var retained = policy == null ? retainedUnlessSaid : policy == DeletionPolicy.Retain;
        return retained ? "and its volume is kept" : "and its data with it";
    }
}
