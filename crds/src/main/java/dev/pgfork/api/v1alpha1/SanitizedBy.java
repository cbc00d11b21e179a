package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * A sanitize step that the data of a fork has passed.
 *
 * @param name of the step
 * @param origin whose step it was
 * @param fork name of the fork that passed it: this one, or one that it comes from
 * @param sqlHash SHA-256 of the SQL
 * @param location of the SQL, as {@link SanitizeStep#location} says it
 */
public record SanitizedBy(
        @Nullable String name,
        SanitizeStepStatus.@Nullable Origin origin,
        @Nullable String fork,
        @Nullable String sqlHash,
        @Nullable String location) {

    /**
     * Whether it is this step of a source. Its name alone does not tell: somebody else may call another one the same.
     *
     * @param namespace of the SQL
     */
    public boolean isOfSource(String namespace, SanitizeStep step) {
        return origin == SanitizeStepStatus.Origin.Source
                && step.name().equals(name)
                && step.location(namespace).equals(location);
    }
}
