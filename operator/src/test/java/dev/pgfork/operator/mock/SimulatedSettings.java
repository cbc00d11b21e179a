package dev.pgfork.operator.mock;

import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.VerbRefusedException;
import dev.pgfork.operator.postgres.PostgresqlConf;
import dev.pgfork.operator.postgres.RecoveryLimits;
import dev.pgfork.operator.postgres.ServerSettings;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the servers were started with, one per running pod. As trial.sh has it: a server that does not start with new
 * settings goes back to those before, and is never brought them again.
 */
final class SimulatedSettings {
    /** That no image has: a server does not start with it. */
    static final String MISSING = "no_such_library";

    private static final Set<String> NEED_RESTART =
            Set.of("max_connections", "max_worker_processes", "shared_preload_libraries");
    private static final Pattern REVISION = Pattern.compile("(?m)^pgfork\\.revision *= *'([^']*)'");

    private record Started(String start, String configuration) {}

    private final Map<String, Started> byPodUid = new HashMap<>();
    private final Set<String> rejected = new TreeSet<>();
    private final Set<String> paused = new TreeSet<>();
    private int starts;

    static String revision(String configuration) {
        var revision = REVISION.matcher(configuration);
        return revision.find() ? revision.group(1) : "";
    }

    ServerSettings of(SimulatedInstance instance, boolean streaming) {
        var begun = started(instance);
        var before = PostgresqlConf.parameters(begun.configuration());
        var now = PostgresqlConf.parameters(instance.configuration());
        var pending = NEED_RESTART.stream()
                .filter(name -> !Objects.equals(before.get(name), now.get(name)))
                .collect(Collectors.toSet());
        return new ServerSettings(begun.start(), pending, RecoveryLimits.of(before), streaming, false);
    }

    /** With which configuration it has, and what its replay demands: all that its leader has written is replayed. */
    ScriptStatus telling(ScriptStatus said, SimulatedInstance instance, SimulatedReplication replication) {
        return new ScriptStatus(
                said.phase(),
                said.role(),
                said.epoch(),
                said.openedBy(),
                said.systemIdentifier(),
                said.timeline(),
                said.switchPoint(),
                said.step(),
                said.reason(),
                said.message(),
                said.sqlstate(),
                said.line(),
                said.started(),
                said.recovered(),
                said.opened(),
                said.leader(),
                said.crashes(),
                said.sanitizing(),
                said.disk(),
                revision(instance.configuration()),
                replication
                        .leader(instance)
                        .map(from -> RecoveryLimits.of(
                                PostgresqlConf.parameters(started(from).configuration())))
                        .orElse(Map.of()));
    }

    private Started started(SimulatedInstance instance) {
        return byPodUid.computeIfAbsent(instance.podUid(), uid -> start(instance.configuration()));
    }

    private Started start(String configuration) {
        if (configuration.contains(MISSING)) {
            throw new AssertionError("a new pod would not start: " + configuration);
        }
        return new Started(++starts + ".0/" + revision(configuration), configuration);
    }

    void reload(SimulatedInstance instance, String configuration) {
        started(instance);
        if (rejected.contains(instance.podUid() + revision(configuration))) {
            throw rejection();
        }
    }

    /**
     * @param standbys that stream from it
     * @return the configuration that it runs with from now on
     */
    String restart(SimulatedInstance instance, String start, Collection<SimulatedInstance> standbys) {
        var begun = started(instance);
        if (!begun.start().equals(start)) {
            return instance.configuration();
        }
        if (instance.configuration().contains(MISSING)) {
            rejected.add(instance.podUid() + revision(instance.configuration()));
            byPodUid.put(instance.podUid(), start(begun.configuration()));
            return begun.configuration();
        }
        byPodUid.put(instance.podUid(), start(instance.configuration()));
        var limits = RecoveryLimits.of(PostgresqlConf.parameters(instance.configuration()));
        standbys.stream()
                .filter(standby -> !RecoveryLimits.above(
                                limits, of(standby, true).limits())
                        .isEmpty())
                .forEach(standby -> paused.add(standby.name()));
        return instance.configuration();
    }

    /** Standbys that ever had less than their primary. */
    Set<String> paused() {
        return Set.copyOf(paused);
    }

    static VerbRefusedException rejection() {
        return new VerbRefusedException(
                "ConfigurationRejected", "could not access file \"" + MISSING + "\": No such file or directory");
    }
}
