package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is made in a new, empty database. */
public record Bootstrap(
        @JsonPropertyDescription("Name of the database.")
        @Nullable
        @Default("app")
        @ValidationRule(
                value = "self.matches('^[a-z_][a-z0-9_]{0,62}$') && !(self in ['postgres', 'template0', 'template1'])",
                message = "must be a lower case identifier and not postgres, template0 or template1")
        String database,
        @JsonPropertyDescription("Role that owns the database and whose password is in the Secret <name>-app.")
        @Nullable
        @Default("app")
        @ValidationRule(
                value = "self.matches('^[a-z_][a-z0-9_]{0,62}$') && !self.startsWith('pg_')"
                        + " && !(self in ['postgres', 'pgfork', 'public', 'none'])",
                message = "must be a lower case identifier, not postgres, pgfork, public or none, and not start with pg_")
        String owner,
        @JsonPropertyDescription("Extensions to create in the database.")
        @Nullable
        @ValidationRule(
                value = "self.all(e, e.matches('^[a-z_][a-z0-9_-]{0,62}$'))",
                message = "must be names of extensions")
        List<String> extensions,
        @JsonPropertyDescription("Locale of the cluster, as initdb takes it.")
        @Nullable
        @Default("C.UTF-8")
        @ValidationRule(value = "self.matches('^[A-Za-z0-9_.@-]{1,64}$')", message = "must be the name of a locale")
        String locale) {}
