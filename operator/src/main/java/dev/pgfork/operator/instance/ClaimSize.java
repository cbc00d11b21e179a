package dev.pgfork.operator.instance;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimSpec;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.VolumeResourceRequirements;
import java.util.Optional;

/**
 * The size of a volume.
 *
 * @param requested what its claim asks for
 * @param capacity what it has; empty: it is not bound yet
 */
public record ClaimSize(Quantity requested, Optional<Quantity> capacity) {
    public static final String STORAGE = "storage";

    /** @return empty: the claim does not say what it asks for, as only one that nobody can bind does not */
    public static Optional<ClaimSize> of(PersistentVolumeClaim claim) {
        return Optional.ofNullable(claim.getSpec())
                .map(PersistentVolumeClaimSpec::getResources)
                .map(VolumeResourceRequirements::getRequests)
                .map(requests -> requests.get(STORAGE))
                .map(requested -> new ClaimSize(requested, capacity(claim)));
    }

    private static Optional<Quantity> capacity(PersistentVolumeClaim claim) {
        return Optional.ofNullable(claim.getStatus())
                .map(PersistentVolumeClaimStatus::getCapacity)
                .map(capacity -> capacity.get(STORAGE));
    }

    /** What is there by now, as far as it is known. */
    public Quantity there() {
        return capacity.orElse(requested);
    }

    /** What is there of what is wanted, or of what is asked for, if that is more. */
    Quantity thereOf(Quantity wanted) {
        var target = less(wanted, requested) ? requested : wanted;
        return less(there(), target) ? there() : target;
    }

    /** Whether the claim does not even ask for that much. */
    public boolean asksForLessThan(Quantity wanted) {
        return less(requested, wanted);
    }

    /** Whether the volume is bound, and smaller than its claim asks for. */
    public boolean isGrowing() {
        return capacity.filter(has -> less(has, requested)).isPresent();
    }

    public static boolean less(Quantity one, Quantity other) {
        return Quantity.getAmountInBytes(one).compareTo(Quantity.getAmountInBytes(other)) < 0;
    }
}
