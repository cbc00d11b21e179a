package dev.pgfork.cli.command;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as kubectl does: {@code 90s}, {@code 10m}, {@code 1h30m}, {@code 3d}. */
public final class DurationOption implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        var lower = text.toLowerCase(Locale.ROOT);
        var days = lower.indexOf('d') + 1;
        var time = lower.substring(days);
        try {
            return Duration.parse("P" + lower.substring(0, days) + (time.isEmpty() ? "" : "T" + time));
        } catch (DateTimeParseException e) {
            throw new TypeConversionException("'%s' is no duration such as 90s, 10m, 1h30m, 3d".formatted(text));
        }
    }

    /** As Go and CEL read it, which know no days. */
    static String text(Duration duration) {
        return duration.isZero()
                ? "0s"
                : duration.toString().substring("PT".length()).toLowerCase(Locale.ROOT);
    }
}
