package dev.pgfork.cli.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pgfork.api.v1alpha1.CheckpointPolicy;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.cli.cluster.Cluster;
import dev.pgfork.cli.output.Structured;
import dev.pgfork.cli.resource.ExitCode;
import dev.pgfork.cli.resource.Goal;
import dev.pgfork.cli.resource.PgResource;
import dev.pgfork.cli.resource.ResourceName;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
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
        description = "Makes a fork of a database, follower or fork as it is now, and prints the fork's name.")
public final class ForkCommand extends ClusterCommand {
    /** Refuses a field that the API does not have. */
    private static final ObjectMapper SPECS = new ObjectMapper();

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
            names = "--ttl",
            paramLabel = "DURATION",
            description = "How long it lives once it is ready, as 90m, 8h, 3d: until it is deleted unless given.")
    private @Nullable Duration ttl;

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
        fork.setSpec(SPECS.convertValue(spec(from), PostgresForkSpec.class));
        return fork;
    }

    private static String prefix(String source) {
        var prefix = source + "-fork-";
        return prefix.length() <= LONGEST_PREFIX
                ? prefix
                : source.substring(0, LONGEST_PREFIX - "-fork-".length()) + "-fork-";
    }

    /** Only what is said: everything else is the source's, or the schema's default. */
    private Map<String, Object> spec(PgResource from) {
        var spec = new LinkedHashMap<String, Object>();
        spec.put("from", Map.of("kind", from.kind().kubernetesName(), "name", from.name()));
        put(spec, "image", image);
        var storage = new LinkedHashMap<String, Object>();
        put(storage, "size", size);
        put(storage, "storageClassName", storageClass);
        put(spec, "storage", storage.isEmpty() ? null : storage);
        put(spec, "parameters", parameters.isEmpty() ? null : parameters);
        put(spec, "checkpoint", checkpoint);
        put(spec, "ttl", ttl == null ? null : DurationOption.text(ttl));
        return spec;
    }

    private static void put(Map<String, Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}
