package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** Commits wait until followers have them on their disks. */
public record Synchronous(
        @JsonPropertyDescription("How many followers must have a commit before it is acknowledged.")
        @Nullable
        @Default("1")
        @Min(1)
        @Max(100)
        Integer required,

        @JsonPropertyDescription("Block: while fewer followers stream, commits wait. Continue: they do not, and may be"
                + " lost in a failover.")
        @Nullable
        @Default("Block")
        WhenUnavailable whenUnavailable) {

    /** What becomes of commits while too few followers stream. */
    public enum WhenUnavailable {
        Block,
        Continue
    }
}
