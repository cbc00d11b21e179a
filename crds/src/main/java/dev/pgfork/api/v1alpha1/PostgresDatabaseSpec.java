package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a user wants of a database. */
@ValidationRule(
        value = "(" + StorageSpec.DOES_NOT_SHRINK + ") || " + PostgresDatabaseSpec.REMOVED,
        message = "spec.storage.size cannot be made smaller while spec.ownInstance is Running: move to a smaller"
                + " follower, set spec.ownInstance to Removed, and change it then")
@ValidationRule(
        value = "(" + StorageSpec.SAME_CLASS + ") || " + PostgresDatabaseSpec.REMOVED,
        message = "of spec.storage only the size can be changed while spec.ownInstance is Running: move to a follower,"
                + " set spec.ownInstance to Removed, and change the rest then")
@ValidationRule(
        value = "has(self.bootstrap) == has(oldSelf.bootstrap)"
                + " && (!has(self.bootstrap) || self.bootstrap == oldSelf.bootstrap)",
        message = "spec.bootstrap is used once, when the database is made, and cannot be changed")
@ValidationRule(value = "has(self.storage.size)", message = "spec.storage.size is required, for instance 20Gi")
@SchemaCustomizer(NumbersThatParse.class)
public record PostgresDatabaseSpec(
        @JsonPropertyDescription("Image laid out like the official postgres image.") @Nullable @Default("postgres:17")
        String image,

        @JsonPropertyDescription("The volume.") @Required StorageSpec storage,
        @Nullable ResourceRequirements resources,

        @JsonPropertyDescription("Settings for postgresql.conf. What pgfork sets itself is refused.") @Nullable
        Map<String, String> parameters,

        @Nullable PodSettings pod,
        @Nullable ServiceSettings service,

        @JsonPropertyDescription("What is made in a new database.") @Nullable @Default("{}")
        Bootstrap bootstrap,

        @JsonPropertyDescription("Let the superuser postgres in over the network, with the Secret <name>-superuser.")
        @Nullable
        @Default("false")
        Boolean superuserAccess,

        @JsonPropertyDescription("What becomes of the volume when this resource is deleted.")
        @Nullable
        @Default("Retain")
        DeletionPolicy deletionPolicy,

        @JsonPropertyDescription("Makes another instance the primary, once.") @Nullable
        Promote promote,

        @JsonPropertyDescription("What happens when the primary is down.") @Nullable
        Failover failover,

        @JsonPropertyDescription("Whether commits wait for followers. Unset: they wait for nobody.") @Nullable
        Synchronous synchronous,

        @JsonPropertyDescription(
                "Removed ends a move to another plan or storage class: while another instance is the primary, this one's"
                        + " pod and volume go, and all of storage may be changed.")
        @Nullable
        @Default("Running")
        OwnInstance ownInstance,

        @JsonPropertyDescription("What holds for every fork of this database.") @Nullable
        ForkRules forks)
        implements InstanceSpec {

    /** That the own instance is gone, or was until now: what it is made of may be changed, then or with its return. */
    static final String REMOVED = "(has(self.ownInstance) && self.ownInstance == 'Removed')"
            + " || (has(oldSelf.ownInstance) && oldSelf.ownInstance == 'Removed')";
}
