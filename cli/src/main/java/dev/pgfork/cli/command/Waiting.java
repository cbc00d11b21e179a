package dev.pgfork.cli.command;

import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.output.ProgressLine;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.PgResource;
import dev.pgfork.cli.resource.Progress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Watches a resource on its way to a goal, and tells how far it is. */
final class Waiting {
    private static final Duration REDRAW = Duration.ofMillis(200);

    private final Cluster cluster;
    private final Environment environment;

    Waiting(Cluster cluster, Environment environment) {
        this.cluster = cluster;
        this.environment = environment;
    }

    /** @return the exit code */
    int await(PgResource resource, Goal goal, Duration timeout) {
        var changes = new LinkedBlockingQueue<Optional<PgResource>>();
        var began = environment.clock().instant();
        var line = new ProgressLine(
                environment.terminal().err(), environment.terminal().isInteractive(), resource.kind());
        try (var _ = cluster.watches().watch(resource, changes::add)) {
            var progress = goal.judge(resource);
            while (true) {
                var passed = Duration.between(began, environment.clock().instant());
                switch (progress) {
                    case Progress.Reached reached -> {
                        line.end("%s: %s".formatted(resource.title(), reached.text()), passed);
                        return ExitCode.OK;
                    }
                    case Progress.Failed failed -> {
                        line.end("%s: %s: %s".formatted(resource.title(), failed.reason(), failed.message()), passed);
                        return ExitCode.FAILED;
                    }
                    case Progress.Going going -> {
                        line.show(going, passed);
                        var left = timeout.minus(passed);
                        if (left.isNegative() || left.isZero()) {
                            line.end("%s: still %s".formatted(resource.title(), going.phase()), passed);
                            return ExitCode.TIMEOUT;
                        }
                        var change = changes.poll(
                                left.compareTo(REDRAW) < 0 ? left.toMillis() : REDRAW.toMillis(),
                                TimeUnit.MILLISECONDS);
                        if (change != null) {
                            progress = change.map(goal::judge)
                                    .orElseGet(() -> new Progress.Failed("Deleted", "it is not there any more"));
                        }
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
