package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * Where a primary was when it was last seen: what a failover is measured by.
 *
 * @param instance its name
 * @param lsn end of what it had written
 * @param timeline that it wrote
 * @param systemIdentifier of its database
 * @param at RFC 3339
 * @param node that its pod was on; {@code null}: not known
 * @param origin of the timeline: which it left, where, and by whose promotion in which epoch, where that is known;
 *     {@code null}: it is the first, or not known
 * @param promotion {@code true}: nobody has seen it as the primary; it had this much when it was told to become it
 */
public record PrimaryPosition(
        String instance,
        String lsn,
        int timeline,
        String systemIdentifier,
        String at,
        @Nullable String node,
        @Nullable String origin,
        @Nullable Boolean promotion) {}
