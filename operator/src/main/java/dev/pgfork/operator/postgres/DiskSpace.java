package dev.pgfork.operator.postgres;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How much of an instance's volume is left, as its script has measured it.
 *
 * @param size bytes
 * @param free bytes that Postgres may still use
 */
public record DiskSpace(long size, long free) {
    private static final long MIB = 1 << 20;

    /** Postgres writes WAL in files of 16 MiB; it ends when it cannot make the next one. */
    private static final long SEGMENT = 16 * MIB;

    private static final int ALMOST_FULL_PERCENT = 90;
    private static final int ENOUGH_AGAIN_PERCENT = 87;
    private static final int ALMOST_FULL_SEGMENTS = 3;
    private static final int ENOUGH_AGAIN_SEGMENTS = 5;
    private static final Pattern MEASURED = Pattern.compile("([0-9]{1,18}) ([0-9]{1,18})");

    /** How it stands with the space. */
    public enum Level {
        Enough,
        AlmostFull,
        Full
    }

    /** @param text size and free, as in the setting {@code pgfork.disk}; anything else: it is not known */
    public static Optional<DiskSpace> parse(@Nullable String text) {
        return Optional.ofNullable(text)
                .map(MEASURED::matcher)
                .filter(Matcher::matches)
                .map(numbers -> new DiskSpace(Long.parseLong(numbers.group(1)), Long.parseLong(numbers.group(2))))
                .filter(disk -> disk.size > 0);
    }

    /** @param wasShort whether it was not enough when it was last looked at: it must get clearly better, then */
    public Level level(boolean wasShort) {
        if (free < SEGMENT) {
            return Level.Full;
        }
        var percent = wasShort ? ENOUGH_AGAIN_PERCENT : ALMOST_FULL_PERCENT;
        var segments = wasShort ? ENOUGH_AGAIN_SEGMENTS : ALMOST_FULL_SEGMENTS;
        return usedPercent() >= percent || free < segments * SEGMENT ? Level.AlmostFull : Level.Enough;
    }

    public int usedPercent() {
        return (int) ((size - free) * 100.0 / size);
    }

    public long mebibytes() {
        return size / MIB;
    }

    public long freeMebibytes() {
        return free / MIB;
    }
}
