package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * The last failover that promoted somebody.
 *
 * @param from name of the old primary, whose volume is kept
 * @param to name of the new primary
 * @param automatic the operator began it; otherwise {@code spec.promote} did
 * @param at RFC 3339, when it ended; a {@code spec.promote} of before it does nothing
 * @param lastSeenLsn on the old primary
 * @param lastSeenAt RFC 3339
 * @param promotedFrom end of the WAL that the new primary has of the old one
 * @param message what may be lost
 */
public record LastFailover(
        String from,
        String to,
        boolean automatic,
        String at,
        @Nullable FencedBy fencedBy,
        @Nullable String lastSeenLsn,
        @Nullable String lastSeenAt,
        @Nullable String promotedFrom,
        String message) {}
