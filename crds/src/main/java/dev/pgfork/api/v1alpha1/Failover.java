package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/** What happens when the primary is down. */
public record Failover(
        @JsonPropertyDescription("Manual: spec.promote says which follower takes over. Automatic: the one that has"
                + " received most takes over by itself.")
        @Nullable
        @Default("Manual")
        Mode mode,

        @JsonPropertyDescription("Automatic: how long the primary must be known to be down, for instance 30s.")
        @Nullable
        @Default("30s")
        @Pattern("^[1-9][0-9]{0,4}(s|m|h)$")
        String after) {

    /** Who decides. */
    public enum Mode {
        Manual,
        Automatic
    }
}
