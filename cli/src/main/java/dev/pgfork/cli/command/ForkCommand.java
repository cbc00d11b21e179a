package dev.pgfork.cli.command;

import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.output.Structured;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.PgResource;
import dev.pgfork.cli.resource.ResourceName;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a fork. */
@Command(
        name = "fork",
        description = "Makes a fork of a database or follower as it is now, and prints the fork's name.")
public final class ForkCommand extends ClusterCommand {
    /** A name has 45 characters at most; the API server adds five to what is given here. */
    private static final int LONGEST_PREFIX = 40;

    @Parameters(index = "0", paramLabel = "SOURCE", description = "What is forked.")
    private ResourceName source = ResourceName.parse("?");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NAME",
            description = "Of the fork. One is made up if left out.")
    private @Nullable String name;

    @Option(names = "--size", paramLabel = "SIZE", description = "Of its volume, as 20Gi; the source's unless given.")
    private @Nullable String size;

    @Option(names = "--storage-class", paramLabel = "NAME", description = "Of its volume; the source's unless given.")
    private @Nullable String storageClass;

    @Option(names = "--image", paramLabel = "IMAGE", description = "The source's unless given.")
    private @Nullable String image;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "A setting for postgresql.conf, over the source's. May be repeated.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(
            names = "--checkpoint",
            paramLabel = "WHEN",
            description = "Whether the source runs a CHECKPOINT first: ${COMPLETION-CANDIDATES}.")
    private @Nullable CheckpointPolicy checkpoint;

    @Option(names = "--dry-run", description = "Print the resource instead of creating it.")
    private boolean dryRun;

    @Mixin
    private final WaitOptions waiting = new WaitOptions();

    @Mixin
    private final OutputOption output = new OutputOption();

    public ForkCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(Cluster cluster) {
        var from = cluster.get(source);
        var wanted = wanted(from);
        if (dryRun) {
            terminal().out().print(Structured.yaml.text(wanted));
            return ExitCode.OK;
        }
        var fork = cluster.create(wanted);
        output.print(terminal(), fork.object(), () -> fork.name() + "\n");
        return waiting.await(cluster, fork, new Goal.Ready(), environment());
    }

    private PostgresFork wanted(PgResource from) {
        var fork = new PostgresFork();
        fork.setMetadata(
                name == null
                        ? new ObjectMetaBuilder()
                                .withGenerateName(prefix(from.name()))
                                .build()
                        : new ObjectMetaBuilder().withName(name).build());
        var storage = size == null && storageClass == null ? null : new StorageSpec(size, storageClass, null, null);
        fork.setSpec(new PostgresForkSpec(
                image,
                storage,
                null,
                parameters.isEmpty() ? null : parameters,
                null,
                null,
                new ForkSource(sourceKind(from), from.name()),
                checkpoint));
        return fork;
    }

    private static String prefix(String source) {
        var prefix = source + "-fork-";
        return prefix.length() <= LONGEST_PREFIX
                ? prefix
                : source.substring(0, LONGEST_PREFIX - "-fork-".length()) + "-fork-";
    }

    private static ForkSource.Kind sourceKind(PgResource from) {
        return Arrays.stream(ForkSource.Kind.values())
                .filter(kind -> kind.name().equals(from.kind().kubernetesName()))
                .findFirst()
                .orElseThrow(() -> new Failure("%s: a %s cannot be forked"
                        .formatted(from.title(), from.kind().word())));
    }
}
