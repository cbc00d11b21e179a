package dev.pgfork.cli.resource;

import org.jspecify.annotations.Nullable;

/**
 * The resource that another one's data come from.
 *
 * @param uid {@code null}: not on record yet
 */
public record Origin(
        Kind kind, String namespace, String name, @Nullable String uid) {

    /** Whether this is the resource that is meant, and not a later one of the same name. */
    boolean is(PgResource resource) {
        return kind == resource.kind()
                && namespace.equals(resource.namespace())
                && name.equals(resource.name())
                && (uid == null || uid.equals(resource.object().getMetadata().getUid()));
    }
}
