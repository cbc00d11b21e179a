package dev.pgfork.operator.fork;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long a fork lives: from when it was ready, or was reset.
 *
 * @param end when its data goes
 */
record TimeToLive(Instant end, Duration whole) {
    private static final int WARNED_FOR = 10;
    private static final Duration WARNED_AT_MOST = Duration.ofDays(1);

    /**
     * Reads {@code spec.ttl}, whose form the schema demands.
     *
     * @param ttl {@code null}: none
     * @param ready {@code null}: not yet
     */
    static Optional<TimeToLive> of(@Nullable String ttl, @Nullable Instant ready) {
        if (ttl == null || ready == null) {
            return Optional.empty();
        }
        var whole = Duration.parse("PT" + ttl.toUpperCase(Locale.ROOT));
        return Optional.of(new TimeToLive(ready.plus(whole), whole));
    }

    /** From when on people are warned: a tenth of it before its end, or a day. */
    Instant warning() {
        var tenth = whole.dividedBy(WARNED_FOR);
        return end.minus(tenth.compareTo(WARNED_AT_MOST) < 0 ? tenth : WARNED_AT_MOST);
    }

    boolean isOver(Instant now) {
        return !now.isBefore(end);
    }

    boolean isEnding(Instant now) {
        return !now.isBefore(warning());
    }

    /** What happens next by itself; empty: nothing. */
    Optional<Instant> next(Instant now) {
        return isOver(now) ? Optional.empty() : Optional.of(isEnding(now) ? end : warning());
    }
}
