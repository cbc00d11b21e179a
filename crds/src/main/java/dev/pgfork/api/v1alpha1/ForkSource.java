package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The resource that a fork is made of. */
@ValidationRule(value = "self.name != ''", message = "name must name the source")
public record ForkSource(
        @JsonPropertyDescription(
                "PostgresDatabase; PostgresFork, which may be suspended; or PostgresFollower: then its volume is cut,"
                        + " and its leader is not touched.")
        @Nullable
        @Default("PostgresDatabase")
        Kind kind,

        @JsonPropertyDescription("Name of the source.") @Required
        String name,

        @JsonPropertyDescription(
                "Namespace of the source, which must allow forks in this one by its spec.forks.namespaces. Unset: the fork's own.")
        @Nullable
        @Size(max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String namespace) {

    public ForkSource(@Nullable Kind kind, String name) {
        this(kind, name, null);
    }

    /** @param own namespace of the fork */
    public String namespaceOr(String own) {
        return Objects.requireNonNullElse(namespace, own);
    }

    /** Of the resource, as Kubernetes spells it. */
    public String resourceKind() {
        return Objects.requireNonNullElse(kind, Kind.PostgresDatabase).name();
    }

    /** Kinds that can be forked. */
    public enum Kind {
        PostgresDatabase,
        PostgresFork,
        PostgresFollower
    }
}
