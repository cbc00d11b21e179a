package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * A sanitize step that the data of a fork has passed.
 *
 * @param name of the step
 * @param origin whose step it was
 * @param fork name of the fork that passed it: this one, or one that it comes from
 * @param sqlHash SHA-256 of the SQL
 */
public record SanitizedBy(
        @Nullable String name,
        SanitizeStepStatus.@Nullable Origin origin,
        @Nullable String fork,
        @Nullable String sqlHash) {}
