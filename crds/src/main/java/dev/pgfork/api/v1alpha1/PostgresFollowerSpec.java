package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a user wants of a follower. Fields of the instance that are left out are taken from the leader. */
@ValidationRule(
        value = "self.follows == oldSelf.follows",
        message = "spec.follows cannot be changed: make another follower")
@ValidationRule(
        value = "!has(oldSelf.unfollow) || !oldSelf.unfollow || (has(self.unfollow) && self.unfollow)",
        message = "spec.unfollow cannot be taken back: the follower is a database of its own now. Make a new follower")
@ValidationRule(
        value = "!has(self.maxLag) || (!self.maxLag.matches('" + PgforkApi.HUGE + "') && isQuantity(self.maxLag)"
                + " && quantity(self.maxLag).isGreaterThan(quantity('0'))"
                + " && quantity(self.maxLag).isLessThan(quantity('8Ei')))",
        message = "spec.maxLag must be a positive quantity such as 64Mi")
@ValidationRule(
        value = StorageSpec.DOES_NOT_SHRINK,
        message = "spec.storage.size cannot be made smaller or taken away: make another follower")
@ValidationRule(
        value = StorageSpec.SAME_CLASS,
        message = "of spec.storage only the size can be changed: make another follower")
@ValidationRule(
        value = "!has(self.forks) || !has(self.forks.maskedCopy)",
        message = "spec.forks.maskedCopy belongs to a PostgresDatabase")
@SchemaCustomizer(NumbersThatParse.class)
public record PostgresFollowerSpec(
        @Nullable String image,
        @Nullable StorageSpec storage,
        @Nullable ResourceRequirements resources,

        @JsonPropertyDescription("Settings for postgresql.conf, over those that the leader has.") @Nullable
        Map<String, String> parameters,

        @Nullable PodSettings pod,
        @Nullable ServiceSettings service,

        @JsonPropertyDescription("What is followed.") @Required
        LeaderReference follows,

        @JsonPropertyDescription("With more bytes of WAL to replay than this the follower is not ready.")
        @Nullable
        @Default("64Mi")
        String maxLag,

        @JsonPropertyDescription("True, once and for ever: the follower becomes a database of its own.")
        @Nullable
        @Default("false")
        Boolean unfollow,

        @JsonPropertyDescription(
                "What becomes of the volume when this resource is deleted. Unset: Delete while it follows, Retain once it is unfollowed.")
        @Nullable
        DeletionPolicy deletionPolicy,

        @JsonPropertyDescription("What holds for every fork of this follower once it is unfollowed. Until then its"
                + " leader's rules do, and afterwards they do, too, as long as the leader is there.")
        @Nullable
        ForkRules forks)
        implements InstanceSpec {}
