package dev.pgfork.cli.output;

import java.time.Duration;
import java.util.Locale;

/** Durations and sizes as people read them. */
public final class Quantities {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Quantities() {}

    /** As kubectl writes ages: {@code 45s}, {@code 3m20s}, {@code 5h10m}, {@code 3d4h}, {@code 200d}. */
    public static String age(Duration duration) {
        var seconds = Math.max(0, duration.toSeconds());
        if (seconds < 120) {
            return seconds + "s";
        }
        if (seconds < 10 * 60) {
            return two(seconds / 60, "m", seconds % 60, "s");
        }
        if (seconds < 3 * 60 * 60) {
            return seconds / 60 + "m";
        }
        var hours = seconds / 3600;
        if (hours < 8) {
            return two(hours, "h", seconds % 3600 / 60, "m");
        }
        if (hours < 48) {
            return hours + "h";
        }
        return hours < 8 * 24 ? two(hours / 24, "d", hours % 24, "h") : hours / 24 + "d";
    }

    private static String two(long many, String unit, long rest, String smallerUnit) {
        return many + unit + (rest == 0 ? "" : rest + smallerUnit);
    }

    /** {@code 3.2 s}. */
    public static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.1f s", seconds);
    }

    /** {@code 512 B}, {@code 1.5 MiB}. */
    public static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        var unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        return String.format(Locale.ROOT, "%.1f %s", bytes / (double) (1L << (unit * 10)), UNITS[unit]);
    }
}
