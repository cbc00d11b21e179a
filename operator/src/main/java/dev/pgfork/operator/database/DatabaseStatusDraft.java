package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.BindingStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.LastFailover;
import dev.pgfork.api.v1alpha1.OwnInstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PrimaryOutage;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.SynchronousStatus;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.action.VolumePlanner;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.status.Conditions;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The status of a database while the planner decides it: starts as the last one and ends as the next. */
final class DatabaseStatusDraft {
    private static final InstanceStatus NO_INSTANCE = new InstanceStatus(null, null, null, null, null, null, null);

    private final PostgresDatabaseStatus before;
    private final @Nullable Long generation;
    private final boolean hadData;
    private InstanceStatus instance;

    private @Nullable BindingStatus binding;
    private @Nullable Integer followers;
    private @Nullable Integer forks;
    private boolean holdsData;
    final Conditions conditions;
    DatabasePhase phase;

    /** Name of the instance; {@code null} while it is not known. */
    @Nullable
    String primary;

    long epoch;

    @Nullable
    PromotionStatus promotion;

    @Nullable
    ChangeoverStatus changeover;

    @Nullable
    SynchronousStatus synchronous;

    @Nullable
    PrimaryPosition lastSeen;

    @Nullable
    PrimaryOutage outage;

    @Nullable
    LastFailover failover;

    private @Nullable OwnInstanceStatus ownInstance;

    @Nullable
    ConfigurationStatus configuration;

    DatabaseStatusDraft(PostgresDatabase resource, Instant now) {
        before = Objects.requireNonNullElse(resource.getStatus(), PostgresDatabaseStatus.EMPTY);
        generation = resource.getMetadata().getGeneration();
        instance = Objects.requireNonNullElse(before.instance(), NO_INSTANCE);
        hadData = instance.systemIdentifier() != null;
        binding = before.binding();
        followers = before.followers();
        forks = before.forks();
        conditions = new Conditions(before.conditions(), Objects.requireNonNullElse(generation, 0L), now);
        conditions.keep(ParameterChange.CONDITION);
        phase = Objects.requireNonNullElse(before.phase(), DatabasePhase.Pending);
        primary = before.primary();
        epoch = Objects.requireNonNullElse(before.epoch(), DatabaseResources.FIRST_EPOCH);
        promotion = before.promotion();
        changeover = before.changeover();
        synchronous = before.synchronous();
        lastSeen = before.lastSeen();
        outage = before.outage();
        failover = before.failover();
        ownInstance = before.ownInstance();
        configuration = before.configuration();
        VolumePlanner.keep(conditions);
        PodReplacement.keep(conditions);
    }

    /** What the objects and servers tell; who is the primary stays as it is on record. */
    void see(InstanceTemplate template, DatabaseObservation seen) {
        var report = seen.instance().server().found();
        var script = seen.instance().script().found();
        instance = new InstanceStatus(
                seen.instance().image().orElse(template.image()),
                report.map(r -> r.version()).orElse(instance.serverVersion()),
                report.map(r -> r.systemIdentifier()).orElse(instance.systemIdentifier()),
                report.map(r -> (Integer) r.timeline()).orElse(instance.timeline()),
                report.map(r -> r.inRecovery() ? "standby" : "primary")
                        .or(() -> script.map(s -> s.role()))
                        .orElse(instance.role()),
                script.map(s -> (Long) s.epoch()).orElse(Objects.requireNonNullElse(instance.epoch(), epoch)),
                template.generation());
        binding = seen.instance()
                .app()
                .map(secret -> new BindingStatus(secret.getMetadata().getName()))
                .orElse(binding);
        holdsData = hadData
                || seen.instance()
                        .volume()
                        .map(claim -> claim.getMetadata().getAnnotations())
                        .filter(annotations -> annotations.containsKey(Labels.VOLUME_SYSTEM_IDENTIFIER))
                        .isPresent()
                // Only the first generation was ever made of nothing.
                || template.generation() > DatabaseResources.FIRST_GENERATION;
        followers = seen.members().followers().size();
        forks = seen.forks();
    }

    /** What is decided of the database's own instance. */
    void own(OwnInstanceDraft own) {
        var decided = own.build();
        ownInstance = decided.equals(OwnInstanceStatus.EMPTY) ? null : decided;
        generation(own.generation());
    }

    /** Of the own instance's volume and StatefulSet. */
    void generation(int ofVolume) {
        instance = new InstanceStatus(
                instance.image(),
                instance.serverVersion(),
                instance.systemIdentifier(),
                instance.timeline(),
                instance.role(),
                instance.epoch(),
                ofVolume);
    }

    /** Whether nobody says which volume is the database's. */
    boolean isGenerationLost() {
        return before.instance() == null || before.instance().generation() == null;
    }

    /** Nothing that is made for a later primary may look older than what an instance has been told already. */
    void atLeastEpoch(long seen) {
        epoch = Math.max(epoch, seen);
    }

    boolean isPrimary(String name) {
        return name.equals(primary);
    }

    /** Whether it has served before, as far as the status tells. */
    boolean hadData() {
        return hadData;
    }

    /** Whether it has served before, even if the status was lost. */
    boolean hasData() {
        return holdsData;
    }

    /** Whether a changeover is at a step in which nobody can write. */
    boolean keepsClientsWaiting() {
        return changeover != null && DatabaseObserver.keepsClientsWaiting(changeover);
    }

    /** Since when clients cannot write, if they cannot; otherwise now. */
    Instant downSince(Instant now) {
        return Conditions.find(before.conditions(), Conditions.READY)
                .filter(condition -> !"True".equals(condition.getStatus()))
                .map(condition -> Instant.parse(condition.getLastTransitionTime()))
                .orElse(now);
    }

    /** Leaves Ready and what belongs to it as they were. */
    void keepConditions() {
        conditions.keep(
                Conditions.READY,
                Conditions.RECONCILING,
                Conditions.STALLED,
                "Forkable",
                "Followable",
                "Synchronous",
                OwnInstanceDraft.CONDITION,
                MaskedCopyPlanner.CONDITION);
    }

    Optional<PromotionStatus> promotion() {
        return Optional.ofNullable(promotion);
    }

    /** Whether clients have, or had, the Secret that they need. */
    boolean isPublished() {
        return binding != null;
    }

    PostgresDatabaseStatus build() {
        return new PostgresDatabaseStatus(
                phase,
                conditions.list(),
                generation,
                instance,
                binding,
                primary,
                epoch,
                promotion,
                changeover,
                followers,
                forks,
                synchronous,
                lastSeen,
                outage,
                failover,
                ownInstance,
                configuration);
    }
}
