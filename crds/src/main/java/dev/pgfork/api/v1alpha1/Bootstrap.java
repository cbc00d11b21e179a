package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is made in a new, empty database. */
@ValidationRule(
        value = "!has(self.database) || (self.database.matches('^[a-z_][a-z0-9_]{0,62}$')"
                + " && !(self.database in ['postgres', 'template0', 'template1']))",
        message = "database must be a lower case identifier and not postgres, template0 or template1")
@ValidationRule(
        value = "!has(self.owner) || (self.owner.matches('^[a-z_][a-z0-9_]{0,62}$')"
                + " && !self.owner.startsWith('pg_') && !(self.owner in ['postgres', 'pgfork', 'public', 'none']))",
        message = "owner must be a lower case identifier, not postgres, pgfork, public or none, and not start with pg_")
@ValidationRule(
        value = "!has(self.extensions) || self.extensions.all(e, e.matches('^[a-z_][a-z0-9_-]{0,62}$'))",
        message = "extensions must be names of extensions")
@ValidationRule(
        value = "!has(self.locale) || self.locale.matches('^[A-Za-z0-9_.@-]{1,64}$')",
        message = "locale must be the name of a locale")
public record Bootstrap(
        @JsonPropertyDescription("Name of the database.") @Nullable @Default("app")
        String database,

        @JsonPropertyDescription("Role that owns the database and whose password is in the Secret <name>-app.")
        @Nullable
        @Default("app")
        String owner,

        @JsonPropertyDescription("Extensions to create in the database.") @Nullable @Size(max = 64)
        List<@Size(max = 63) String> extensions,

        @JsonPropertyDescription("Locale of the cluster, as initdb takes it.") @Nullable @Default("C.UTF-8")
        String locale) {}
