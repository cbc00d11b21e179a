package dev.pgfork.operator;

import dev.pgfork.operator.kube.Namespaces;
import dev.pgfork.operator.storage.SnapshotDrivers;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How the operator was told to run. The table of settings below is what docs/configuration.md is made of.
 *
 * @param namespace of the lease
 * @param identity in the lease
 * @param watched where the custom resources are served
 * @param acrossNamespaces whether forks may be made of sources in other namespaces
 * @param stepDeadline after which the status of a step says what it waits for
 * @param snapshotDrivers what is known of the snapshots of CSI drivers
 * @param clusterDomain of the cluster's DNS
 * @param port of /healthz, /readyz and /metrics
 */
public record OperatorConfig(
        String namespace,
        String identity,
        Namespaces watched,
        boolean acrossNamespaces,
        Duration stepDeadline,
        SnapshotDrivers snapshotDrivers,
        String clusterDomain,
        int port) {

    private static final Setting<String> NAMESPACE = new Setting<>(
            "PGFORK_NAMESPACE",
            "the name of a namespace",
            null,
            "The namespace that the operator runs in; its lease is there.",
            text -> text);

    private static final Setting<String> POD_NAME = new Setting<>(
            "PGFORK_POD_NAME",
            "the name of a pod",
            "",
            "Who the operator is in the lease. Unset: a name that nobody else has.",
            text -> text.isEmpty() ? "pgfork-" + UUID.randomUUID() : text);

    private static final Setting<Namespaces> WATCH_NAMESPACES = new Setting<>(
            "PGFORK_WATCH_NAMESPACES",
            "names of namespaces, separated by commas",
            "",
            "The namespaces whose databases and forks are served. Unset: all.",
            OperatorConfig::namespaces);

    private static final Setting<Boolean> ACROSS_NAMESPACES = new Setting<>(
            "PGFORK_ACROSS_NAMESPACES",
            "true or false",
            "false",
            "Whether forks are made of sources in other namespaces, where those allow it. The operator must be allowed to make"
                    + " VolumeSnapshotContents.",
            OperatorConfig::bool);

    private static final Setting<Duration> STEP_DEADLINE = new Setting<>(
            "PGFORK_STEP_DEADLINE",
            "a time like PT2M (ISO 8601) or 120 (seconds), at least a second",
            "PT2M",
            "How long a step may take before the status says what it waits for. The operator goes on waiting.",
            OperatorConfig::duration);

    private static final Setting<SnapshotDrivers> SNAPSHOT_ATOMICITY = new Setting<>(
            "PGFORK_SNAPSHOT_ATOMICITY",
            "names of CSI drivers, each with =Atomic, =NotAtomic or =Unknown, separated by commas",
            "",
            "Whether a driver snapshots a volume at one instant, where pgfork does not know it or is wrong.",
            OperatorConfig::snapshotDrivers);

    private static final Setting<String> CLUSTER_DOMAIN = new Setting<>(
            "PGFORK_CLUSTER_DOMAIN",
            "a DNS domain",
            "cluster.local",
            "The domain of the cluster's DNS, which is part of the names in server certificates.",
            text -> text);

    private static final Setting<Integer> PORT = new Setting<>(
            "PGFORK_HTTP_PORT",
            "a number from 0 (any free port) to 65535",
            "8080",
            "The port of /healthz, /readyz and /metrics.",
            OperatorConfig::port);

    private static final Setting<String> LOG_FORMAT =
            new Setting<>("PGFORK_LOG_FORMAT", "text or json", "text", "How log lines look.", oneOf("text", "json"));

    private static final Setting<String> LOG_LEVEL = new Setting<>(
            "PGFORK_LOG_LEVEL",
            "TRACE, DEBUG, INFO, WARN or ERROR",
            "INFO",
            "Which log lines are written.",
            oneOf("TRACE", "DEBUG", "INFO", "WARN", "ERROR"));

    /** All of them, in the order of the documentation. */
    static final List<Setting<?>> SETTINGS = List.of(
            NAMESPACE,
            POD_NAME,
            WATCH_NAMESPACES,
            ACROSS_NAMESPACES,
            STEP_DEADLINE,
            SNAPSHOT_ATOMICITY,
            CLUSTER_DOMAIN,
            PORT,
            LOG_FORMAT,
            LOG_LEVEL);

    /** @throws Setting.InvalidSettingException for the first setting that the operator cannot start with */
    static OperatorConfig read(Map<String, String> environment) {
        // Logback reads these two by itself, before this; here they are only checked.
        LOG_FORMAT.read(environment);
        LOG_LEVEL.read(environment);
        return new OperatorConfig(
                NAMESPACE.read(environment),
                POD_NAME.read(environment),
                WATCH_NAMESPACES.read(environment),
                ACROSS_NAMESPACES.read(environment),
                STEP_DEADLINE.read(environment),
                SNAPSHOT_ATOMICITY.read(environment),
                CLUSTER_DOMAIN.read(environment),
                PORT.read(environment));
    }

    private static Namespaces namespaces(String text) {
        return new Namespaces(Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static SnapshotDrivers snapshotDrivers(String text) {
        var atomicity = new TreeMap<String, SnapshotDrivers.Atomicity>();
        Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .forEach(entry -> {
                    var sign = entry.indexOf('=');
                    if (sign < 1) {
                        throw new IllegalArgumentException("not a driver and a word");
                    }
                    atomicity.put(
                            entry.substring(0, sign), SnapshotDrivers.Atomicity.valueOf(entry.substring(sign + 1)));
                });
        return new SnapshotDrivers(atomicity);
    }

    private static Duration duration(String text) {
        try {
            var duration = text.chars().allMatch(Character::isDigit)
                    ? Duration.ofSeconds(Long.parseLong(text))
                    : Duration.parse(text);
            if (duration.toSeconds() < 1) {
                throw new IllegalArgumentException("less than a second");
            }
            return duration;
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static boolean bool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        };
    }

    private static int port(String text) {
        var port = Integer.parseInt(text);
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("not a port");
        }
        return port;
    }

    private static Function<String, String> oneOf(String... words) {
        return text -> {
            if (!List.of(words).contains(text)) {
                throw new IllegalArgumentException("not one of " + String.join(", ", words));
            }
            return text;
        };
    }
}
