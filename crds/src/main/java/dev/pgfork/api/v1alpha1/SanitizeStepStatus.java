package dev.pgfork.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * A sanitize step that applies to a fork, as it was when the fork was cut: what is changed or removed in a spec
 * afterwards changes nothing for this fork.
 *
 * @param step as its spec had it
 * @param origin whose it is
 * @param namespace that its ConfigMap or Secret is in
 * @param seconds how long it took
 * @param startedAt RFC 3339, when it was begun last
 * @param sqlHash SHA-256 of the SQL that was run last
 */
public record SanitizeStepStatus(
        @Nullable SanitizeStep step,
        @Nullable Origin origin,
        @Nullable String namespace,
        @Nullable State state,
        @Nullable String startedAt,
        @Nullable Double seconds,
        @Nullable String sqlHash) {

    /** Whose step it is: the source's come first. */
    public enum Origin {
        Source,
        Own
    }

    /** How far it is. */
    public enum State {
        Pending,
        Running,
        Failed,
        Done
    }
}
