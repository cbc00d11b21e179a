package dev.pgfork.operator.instance;

import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.postgres.DiskSpace;
import dev.pgfork.operator.postgres.Lsn;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The line of JSON that a verb prints; see docs/instance-contract.md.
 *
 * @param ok whether it was done
 */
record ScriptAnswer(
        boolean ok,
        @Nullable Phase phase,
        @Nullable String role,
        @Nullable Long epoch,
        @Nullable String openedBy,
        @Nullable String systemIdentifier,
        @Nullable Integer timeline,
        @Nullable String switchPoint,
        @Nullable String step,
        @Nullable String reason,
        @Nullable String message,
        @Nullable String sqlstate,
        @Nullable Integer line,
        @Nullable Timings timings,
        @Nullable String leader,
        @Nullable Integer crashes,
        @Nullable ControlData controldata,
        @Nullable String output,
        @Nullable Sanitizing sanitize,
        @Nullable String disk,
        @Nullable String revision,
        @Nullable Map<String, Integer> demands) {

    /** Of a fenced server. */
    record ControlData(
            @Nullable String state,
            @Nullable String checkpoint,
            @Nullable String redo,
            @Nullable Integer timeline,
            @Nullable String systemIdentifier) {}

    /** Seconds since 1970 with fractions; {@code null}: not yet. */
    record Timings(
            @Nullable BigDecimal started,
            @Nullable BigDecimal recovered,
            @Nullable BigDecimal opened) {}

    String reasonOrUnknown() {
        return Objects.requireNonNullElse(blankToNull(reason), "Unknown");
    }

    String explanation() {
        return Objects.requireNonNullElse(blankToNull(message), reasonOrUnknown());
    }

    /** @return empty if this is no answer to the verb {@code status} */
    Optional<ScriptStatus> status() {
        if (phase == null) {
            return Optional.empty();
        }
        var times = Objects.requireNonNullElse(timings, new Timings(null, null, null));
        return Optional.of(new ScriptStatus(
                phase,
                Objects.requireNonNullElse(role, ""),
                Objects.requireNonNullElse(epoch, 0L),
                Objects.requireNonNullElse(openedBy, ""),
                blankToNull(systemIdentifier),
                timeline,
                blankToNull(switchPoint),
                blankToNull(step),
                blankToNull(reason),
                blankToNull(message),
                blankToNull(sqlstate),
                line,
                instant(times.started()),
                instant(times.recovered()),
                instant(times.opened()),
                blankToNull(leader),
                Objects.requireNonNullElse(crashes, 0),
                sanitize,
                DiskSpace.parse(disk).orElse(null),
                blankToNull(revision),
                Objects.requireNonNullElse(demands, Map.of())));
    }

    /**
     * @return empty if there is no database in the pod
     * @throws IllegalArgumentException if the control file was not understood: then nothing is proved
     */
    Optional<FenceProof> proof() {
        if (controldata == null) {
            return Optional.empty();
        }
        if (controldata.state() == null
                || controldata.checkpoint() == null
                || controldata.redo() == null
                || controldata.timeline() == null
                || controldata.systemIdentifier() == null) {
            throw new IllegalArgumentException("the control file is not complete");
        }
        return Optional.of(new FenceProof(
                controldata.state(),
                Lsn.parse(controldata.checkpoint()),
                Lsn.parse(controldata.redo()),
                controldata.timeline(),
                controldata.systemIdentifier()));
    }

    private static @Nullable Instant instant(@Nullable BigDecimal seconds) {
        return seconds == null
                ? null
                : Instant.ofEpochMilli(seconds.movePointRight(3).longValue());
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }
}
