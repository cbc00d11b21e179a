package dev.pgfork.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * The volume of an instance.
 *
 * @param size a Kubernetes quantity of bytes, for instance {@code 20Gi}
 */
@ValidationRule(
        value = "!has(self.size) || (isQuantity(self.size) && quantity(self.size).isGreaterThan(quantity('0')))",
        message = "size must be a positive quantity such as 20Gi")
public record StorageSpec(
        @JsonPropertyDescription("Size of the volume, for instance 20Gi. A fork's may be larger than its source's.")
        @Nullable
        String size,

        @JsonPropertyDescription("StorageClass of the volume; unset: the default class (a fork: its source's class).")
        @Nullable
        String storageClassName,

        @JsonPropertyDescription(
                "VolumeSnapshotClass for forks of this volume; unset: the default class of the volume's CSI driver.")
        @Nullable
        String volumeSnapshotClassName,

        @JsonPropertyDescription("Access mode of the volume; ReadWriteOncePod keeps a second server off it.") @Nullable
        AccessMode accessMode) {

    /** Access modes that admit one node at most. */
    public enum AccessMode {
        ReadWriteOncePod,
        ReadWriteOnce
    }
}
