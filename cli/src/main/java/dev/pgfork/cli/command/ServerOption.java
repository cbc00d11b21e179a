package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.Kind;
import dev.pgfork.cli.resource.PgResource;
import picocli.CommandLine.Option;

/** Which server is meant where a database is named: it may have several, and its name is that of one of them. */
final class ServerOption {
    @Option(
            names = "--own",
            description = "Of a database whose primary is a follower: its own instance, not the primary.")
    private boolean own;

    /** @return whose instance is meant: the primary of a database, otherwise the resource itself */
    PgResource serverOf(PgResource resource, Cluster cluster) {
        if (own
                || !(resource instanceof PgResource.Database database)
                || database.primary().equals(database.name())) {
            return resource;
        }
        return cluster.find(Kind.FOLLOWER, database.primary())
                .orElseThrow(() -> new Failure(
                        "the primary of %s is %s, which is not there".formatted(database.title(), database.primary())));
    }
}
