package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * The last reset that was handled.
 *
 * @param at RFC 3339, of the command
 * @param outcome final for this {@code at}; {@code null}: it is being carried out
 * @param reason CamelCase
 * @param generation that it made, or tries to make; {@code null}: none was begun
 */
public record ResetStatus(
        String at,
        PromotionStatus.@Nullable Outcome outcome,
        @Nullable String reason,
        @Nullable String message,
        @Nullable Integer generation) {}
