package dev.pgfork.operator.cut;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.InstanceSpec;
import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.storage.Snapshots;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Fills in what a copy takes from its source, and renders its instance from that. */
public final class Inheritance {
    private static final PodSettings NO_POD_SETTINGS =
            new PodSettings(null, null, null, null, null, null, null, null, null);

    private Inheritance() {}

    /**
     * Labels and annotations of the source's pod and Services are not inherited: a Service of the user's, a DNS name or
     * a load balancer of production must not find the copy by them.
     *
     * @param volume of the source; empty: not known yet
     * @param inherited which parameters of the source are; the copy's own go over them, see {@link #parameters}
     */
    public static EffectiveSettings effective(
            InstanceSpec spec, InstanceTemplate source, Optional<SourceVolume> volume, Predicate<String> inherited) {
        return new EffectiveSettings(
                Objects.requireNonNullElse(spec.image(), source.image()),
                storage(spec.storage(), source, volume),
                Objects.requireNonNullElse(spec.resources(), source.resources()),
                inherited(source.parameters(), inherited),
                pod(spec, source),
                Objects.requireNonNullElseGet(spec.service(), () -> new ServiceSettings(null, null)),
                source.database(),
                source.databaseOwner());
    }

    /**
     * An independent primary of the first epoch with what is inherited; its own parameters, role and membership are for
     * the caller to change.
     */
    public static InstanceTemplate template(Owner owner, int generation, EffectiveSettings effective, Seed seed) {
        var storage = Objects.requireNonNull(effective.storage(), "recorded before the cut");
        return new InstanceTemplate(
                owner,
                generation,
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
                1,
                Objects.requireNonNull(effective.database(), "recorded before the cut"),
                Objects.requireNonNull(effective.owner(), "recorded before the cut"),
                false,
                Membership.independent(owner));
    }

    /** The size that a copy's own spec asks for; {@code null}: none. */
    public static @Nullable Quantity size(@Nullable StorageSpec wanted) {
        return wanted == null || wanted.size() == null ? null : new Quantity(wanted.size());
    }

    private static StorageSpec storage(
            @Nullable StorageSpec wanted, InstanceTemplate source, Optional<SourceVolume> volume) {
        var own = Objects.requireNonNullElse(wanted, new StorageSpec(null, null, null, null));
        var size = size(own);
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

    /**
     * With a copy's own settings as they are in its spec, which may change; the rest is of when it was made, and so are
     * its volume's.
     */
    public static InstanceTemplate template(
            Owner owner, int generation, EffectiveSettings effective, Seed seed, InstanceSpec spec) {
        var present = effective.inheriting(
                spec.image() != null ? spec.image() : effective.image(),
                spec.resources() != null ? spec.resources() : effective.resources(),
                spec.pod() != null ? spec.pod() : effective.pod());
        return template(owner, generation, present, seed)
                .withParameters(parameters(spec, effective.parameters()))
                .withService(Objects.requireNonNullElseGet(spec.service(), () -> new ServiceSettings(null, null)));
    }

    /** What a copy's pod is made of while it has a leader: what is not its own is that one's, as it is now. */
    public static EffectiveSettings following(InstanceSpec spec, EffectiveSettings noted, InstanceTemplate leader) {
        return noted.inheriting(
                Objects.requireNonNullElse(spec.image(), leader.image()),
                Objects.requireNonNullElse(spec.resources(), leader.resources()),
                spec.pod() != null
                        ? spec.pod()
                        : scheduling(leader.pod(), leader.pod().disruptionBudget()));
    }

    /** The pod settings of a copy: its own, or where and how its source's pod is scheduled. */
    public static PodSettings pod(InstanceSpec spec, InstanceTemplate source) {
        return spec.pod() != null ? spec.pod() : scheduling(source.pod(), null);
    }

    private static Map<String, String> inherited(Map<String, String> source, Predicate<String> inherited) {
        var all = new TreeMap<>(source);
        all.keySet().removeIf(name -> !inherited.test(name));
        return all;
    }

    /** Those that are inherited, with a copy's own over them. */
    public static Map<String, String> parameters(InstanceSpec spec, @Nullable Map<String, String> inherited) {
        var all = new TreeMap<>(Objects.requireNonNullElse(inherited, Map.<String, String>of()));
        all.putAll(Objects.requireNonNullElse(spec.parameters(), Map.of()));
        return all;
    }

    private static PodSettings scheduling(PodSettings source, @Nullable Boolean disruptionBudget) {
        return new PodSettings(
                null,
                null,
                source.nodeSelector(),
                source.affinity(),
                source.tolerations(),
                source.topologySpreadConstraints(),
                source.priorityClassName(),
                source.imagePullSecrets(),
                disruptionBudget);
    }
}
