package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which lag a status tells: every write of it costs the API server and whoever watches, and lag changes all the time.
 * Metrics have every measurement.
 */
final class LagPublication {
    /** While it changes. */
    private static final Duration CHANGING = Duration.ofSeconds(10);

    /** While it stays what it is: the time of measurement alone is little news. */
    private static final Duration STEADY = Duration.ofMinutes(1);

    private LagPublication() {}

    /** @param last as the status tells it; {@code null}: nothing yet */
    static Lag of(@Nullable Lag last, Lag measured, Instant now) {
        if (last == null || last.measuredAt() == null) {
            return measured;
        }
        var age = Duration.between(Instant.parse(last.measuredAt()), now);
        return age.compareTo(isSame(last, measured) ? STEADY : CHANGING) >= 0 ? measured : last;
    }

    private static boolean isSame(Lag last, Lag measured) {
        return Objects.equals(last.bytes(), measured.bytes())
                && Objects.equals(last.commits(), measured.commits())
                && Objects.equals(last.commitsExact(), measured.commitsExact())
                && Objects.equals(last.seconds(), measured.seconds());
    }
}
