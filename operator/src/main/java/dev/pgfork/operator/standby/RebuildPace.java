package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Rebuild;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * When a follower may be rebuilt. The first time at once; again and again only with growing pauses, for each rebuild
 * costs its leader a snapshot, and one that fails soon after it was made will probably fail again.
 */
final class RebuildPace {
    private static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    /** A follower that lived for so long after a rebuild has got over whatever it was. */
    private static final Duration RECOVERED = Duration.ofHours(2);

    private static final int MOST_DOUBLINGS = 6;

    private RebuildPace() {}

    /** @param last {@code null}: it was never rebuilt */
    static boolean isDue(@Nullable Rebuild last, Instant now) {
        return last == null || !now.isBefore(notBefore(last));
    }

    /** When the next rebuild may begin. */
    static Instant notBefore(Rebuild last) {
        if (attempts(last) == 0) {
            // It was made anew because somebody wanted that.
            return at(last);
        }
        var doublings = Math.min(attempts(last) - 1, MOST_DOUBLINGS);
        var pause = FIRST_PAUSE.multipliedBy(1L << Math.max(0, doublings));
        return at(last).plus(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause);
    }

    /** What is noted before the next one begins. A volume that was kept once stays named until another one is. */
    static Rebuild next(@Nullable Rebuild last, String reason, @Nullable String keptVolume, Instant now) {
        if (last == null) {
            return new Rebuild(reason, 1, now.toString(), keptVolume);
        }
        var inARow = now.isBefore(at(last).plus(RECOVERED));
        return new Rebuild(
                reason,
                inARow ? attempts(last) + 1 : 1,
                now.toString(),
                keptVolume != null ? keptVolume : last.keptVolume());
    }

    private static int attempts(Rebuild last) {
        return Objects.requireNonNullElse(last.attempts(), 1);
    }

    private static Instant at(Rebuild last) {
        return Instant.parse(Objects.requireNonNull(last.at(), "noted with every rebuild"));
    }
}
