package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.postgres.RecoveryLimits;
import dev.pgfork.operator.postgres.ServerReport;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a server would have to be restarted for, once it has been told of its settings. A restart is never asked for
 * that would change nothing.
 *
 * <p>A standby that starts takes no less of {@link RecoveryLimits} than its control file demands, which is what the
 * primary had where it has replayed to. So it is restarted for less only when that demands no more.
 *
 * @param now names of the settings for which it is to be restarted
 * @param later names of those of which it has more than it is to have, as long as it is not restarted
 */
record RestartNeed(List<String> now, List<String> later) {

    /**
     * @param limits that are wanted
     * @param script empty: it was not asked, so that nothing is known of what a standby needs
     */
    static RestartNeed of(Role role, Map<String, Integer> limits, ServerReport report, Optional<ScriptStatus> script) {
        var settings = report.settings();
        var excess = RecoveryLimits.above(settings.limits(), limits);
        // Of a server that was started with them, nothing that is pending could be put in force by another start.
        var pending = settings.startedWith().equals(report.revision()) ? Set.<String>of() : settings.pending();
        if (role == Role.PRIMARY) {
            return new RestartNeed(pending.stream().sorted().toList(), excess);
        }
        var now = new TreeSet<String>(pending);
        now.removeAll(RecoveryLimits.names());
        if (!settings.startedWith().equals(report.revision())) {
            now.addAll(RecoveryLimits.above(limits, settings.limits()));
        }
        script.map(ScriptStatus::demands).filter(said -> !said.isEmpty()).ifPresent(demands -> {
            if (settings.paused()) {
                now.addAll(RecoveryLimits.above(demands, settings.limits()));
            }
            var demanded = RecoveryLimits.above(demands, limits);
            excess.stream().filter(name -> !demanded.contains(name)).forEach(now::add);
        });
        return new RestartNeed(
                List.copyOf(now),
                excess.stream().filter(name -> !now.contains(name)).toList());
    }
}
