package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A dated command: carried out once, when its time has come and is later than that of the last one handled. */
public record Promote(
        @JsonPropertyDescription("The database's own name, or the name of a follower of it.") @Required
        String to,

        @JsonPropertyDescription("RFC 3339. A time that was handled already, or an earlier one, does nothing.")
        @Required
        String at,

        @JsonPropertyDescription("In a failover: promote it although another follower has received more.") @Nullable
        Boolean force,

        @JsonPropertyDescription("In a failover: you vouch for it that the old primary can write no more.") @Nullable
        Boolean fencedExternally) {}
