package dev.pgfork.operator.instance;

import dev.pgfork.operator.postgres.DiskSpace;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the instance script says (verb {@code status}); see docs/instance-contract.md.
 *
 * @param role empty while the script has not read it yet
 * @param epoch 0 while the script has not read it yet
 * @param openedBy {@code <uid>/<generation>} of whoever let clients in to this volume first; empty: nobody yet
 * @param reason CamelCase, of a failure
 * @param step of the private phase, of a failure
 * @param started when the script started, {@code recovered} when recovery had ended, {@code opened} when clients could
 *     first connect
 * @param leader host that a standby streams from, or is told to
 * @param crashes how often in a row the server ended by itself, each time soon after its start
 * @param sanitizing how far the sanitize steps are; {@code null}: there are none, or it has not come to them
 * @param disk what is left of the volume; {@code null}: not measured yet
 * @param revision of the configuration that its next server is started with; {@code null}: it does not say
 * @param demands of {@link dev.pgfork.operator.postgres.RecoveryLimits}, what a standby needs to go on from where it
 *     has replayed to; empty: it does not say, or is none
 */
public record ScriptStatus(
        Phase phase,
        String role,
        long epoch,
        String openedBy,
        @Nullable String systemIdentifier,
        @Nullable Integer timeline,
        @Nullable String switchPoint,
        @Nullable String step,
        @Nullable String reason,
        @Nullable String message,
        @Nullable String sqlstate,
        @Nullable Integer line,
        @Nullable Instant started,
        @Nullable Instant recovered,
        @Nullable Instant opened,
        @Nullable String leader,
        int crashes,
        @Nullable Sanitizing sanitizing,
        @Nullable DiskSpace disk,
        @Nullable String revision,
        Map<String, Integer> demands) {

    public ScriptStatus {
        demands = Map.copyOf(demands);
    }

    /** Whether the script does nothing more before it is asked to. */
    public boolean awaitsStep() {
        return phase == Phase.quarantine && sanitizing != null && sanitizing.awaitsStep();
    }

    /** Phases of the script, as it spells them. */
    public enum Phase {
        starting,
        bootstrap,
        quarantine,
        running,
        fenced,
        stopping,
        failed
    }
}
