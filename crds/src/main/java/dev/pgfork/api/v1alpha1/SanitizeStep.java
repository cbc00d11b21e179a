package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL that changes a fork's data before anybody can connect to it. */
@ValidationRule(
        value = "has(self.configMap) != has(self.secret)",
        message = "a sanitize step must have exactly one of configMap and secret")
@ValidationRule(
        value = "!has(self.database) || !self.database.matches('[\\\\x00-\\\\x1f\\\\x7f]|^ | $')",
        message = "database must not contain control characters, nor begin or end with a blank")
public record SanitizeStep(
        @JsonPropertyDescription("Tells the step from others; the status calls it so.")
        @Required
        @Size(max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        String name,

        @JsonPropertyDescription("Database that it is run in. Unset: the one that the source was made with.")
        @Nullable
        @Size(min = 1, max = 63)
        String database,

        @JsonPropertyDescription("Where the SQL is, in the namespace of the resource that the step belongs to.")
        @Nullable
        Key configMap,

        @JsonPropertyDescription("Where the SQL is, if it must not be read by everybody.") @Nullable
        Key secret,

        @JsonPropertyDescription("Owner: the role that owns the database, with its own rights and search_path."
                + " Superuser: postgres, which sees pg_catalog only unless the SQL names schemas.")
        @Nullable
        @Default("Owner")
        As as,

        @JsonPropertyDescription(
                "Whether the step is one transaction. False for what cannot be in one, such as VACUUM.")
        @Nullable
        @Default("true")
        Boolean transaction,

        @JsonPropertyDescription("How long the step may take, for instance 10m.")
        @Nullable
        @Default("10m")
        @Pattern("^[1-9][0-9]{0,3}(s|m)$|^([1-9]|1[0-9]|2[0-4])h$")
        String timeout) {

    /** Whether it must run as one transaction. */
    public boolean runsAsOneTransaction() {
        return !Boolean.FALSE.equals(transaction);
    }

    /** Where the SQL is: one of ConfigMap and Secret is there. */
    public Key source() {
        return Objects.requireNonNull(
                Optional.ofNullable(configMap).orElse(secret), "the API server lets no step without a source in");
    }

    /**
     * Kind, namespace and name of the object with the SQL, and the key in it.
     *
     * @param namespace of the object
     */
    public String location(String namespace) {
        return "%s %s/%s, key %s"
                .formatted(configMap == null ? "Secret" : "ConfigMap", namespace, source().name(), source().key());
    }

    /** A value in a ConfigMap or Secret. */
    public record Key(
            @JsonPropertyDescription("Name of the object.") @Required @Size(min = 1, max = 253)
            String name,

            @JsonPropertyDescription("Key in it whose value is the SQL.") @Required @Size(min = 1, max = 253)
            String key) {}

    /** Who runs it. */
    public enum As {
        Owner,
        Superuser
    }
}
