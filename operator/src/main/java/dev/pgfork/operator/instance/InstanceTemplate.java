package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the objects of an instance are rendered from, with defaults and inheritance already resolved.
 *
 * @param storageClassName {@code null}: the cluster's default class
 * @param volumeSnapshotClassName for forks of this instance; {@code null}: the default of the volume's driver
 * @param parameters the user's part of postgresql.conf, already checked
 * @param epoch for the first start; later the state file on the volume may know a higher one
 * @param database bootstrap database
 * @param databaseOwner the role that may log in
 */
public record InstanceTemplate(
        Owner owner,
        int generation,
        String image,
        Quantity storageSize,
        @Nullable String storageClassName,
        @Nullable String volumeSnapshotClassName,
        AccessMode accessMode,
        ResourceRequirements resources,
        Map<String, String> parameters,
        PodSettings pod,
        ServiceSettings service,
        Seed seed,
        Role role,
        long epoch,
        String database,
        String databaseOwner,
        boolean superuserAccess) {

    public InstanceNames names() {
        return new InstanceNames(owner.name(), generation);
    }

    /** @return bytes; empty: the container has no limit */
    public OptionalLong memoryLimit() {
        var limits = resources.getLimits();
        var memory = limits == null ? null : limits.get("memory");
        return memory == null
                ? OptionalLong.empty()
                : OptionalLong.of(Quantity.getAmountInBytes(memory).longValue());
    }

    /** The same with a volume of at least that size. */
    public InstanceTemplate withAtLeast(@Nullable Quantity least) {
        var size = least != null && least.getNumericalAmount().compareTo(storageSize.getNumericalAmount()) > 0
                ? least
                : storageSize;
        return new InstanceTemplate(
                owner,
                generation,
                image,
                size,
                storageClassName,
                volumeSnapshotClassName,
                accessMode,
                resources,
                parameters,
                pod,
                service,
                seed,
                role,
                epoch,
                database,
                databaseOwner,
                superuserAccess);
    }

    /**
     * Whether the instance is a database's own. A database has a read-only Service, and its volume may outlive it: the
     * volume says whose it was in annotations instead of being owned.
     */
    public boolean isDatabase() {
        return isDatabase(owner);
    }

    static boolean isDatabase(Owner owner) {
        return owner.kind().equals(PostgresDatabase.KIND);
    }

    /** The snapshot that the volume is made from, if it is. */
    public Optional<Seed.Snapshot> snapshot() {
        return seed instanceof Seed.Snapshot snapshot ? Optional.of(snapshot) : Optional.empty();
    }
}
