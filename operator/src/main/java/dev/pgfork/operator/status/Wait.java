package dev.pgfork.operator.status;

import java.time.Duration;
import java.time.Instant;

/**
 * Something that is waited for.
 *
 * @param early reason while the wait is ordinary
 * @param reason once it takes too long
 * @param needsSomebody waiting alone will not do
 */
public record Wait(String early, String reason, String message, boolean needsSomebody) {

    public static Wait forReason(String reason, String message) {
        return new Wait(reason, reason, message, false);
    }

    /**
     * Once it takes longer than the deadline the wait itself is the news: {@code Stalled} with the reason, while the
     * waiting goes on.
     *
     * @param since when this wait began
     */
    public void note(Conditions conditions, Instant since, Duration deadline, Instant now) {
        if (needsSomebody || since.plus(deadline).isBefore(now)) {
            conditions.stalled(reason, message);
        } else {
            conditions.reconciling(early, message);
        }
    }
}
