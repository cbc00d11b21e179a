package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * A longer life for a fork. A time to live counts from when the fork was ready or was reset; a person counts from now.
 *
 * @param ttl for {@code spec.ttl}
 * @param end when its data goes then
 */
public record Renewal(Duration ttl, Instant end) {
    private static final int SECONDS_OF_A_MINUTE = 60;

    /**
     * @param life from now on, at least; what comes of it is at most a minute longer, for round numbers
     * @throws Failure if it has none that could be longer
     */
    public static Renewal of(PgResource.Fork fork, Duration life, Instant now) {
        var status = fork.status();
        if (status.expiredAt() != null) {
            throw new Failure("%s has expired, and its data is gone: 'kubectl pgfork reset %s' makes it again"
                    .formatted(fork.title(), fork.name()));
        }
        if (fork.object().getSpec().ttl() == null) {
            throw new Failure("%s has no time to live: it stays until it is deleted".formatted(fork.title()));
        }
        var ready = ready(fork, status);
        var minutes = Duration.between(ready, now.plus(life))
                .plusSeconds(SECONDS_OF_A_MINUTE)
                .minusNanos(1)
                .toMinutes();
        var ttl = Duration.ofMinutes(minutes);
        return new Renewal(ttl, ready.plus(ttl));
    }

    /** As the operator reckons it. */
    private static Instant ready(PgResource.Fork fork, PostgresForkStatus status) {
        var requestedAt = status.requestedAt();
        var timings = status.timings();
        var ready = timings == null ? null : timings.ready();
        if (requestedAt == null || ready == null) {
            throw new Failure("%s is not ready yet: its time to live begins then".formatted(fork.title()));
        }
        return OffsetDateTime.parse(requestedAt).toInstant().plusMillis(Math.round(ready * 1000));
    }
}
