package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The resource, in the follower's own namespace, whose writes a follower receives. */
@ValidationRule(value = "self.name != ''", message = "name must name what is followed")
public record LeaderReference(
        @JsonPropertyDescription(
                "PostgresDatabase, PostgresFork, or PostgresFollower (one that is unfollowed: followers are not chained).")
        @Nullable
        @Default("PostgresDatabase")
        Kind kind,

        @JsonPropertyDescription("Name of the resource that is followed.") @Required
        String name) {

    /** The kind that is meant, as Kubernetes spells it. */
    public String resourceKind() {
        return (kind == null ? Kind.PostgresDatabase : kind).name();
    }

    /** Kinds that can be followed. */
    public enum Kind {
        PostgresDatabase,
        PostgresFork,
        PostgresFollower
    }
}
