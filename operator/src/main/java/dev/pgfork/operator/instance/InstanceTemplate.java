package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.util.List;
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
 * @param membership whom it follows, and under whose authority
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
        boolean superuserAccess,
        Membership membership) {

    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    public InstanceNames names() {
        return new InstanceNames(owner.name(), generation);
    }

    /** Names of the resource whose authority issues the certificate, and whose clients come here after a changeover. */
    public InstanceNames authorityNames() {
        return new InstanceNames(membership.authority().name(), generation);
    }

    /** @return bytes; empty: the container has no limit */
    public OptionalLong memoryLimit() {
        var limits = resources.getLimits();
        var memory = limits == null ? null : limits.get("memory");
        return memory == null
                ? OptionalLong.empty()
                : OptionalLong.of(Quantity.getAmountInBytes(memory).min(MOST).longValue());
    }

    /** The same with a volume of at least that size. */
    public InstanceTemplate withAtLeast(@Nullable Quantity least) {
        var size = least != null && least.getNumericalAmount().compareTo(storageSize.getNumericalAmount()) > 0
                ? least
                : storageSize;
        return with(size, role, epoch, superuserAccess, membership);
    }

    /**
     * The same, configured for the volume that is there: one that is to grow is smaller than what is wanted, and a
     * claim may ask for more than that.
     */
    public InstanceTemplate on(Optional<PersistentVolumeClaim> volume) {
        return volume.flatMap(ClaimSize::of)
                .map(size -> size.thereOf(storageSize))
                .map(there -> with(there, role, epoch, superuserAccess, membership))
                .orElse(this);
    }

    /** The same, configured for the memory of the pod that runs: the next one may get another. */
    public InstanceTemplate in(Optional<Pod> pod) {
        return pod.filter(running -> !PodRevision.of(running, this)
                        .resources()
                        .equals(PodRevision.of(this).resources()))
                .map(running -> running.getSpec().getContainers().getFirst().getResources())
                .map(this::withResources)
                .orElse(this);
    }

    /** The same with another image; {@code null}: with the same. */
    public InstanceTemplate withImage(@Nullable String changed) {
        return new InstanceTemplate(
                owner,
                generation,
                changed == null ? image : changed,
                storageSize,
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
                superuserAccess,
                membership);
    }

    private InstanceTemplate withResources(ResourceRequirements changed) {
        return new InstanceTemplate(
                owner,
                generation,
                image,
                storageSize,
                storageClassName,
                volumeSnapshotClassName,
                accessMode,
                changed,
                parameters,
                pod,
                service,
                seed,
                role,
                epoch,
                database,
                databaseOwner,
                superuserAccess,
                membership);
    }

    /**
     * The same in another role.
     *
     * @param newLeader name of the instance that a standby follows; {@code null} for a primary
     */
    public InstanceTemplate withRole(Role newRole, long newEpoch, @Nullable String newLeader) {
        var changed = membership.withLeader(newLeader);
        return with(
                storageSize,
                newRole,
                newEpoch,
                superuserAccess,
                newRole == Role.PRIMARY ? changed : changed.withSynchronous(List.of()));
    }

    /** The same with other settings of the user's. */
    public InstanceTemplate withParameters(Map<String, String> changed) {
        return new InstanceTemplate(
                owner,
                generation,
                image,
                storageSize,
                storageClassName,
                volumeSnapshotClassName,
                accessMode,
                resources,
                changed,
                pod,
                service,
                seed,
                role,
                epoch,
                database,
                databaseOwner,
                superuserAccess,
                membership);
    }

    /** The same, reached in another way. */
    public InstanceTemplate withService(ServiceSettings changed) {
        return new InstanceTemplate(
                owner,
                generation,
                image,
                storageSize,
                storageClassName,
                volumeSnapshotClassName,
                accessMode,
                resources,
                parameters,
                pod,
                changed,
                seed,
                role,
                epoch,
                database,
                databaseOwner,
                superuserAccess,
                membership);
    }

    /** The same among other members. */
    public InstanceTemplate withMembership(Membership changed) {
        return with(storageSize, role, epoch, superuserAccess, changed);
    }

    /** The same, whose superuser may log in over the network, or may not. */
    public InstanceTemplate withSuperuserAccess(boolean allowed) {
        return with(storageSize, role, epoch, allowed, membership);
    }

    private InstanceTemplate with(
            Quantity size, Role newRole, long newEpoch, boolean newSuperuserAccess, Membership newMembership) {
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
                newRole,
                newEpoch,
                database,
                databaseOwner,
                newSuperuserAccess,
                newMembership);
    }

    /** Whether the instance is a database's own. A database has a read-only Service. */
    public boolean isDatabase() {
        return isDatabase(owner);
    }

    /**
     * Whether deletionPolicy decides what becomes of the volume: it says whose it is in annotations, because an
     * ownerReference would take the data along when the resource is deleted.
     */
    boolean volumeMayOutliveOwner() {
        return !owner.kind().equals(PostgresFork.KIND);
    }

    static boolean isDatabase(Owner owner) {
        return owner.kind().equals(PostgresDatabase.KIND);
    }

    /** Roles of the source that may log in, beside the owner. */
    List<String> unlockedRoles() {
        return seed instanceof Seed.Snapshot snapshot ? snapshot.roles() : List.of();
    }

    /** The VolumeSnapshot that the volume is made from, if it is. */
    public Optional<String> snapshotName() {
        return switch (seed) {
            case Seed.Snapshot snapshot -> Optional.of(snapshot.snapshotName());
            case Seed.StandbySnapshot snapshot -> Optional.of(snapshot.snapshotName());
            case Seed.InitDb initDb -> Optional.empty();
            case Seed.BaseBackup baseBackup -> Optional.empty();
        };
    }

    /**
     * Whether it is an independent copy of another database: it must never write to that one's archive. A follower goes
     * on with its leader's archive once it is promoted.
     */
    public boolean isIndependentCopy() {
        return seed instanceof Seed.Snapshot;
    }
}
