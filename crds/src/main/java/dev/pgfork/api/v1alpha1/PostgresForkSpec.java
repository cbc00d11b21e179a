package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a user wants of a fork. Fields of the instance that are left out are taken from the source. */
@ValidationRule(value = "self.from == oldSelf.from", message = "spec.from cannot be changed: make another fork")
@ValidationRule(
        value = StorageSpec.DOES_NOT_SHRINK,
        message = "spec.storage.size cannot be made smaller or taken away: make another fork")
@ValidationRule(
        value = StorageSpec.SAME_CLASS,
        message = "of spec.storage only the size can be changed: make another fork")
@ValidationRule(
        value = "has(self.access) == has(oldSelf.access) && (!has(self.access) || self.access == oldSelf.access)",
        message = "spec.access cannot be changed: make another fork")
@ValidationRule(
        value = "!has(self.ttl) || (self.ttl.matches('^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$')"
                + " && self.ttl != '' && duration(self.ttl) >= duration('1s')"
                + " && duration(self.ttl) <= duration('87600h'))",
        message = "spec.ttl must be a duration of 1s to 87600h, such as 72h or 1h30m")
@ValidationRule(
        value = "!has(self.resetAt) || self.resetAt.matches('" + PgforkApi.TIME + "')",
        message = "spec.resetAt must be a time such as 2026-11-21T10:00:00Z")
@ValidationRule(
        value = "!has(self.resetAt) || timestamp(self.resetAt) > timestamp('2000-01-01T00:00:00Z')",
        message = "spec.resetAt must be a time that exists, after the year 2000")
@ValidationRule(
        value = "!has(self.sanitize) || self.sanitize.all(s, self.sanitize.exists_one(t, t.name == s.name))",
        message = "the names of sanitize steps must differ")
@ValidationRule(
        value = "!has(self.forks) || !has(self.forks.maskedCopy)",
        message = "spec.forks.maskedCopy belongs to a PostgresDatabase")
@SchemaCustomizer(NumbersThatParse.class)
public record PostgresForkSpec(
        @Nullable String image,
        @Nullable StorageSpec storage,
        @Nullable ResourceRequirements resources,

        @JsonPropertyDescription("Settings for postgresql.conf, over those that the source has.") @Nullable
        Map<String, String> parameters,

        @Nullable PodSettings pod,
        @Nullable ServiceSettings service,

        @JsonPropertyDescription("What is forked.") @Required
        ForkSource from,

        @JsonPropertyDescription(
                "Whether the source runs a CHECKPOINT before the cut. Auto: unless little was written since the last one.")
        @Nullable
        @Default("Auto")
        CheckpointPolicy checkpoint,

        @JsonPropertyDescription(
                "How long the fork lives, from Ready or the last reset, for instance 72h: then its data"
                        + " is deleted; this resource, its Service and its Secret stay. Unset: until it is deleted.")
        @Nullable
        @Size(max = 30)
        String ttl,

        @JsonPropertyDescription("True: no pod, and the data is kept. The time to live runs on.")
        @Nullable
        @Default("false")
        Boolean suspend,

        @JsonPropertyDescription(
                "RFC 3339. Once, when this time has come: the fork is made again of what its source is then,"
                        + " under the same Service and Secret. A time that was handled already, or an earlier one, does nothing.")
        @Nullable
        @Size(max = 40)
        String resetAt,

        @JsonPropertyDescription("Steps that this fork passes before anybody can connect to it, in this order, after"
                + " those that its source demands. What counts is how they are when the fork is cut.")
        @Nullable
        @Size(max = 20)
        List<SanitizeStep> sanitize,

        @JsonPropertyDescription(
                "Who gets in beside the owner of the database, whose password is in the Secret <name>-app.")
        @Nullable
        ForkAccess access,

        @JsonPropertyDescription("What holds for every fork of this fork, besides what its source demands of forks.")
        @Nullable
        ForkRules forks)
        implements InstanceSpec {}
