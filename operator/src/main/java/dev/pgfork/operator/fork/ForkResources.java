package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.storage.Snapshots;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a fork's objects are rendered from: its spec, with what it leaves out taken from the source. */
public final class ForkResources {
    static final int GENERATION = 1;
    static final long FIRST_EPOCH = 1;
    private static final PodSettings NO_POD_SETTINGS = new PodSettings(null, null, null, null, null, null, null, null);

    private static final Seed.Snapshot NOT_CUT_YET = new Seed.Snapshot("", "", new Lsn(0), 0);

    private ForkResources() {}

    /**
     * Fills in what the fork inherits. Labels and annotations of the source's pod and Services are not inherited: a
     * Service of the user's, a DNS name or a load balancer of production must not find the fork by them. Nor are
     * archive settings: a fork never archives.
     */
    static EffectiveSettings effective(PostgresForkSpec spec, InstanceTemplate source, Optional<SourceVolume> volume) {
        return new EffectiveSettings(
                Objects.requireNonNullElse(spec.image(), source.image()),
                storage(spec.storage(), source, volume),
                Objects.requireNonNullElse(spec.resources(), source.resources()),
                parameters(spec.parameters(), source.parameters()),
                spec.pod() != null ? spec.pod() : scheduling(source.pod()),
                Objects.requireNonNullElseGet(spec.service(), () -> new ServiceSettings(null, null)),
                source.database(),
                source.databaseOwner());
    }

    /** For what is made before the cut and does not depend on it. */
    static InstanceTemplate early(PostgresFork fork, EffectiveSettings effective) {
        return template(fork, effective, NOT_CUT_YET);
    }

    /** @param seed of the volume; only what is made before the cut may be rendered from one that is not known yet */
    static InstanceTemplate template(PostgresFork fork, EffectiveSettings effective, Seed.Snapshot seed) {
        var storage = Objects.requireNonNull(effective.storage(), "recorded before the cut");
        return new InstanceTemplate(
                Owner.of(fork),
                GENERATION,
                Objects.requireNonNull(effective.image(), "recorded before the cut"),
                new Quantity(Objects.requireNonNull(storage.size(), "recorded before the cut")),
                storage.storageClassName(),
                storage.volumeSnapshotClassName(),
                Objects.requireNonNullElse(storage.accessMode(), AccessMode.ReadWriteOncePod),
                Objects.requireNonNullElseGet(effective.resources(), ResourceRequirements::new),
                Objects.requireNonNullElse(effective.parameters(), Map.of()),
                Objects.requireNonNullElse(effective.pod(), NO_POD_SETTINGS),
                Objects.requireNonNullElseGet(effective.service(), () -> new ServiceSettings(null, null)),
                seed,
                Role.PRIMARY,
                FIRST_EPOCH,
                Objects.requireNonNull(effective.database(), "recorded before the cut"),
                Objects.requireNonNull(effective.owner(), "recorded before the cut"),
                false,
                Membership.independent(Owner.of(fork)));
    }

    /** @return the template as it was noted before the cut; empty: nothing is noted yet */
    static Optional<InstanceTemplate> recorded(PostgresFork fork, PostgresForkStatus status) {
        var source = status.source();
        var instance = status.instance();
        var effective = status.effective();
        if (source == null || source.lsnBefore() == null || instance == null || effective == null) {
            return Optional.empty();
        }
        var seed = new Seed.Snapshot(
                snapshotName(fork, Objects.requireNonNullElse(status.cutAttempt(), 1)),
                Objects.requireNonNull(instance.systemIdentifier(), "noted before the cut"),
                Lsn.parse(source.lsnBefore()),
                Objects.requireNonNull(source.timeline(), "noted before the cut"));
        return Optional.of(template(fork, effective, seed));
    }

    /** A discarded cut is never confused with the next one: each has a name of its own. */
    static String snapshotName(PostgresFork fork, int attempt) {
        return fork.getMetadata().getName() + "-g" + GENERATION + "-cut" + attempt;
    }

    static VolumeSnapshot snapshot(PostgresFork fork, int attempt, SourceVolume source, String className) {
        return Snapshots.snapshot(Owner.of(fork), snapshotName(fork, attempt), source.claim(), className);
    }

    private static StorageSpec storage(
            @Nullable StorageSpec wanted, InstanceTemplate source, Optional<SourceVolume> volume) {
        var own = Objects.requireNonNullElse(wanted, new StorageSpec(null, null, null, null));
        var size = own.size() == null ? null : new Quantity(own.size());
        return new StorageSpec(
                volume.map(existing -> Snapshots.volumeSize(size, existing, null))
                        .orElse(Objects.requireNonNullElse(size, source.storageSize()))
                        .toString(),
                own.storageClassName() != null ? own.storageClassName() : source.storageClassName(),
                own.volumeSnapshotClassName() != null
                        ? own.volumeSnapshotClassName()
                        : source.volumeSnapshotClassName(),
                Objects.requireNonNullElse(own.accessMode(), source.accessMode()));
    }

    private static Map<String, String> parameters(@Nullable Map<String, String> own, Map<String, String> source) {
        var all = new TreeMap<>(source);
        all.keySet().removeIf(name -> name.startsWith("archive_"));
        all.putAll(Objects.requireNonNullElse(own, Map.of()));
        return all;
    }

    private static PodSettings scheduling(PodSettings source) {
        return new PodSettings(
                null,
                null,
                source.nodeSelector(),
                source.affinity(),
                source.tolerations(),
                source.topologySpreadConstraints(),
                source.priorityClassName(),
                source.imagePullSecrets());
    }
}
