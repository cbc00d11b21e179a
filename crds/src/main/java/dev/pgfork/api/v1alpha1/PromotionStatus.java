package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * The last promotion that was handled.
 *
 * @param at RFC 3339, of the command
 * @param outcome final for this {@code at}; {@code null}: it is being carried out
 * @param reason CamelCase
 */
public record PromotionStatus(
        String at,
        @Nullable String to,
        @Nullable Outcome outcome,
        @Nullable String reason,
        @Nullable String message) {

    /** How a dated command ended. */
    public enum Outcome {
        Done,
        Refused,
        Aborted
    }
}
