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
        value = "!has(self.size) || (!self.size.matches('" + PgforkApi.HUGE + "') && isQuantity(self.size)"
                + " && quantity(self.size).isGreaterThan(quantity('0'))"
                + " && quantity(self.size).isLessThan(quantity('8Ei')))",
        message = "size must be a positive quantity such as 20Gi")
public record StorageSpec(
        @JsonPropertyDescription(
                "Size of the volume, for instance 20Gi. It may grow, where the StorageClass allows it. A fork's may be larger than its source's.")
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

    private static final String IS = "self.storage";
    private static final String WAS = "oldSelf.storage";

    /** Rules stand on the spec: one on the field itself would not be run when it is added or taken away. */
    static final String DOES_NOT_SHRINK = "!has(" + WAS + ") || !has(" + WAS + ".size) || (has(" + IS + ") && has(" + IS
            + ".size) && (!isQuantity(" + IS + ".size) || quantity(" + IS + ".size).compareTo(quantity(" + WAS
            + ".size)) >= 0))";

    private static final String CLASS = ".storageClassName";
    private static final String SNAPSHOT_CLASS = ".volumeSnapshotClassName";
    private static final String MODE = ".accessMode";

    /** All but the size is as it was. */
    static final String SAME_CLASS = "((has(" + IS + ") && has(" + IS + CLASS + ")) == (has(" + WAS + ") && has(" + WAS
            + CLASS + ")) && (!has(" + IS + ") || !has(" + IS + CLASS + ") || " + IS + CLASS + " == " + WAS + CLASS
            + ")) && ((has(" + IS + ") && has(" + IS + SNAPSHOT_CLASS + ")) == (has(" + WAS + ") && has(" + WAS
            + SNAPSHOT_CLASS + ")) && (!has(" + IS + ") || !has(" + IS + SNAPSHOT_CLASS + ") || " + IS + SNAPSHOT_CLASS
            + " == " + WAS + SNAPSHOT_CLASS + ")) && ((has(" + IS + ") && has(" + IS + MODE + ")) == (has(" + WAS
            + ") && has(" + WAS + MODE + ")) && (!has(" + IS + ") || !has(" + IS + MODE + ") || " + IS + MODE + " == "
            + WAS + MODE + "))";

    /** Access modes that admit one node at most. */
    public enum AccessMode {
        ReadWriteOncePod,
        ReadWriteOnce
    }
}
