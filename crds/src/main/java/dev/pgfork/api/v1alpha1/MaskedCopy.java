package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/** The copy that has passed all steps, and that forks in other namespaces are made of. */
public record MaskedCopy(
        @JsonPropertyDescription("How old its data may get before it is made again, for instance 24h or 90m.")
        @Nullable
        @Default("24h")
        @Pattern("^[1-9][0-9]{0,4}(m|h)$")
        String maxAge) {}
