package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.stream.Stream;

/** When a promotion is to be carried out that a person wants now. */
public final class PromotionTime {
    private PromotionTime() {}

    /**
     * Now, or right after the last one that was handled: one of before it would do nothing, and the clock of this
     * machine may be slow.
     */
    public static Instant after(PostgresDatabaseStatus status, Instant now) {
        var promotion = status.promotion();
        var failover = status.failover();
        return Stream.of(promotion == null ? null : promotion.at(), failover == null ? null : failover.at())
                .filter(Objects::nonNull)
                .map(at -> OffsetDateTime.parse(at).toInstant().plusMillis(1))
                .filter(now::isBefore)
                .max(Instant::compareTo)
                .orElse(now);
    }
}
