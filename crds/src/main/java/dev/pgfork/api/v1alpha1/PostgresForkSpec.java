package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a user wants of a fork. Fields of the instance that are left out are taken from the source. */
@ValidationRule(value = "self.from == oldSelf.from", message = "spec.from cannot be changed: make another fork")
@ValidationRule(
        value = "has(self.image) == has(oldSelf.image) && (!has(self.image) || self.image == oldSelf.image)",
        message = "spec.image cannot be changed: make another fork")
@ValidationRule(
        value = "has(self.storage) == has(oldSelf.storage) && (!has(self.storage) || self.storage == oldSelf.storage)",
        message = "spec.storage cannot be changed: make another fork")
@ValidationRule(
        value = "has(self.resources) == has(oldSelf.resources)"
                + " && (!has(self.resources) || self.resources == oldSelf.resources)",
        message = "spec.resources cannot be changed: make another fork")
@ValidationRule(
        value = "has(self.parameters) == has(oldSelf.parameters)"
                + " && (!has(self.parameters) || self.parameters == oldSelf.parameters)",
        message = "spec.parameters cannot be changed: make another fork")
@ValidationRule(
        value = "has(self.pod) == has(oldSelf.pod) && (!has(self.pod) || self.pod == oldSelf.pod)",
        message = "spec.pod cannot be changed: make another fork")
@ValidationRule(
        value = "has(self.service) == has(oldSelf.service) && (!has(self.service) || self.service == oldSelf.service)",
        message = "spec.service cannot be changed: make another fork")
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
        CheckpointPolicy checkpoint)
        implements InstanceSpec {}
