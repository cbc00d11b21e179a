package dev.pgfork.operator.storage;

import io.fabric8.kubernetes.api.model.CSIPersistentVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The volume that is to be cut.
 *
 * @param claim name of the PersistentVolumeClaim
 * @param requested size that the claim asked for
 * @param capacity of the volume that is bound to it; the storage may have rounded the request up
 * @param driver name of its CSI driver; {@code null}: not a CSI volume
 * @param handle what the driver calls it, and no other volume of any time; {@code null}: not a CSI volume
 */
public record SourceVolume(
        String claim,
        Quantity requested,
        Quantity capacity,
        @Nullable String storageClassName,
        @Nullable String driver,
        @Nullable String handle) {

    private static final String SIZE = "storage";

    /** @return empty while the two are not bound to each other */
    public static Optional<SourceVolume> of(PersistentVolumeClaim claim, PersistentVolume volume) {
        var reference = volume.getSpec().getClaimRef();
        var bound = Objects.equals(
                        claim.getSpec().getVolumeName(), volume.getMetadata().getName())
                && reference != null
                && Objects.equals(reference.getUid(), claim.getMetadata().getUid());
        if (!bound) {
            return Optional.empty();
        }
        var capacity = volume.getSpec().getCapacity().get(SIZE);
        var requested = claim.getSpec().getResources().getRequests().get(SIZE);
        if (capacity == null || requested == null) {
            return Optional.empty();
        }
        var csi = Optional.ofNullable(volume.getSpec().getCsi());
        return Optional.of(new SourceVolume(
                claim.getMetadata().getName(),
                requested,
                capacity,
                claim.getSpec().getStorageClassName(),
                csi.map(CSIPersistentVolumeSource::getDriver).orElse(null),
                csi.map(CSIPersistentVolumeSource::getVolumeHandle).orElse(null)));
    }
}
