package dev.pgfork.api.v1alpha1;

/**
 * A primary that is known not to run, which is more than not being seen.
 *
 * @param since RFC 3339; known without a break since then
 * @param reason CamelCase
 */
public record PrimaryOutage(String since, String reason, String message) {}
