package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Membership.Stopping;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What a database's objects are rendered from: its spec with the defaults filled in. */
public final class DatabaseResources {
    public static final String DEFAULT_IMAGE = "postgres:17";
    public static final String DEFAULT_NAME = "app";
    private static final String DEFAULT_LOCALE = "C.UTF-8";
    private static final PodSettings NO_POD_SETTINGS =
            new PodSettings(null, null, null, null, null, null, null, null, null);

    static final int FIRST_GENERATION = 1;

    /** Of a volume that is made of somebody's, before it is known of what. Never initdb. */
    static final Seed NOT_COPIED_YET = new Seed.BaseBackup("", 0);

    static final long FIRST_EPOCH = 1;

    private DatabaseResources() {}

    /**
     * The database's own instance, in the role that it has on record.
     *
     * @param resource as the API server has it, so that its schema holds
     */
    public static InstanceTemplate template(PostgresDatabase resource) {
        var own = new OwnInstanceDraft(resource, Instant.EPOCH);
        return template(resource, own.generation(), own.recordedSeed().orElse(NOT_COPIED_YET));
    }

    /** All settings that are wanted of the own instance. */
    static Map<String, String> wantedParameters(PostgresDatabase resource) {
        return Objects.requireNonNullElse(resource.getSpec().parameters(), Map.of());
    }

    /** The same of a generation, made of something, that is not written down yet. */
    static InstanceTemplate template(PostgresDatabase resource, int generation, Seed seed) {
        var spec = resource.getSpec();
        var bootstrap = Optional.ofNullable(spec.bootstrap());
        var storage = spec.storage();
        var status = Objects.requireNonNullElse(resource.getStatus(), PostgresDatabaseStatus.EMPTY);
        var name = resource.getMetadata().getName();
        var primary = Objects.requireNonNullElse(status.primary(), name);
        var isPrimary = primary.equals(name);
        return new InstanceTemplate(
                Owner.of(resource),
                generation,
                Objects.requireNonNullElse(spec.image(), DEFAULT_IMAGE),
                new Quantity(Objects.requireNonNull(storage.size(), "required by the schema")),
                storage.storageClassName(),
                storage.volumeSnapshotClassName(),
                Objects.requireNonNullElse(storage.accessMode(), AccessMode.ReadWriteOncePod),
                Objects.requireNonNullElseGet(spec.resources(), ResourceRequirements::new),
                ProvedParameters.usable(wantedParameters(resource), status.configuration()),
                Objects.requireNonNullElse(spec.pod(), NO_POD_SETTINGS),
                Objects.requireNonNullElseGet(spec.service(), () -> new ServiceSettings(null, null)),
                seed,
                isPrimary ? Role.PRIMARY : Role.STANDBY,
                Objects.requireNonNullElse(status.epoch(), FIRST_EPOCH),
                bootstrap.map(b -> b.database()).orElse(DEFAULT_NAME),
                bootstrap.map(b -> b.owner()).orElse(DEFAULT_NAME),
                Boolean.TRUE.equals(spec.superuserAccess()),
                Membership.independent(Owner.of(resource))
                        .withLeader(isPrimary ? null : primary)
                        .withSynchronous(isPrimary ? SynchronousCommit.parts(status.synchronous(), name) : List.of())
                        .withStopping(stopping(status).getOrDefault(name, Stopping.NO)));
    }

    /**
     * Of what the volume was made where that is not on record: the first one of nothing; of a later one the status was
     * lost, and it needs no more than to be told that it was copied.
     */
    static Seed seedOfNoRecord(PostgresDatabase resource, InstanceStatus instance) {
        var generation = Objects.requireNonNullElse(instance.generation(), FIRST_GENERATION);
        if (generation > FIRST_GENERATION) {
            return new Seed.BaseBackup(
                    Objects.requireNonNullElse(instance.systemIdentifier(), "unknown"),
                    Objects.requireNonNullElse(instance.timeline(), 1));
        }
        var bootstrap = Optional.ofNullable(resource.getSpec().bootstrap());
        return new Seed.InitDb(
                bootstrap.map(b -> b.locale()).orElse(DEFAULT_LOCALE),
                bootstrap.map(b -> b.extensions()).orElse(List.of()));
    }

    /** The database as its followers see it, and its own instance, too, while it is one of them. */
    public static LeaderInstance leader(PostgresDatabase resource) {
        var status = Objects.requireNonNullElse(resource.getStatus(), PostgresDatabaseStatus.EMPTY);
        var template = template(resource)
                .withParameters(ProvedParameters.inheritable(wantedParameters(resource), status.configuration()));
        return new LeaderInstance(
                template,
                Objects.requireNonNullElse(status.primary(), template.owner().name()),
                Objects.requireNonNullElse(status.epoch(), template.epoch()),
                synchronous(status),
                Objects.requireNonNullElse(resource.getSpec().deletionPolicy(), DeletionPolicy.Retain),
                status.changeover() != null,
                stopping(status),
                false,
                !Deletions.remains(resource),
                Conditions.isTrue(status.conditions(), Conditions.READY),
                Conditions.whyNotReady(status.conditions()),
                null);
    }

    /** What the configuration of whoever is the primary has in {@code synchronous_standby_names}. */
    public static List<String> synchronous(PostgresDatabaseStatus status) {
        return SynchronousCommit.parts(status.synchronous(), String.valueOf(status.primary()));
    }

    /** What is wanted of the pods of instances, as far as it is written down; those that are to run are left out. */
    public static Map<String, Stopping> stopping(PostgresDatabaseStatus status) {
        var changeover = status.changeover();
        var failover = changeover == null ? null : changeover.failover();
        if (changeover == null || failover == null || !failover.stopPod()) {
            return Map.of();
        }
        return Map.of(changeover.from(), failover.fencedBy() == null ? Stopping.UNPROVED : Stopping.PROVED);
    }
}
