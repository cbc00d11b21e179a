package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * When a dated command of the spec is to be carried out that a person wants now: now, or right after the last one that
 * was handled. One of before it would do nothing, and the clock of this machine may be slow.
 */
public final class CommandTime {
    private CommandTime() {}

    /** For {@code spec.promote.at}. */
    public static Instant ofPromotion(PostgresDatabaseStatus status, Instant now) {
        var promotion = status.promotion();
        var failover = status.failover();
        return after(now, promotion == null ? null : promotion.at(), failover == null ? null : failover.at());
    }

    /** For {@code spec.resetAt}. */
    public static Instant ofReset(PostgresForkStatus status, Instant now) {
        var reset = status.reset();
        return after(now, reset == null ? null : reset.at());
    }

    /** @param handled RFC 3339; {@code null}: none */
    private static Instant after(Instant now, @Nullable String... handled) {
        return Stream.of(handled)
                .filter(Objects::nonNull)
                .map(at -> OffsetDateTime.parse(at).toInstant().plusMillis(1))
                .filter(now::isBefore)
                .max(Instant::compareTo)
                .orElse(now);
    }
}
