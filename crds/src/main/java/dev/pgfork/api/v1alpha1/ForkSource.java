package dev.pgfork.api.v1alpha1;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The resource, in the fork's own namespace, that a fork is made of. */
public record ForkSource(
        @Nullable @Default("PostgresDatabase") Kind kind,
        @Required @ValidationRule(value = "self != ''", message = "must name the source") String name) {

    /** Kinds that can be forked. */
    public enum Kind {
        PostgresDatabase
    }
}
