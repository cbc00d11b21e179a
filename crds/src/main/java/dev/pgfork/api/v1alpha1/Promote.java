package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A dated command: carried out once, when its time has come and is later than that of the last one handled. */
@ValidationRule(
        value = "self.at.matches('" + PgforkApi.TIME + "')",
        message = "spec.promote.at must be a time such as 2026-11-21T10:00:00Z")
@ValidationRule(
        value = "timestamp(self.at) > timestamp('2000-01-01T00:00:00Z')",
        message = "spec.promote.at must be a time that exists, after the year 2000")
public record Promote(
        @JsonPropertyDescription("The database's own name, or the name of a follower of it.") @Required @Size(max = 63)
        String to,

        @JsonPropertyDescription("RFC 3339. A time that was handled already, or an earlier one, does nothing.")
        @Required
        @Size(max = 40)
        String at,

        @JsonPropertyDescription("In a failover: promote it although another follower has received more.") @Nullable
        Boolean force,

        @JsonPropertyDescription("In a failover: you vouch for it that the old primary can write no more.") @Nullable
        Boolean fencedExternally) {}
