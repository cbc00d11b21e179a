package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the owner of the data demands of every fork, and of forks of these: they may only demand more. */
@ValidationRule(
        value = "!has(self.sanitize) || self.sanitize.all(s, self.sanitize.exists_one(t, t.name == s.name))",
        message = "the names of sanitize steps must differ")
public record ForkRules(
        @JsonPropertyDescription("Where forks may be made. Unset: as the source of this resource's data allows; of a"
                + " database: only in its own namespace.")
        @Nullable
        ForkNamespaces namespaces,

        @JsonPropertyDescription("How many forks of this resource there may be at a time; those that have expired do"
                + " not count. Unset: as many as its source allows of its own forks; of a database: any number.")
        @Nullable
        @Min(0)
        Integer maxForks,

        @JsonPropertyDescription("Steps that every fork must pass before anybody can connect to it, in this order.")
        @Nullable
        @Size(max = 20)
        List<SanitizeStep> sanitize,

        @JsonPropertyDescription("Of a database that demands steps and allows forks in other namespaces: of the masked"
                + " copy <name>-masked in its own namespace, which those are made of.")
        @Nullable
        MaskedCopy maskedCopy) {}
