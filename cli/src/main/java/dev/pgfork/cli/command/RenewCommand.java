package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.output.Structured;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Renewal;
import dev.pgfork.cli.resource.ResourceName;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lets a fork live longer. */
@Command(
        name = "renew",
        description = {
            "Lets a fork that has a time to live, and has not expired, live longer.",
            "It never lets it live shorter: scripts may repeat it."
        })
public final class RenewCommand extends ClusterCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "A fork.")
    private ResourceName name = ResourceName.parse("?");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "DURATION",
            defaultValue = "24h",
            description = "From now on, as 90m, 8h, 3d (default: ${DEFAULT-VALUE}).")
    private Duration life = Duration.ofHours(24);

    @Mixin
    private final OutputOption output = new OutputOption();

    public RenewCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var fork = cluster.fork(name);
        var renewal = Renewal.of(fork, life, environment().clock().instant());
        var end = Optional.ofNullable(fork.status().expiresAt()).map(Instant::parse);
        if (end.isPresent() && !renewal.end().isAfter(end.get())) {
            output.print(
                    terminal(),
                    fork.object(),
                    () -> "%s lives until %s already\n".formatted(fork.title(), second(end.get())));
            return ExitCode.OK;
        }
        var patched = cluster.patch(
                fork, Structured.json.text(Map.of("spec", Map.of("ttl", DurationOption.text(renewal.ttl())))));
        output.print(
                terminal(),
                patched.object(),
                () -> "%s lives until %s\n".formatted(fork.title(), second(renewal.end())));
        return ExitCode.OK;
    }

    private static Instant second(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS);
    }
}
