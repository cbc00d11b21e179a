package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who gets into a fork beside the owner of its database. */
@ValidationRule(
        value = "!has(self.roles) || self.roles.all(r, r.matches('^[a-zA-Z_][a-zA-Z0-9_-]{0,62}$')"
                + " && !r.startsWith('pg_') && !r.startsWith('pgfork') && r != 'postgres')",
        message = "access.roles must be names of roles of letters, digits, _ and -, not postgres,"
                + " and not start with pg_ or pgfork")
@ValidationRule(
        value = "!has(self.roles) || self.roles.all(r, self.roles.exists_one(t, t == r))",
        message = "the roles of access.roles must differ")
public record ForkAccess(
        @JsonPropertyDescription(
                "Roles of the source that can log in to the fork, too: each with a new password, which is"
                        + " in the Secret <name>-roles under unlocked.<role>.password. All other roles stay locked.")
        @Nullable
        @Size(max = 20)
        List<@Size(max = 63) String> roles) {}
