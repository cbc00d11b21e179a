package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the owner of the data demands of every fork. */
@ValidationRule(
        value = "!has(self.sanitize) || self.sanitize.all(s, self.sanitize.exists_one(t, t.name == s.name))",
        message = "the names of sanitize steps must differ")
public record ForkRules(
        @JsonPropertyDescription("Steps that every fork must pass before anybody can connect to it, in this order.")
        @Nullable
        @Size(max = 20)
        List<SanitizeStep> sanitize) {}
