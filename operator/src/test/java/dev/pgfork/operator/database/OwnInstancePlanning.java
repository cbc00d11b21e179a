package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.OwnInstance;
import dev.pgfork.api.v1alpha1.OwnInstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.Passwords;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Receiver;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.standby.CopySource;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.SnapshotDrivers;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** A database shop whose follower shop-replica is the primary, and what is planned of its own instance. */
abstract class OwnInstancePlanning {
    static final Instant START = DatabaseWorld.START;
    static final Duration DEADLINE = Duration.ofMinutes(1);

    final Certificates certificates =
            new Certificates("cluster.local", new SecureRandom(), Clock.fixed(START, ZoneOffset.UTC));
    final Credentials credentials =
            new Credentials(certificates, new Passwords(new SecureRandom()), new SecureRandom());
    final InstanceResources resources = new InstanceResources(new InstanceConfiguration(InstanceScript.load()));
    final DatabasePlanner planner =
            new DatabasePlanner(new InstanceActions(resources, certificates, Parameters.load()), DEADLINE, true);
    final DatabaseWorld world = new DatabaseWorld();

    @BeforeEach
    void aFollowerIsThePrimary() {
        world.made(resources, credentials).pod(true).serving("7439281").identified("7439281");
        world.resource.setStatus(plan().status());
        world.follower("shop-replica").follower("shop-other");
        noted(primary(world.resource.getStatus(), "shop-replica", 2));
        world.servedBy("shop-replica").made(resources, credentials).identified("7439281");
        world.service = Optional.of(
                resources.service(DatabaseResources.template(world.resource), new InstanceNames("shop-replica", 2)));
        primaryHas(null);
        streams(7);
    }

    PostgresDatabaseStatus rebuilt() {
        cutOff(2000);
        var status = plan().status();
        noted(status);
        world.volume = Optional.empty();
        world.statefulSet = Optional.empty();
        world.pod = Optional.empty();
        world.config = Optional.empty();
        world.standby = new Looked.Absent<>();
        return status;
    }

    /** Its second generation streams. */
    PostgresDatabaseStatus streaming(PostgresDatabaseStatus before) {
        world.pod(true);
        streams(7);
        world.report = world.report.map(r -> new ServerReport(
                r.uid(), 2, r.revision(), r.version(), r.systemIdentifier(), 2, true, START, r.certificateSerial()));
        world.volume = Optional.of(claim("shop-g2", false));
        var own = Objects.requireNonNull(before.ownInstance());
        return with(
                before,
                new OwnInstanceStatus(
                        FollowerPhase.Ready,
                        own.slot(),
                        true,
                        null,
                        new PostgresFollowerStatus.SeedStatus(
                                "snapshot", "uid-of-shop-replica", 1, null, 2, START.toString()),
                        new PostgresFollowerStatus.Rebuild("WalGone", 1, START.toString(), null),
                        new PostgresFollowerStatus.Timings(1.0, 1.0, 1.0, 1.0),
                        null));
    }

    static PersistentVolumeClaim claim(String name, boolean kept) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("prod")
                .addToLabels(Labels.GENERATION, name.substring(name.length() - 1))
                .withAnnotations(kept ? Map.of(Labels.KEPT, "Diverged") : Map.of())
                .endMetadata()
                .build();
    }

    void source(@Nullable Progress<CutPreparation> progress) {
        world.copySource = new CopySource(
                Optional.of(new SourceVolume(
                        "shop-replica-g2",
                        new Quantity("20Gi"),
                        new Quantity("20Gi"),
                        "fast",
                        "btrfs",
                        "volume-of-shop")),
                new Looked.Found<>(safety()),
                Optional.of(new SnapshotClassChoice.Chosen(
                        "snap", new SnapshotDrivers(Map.of()).traits("btrfs.csi.pgfork.dev"))),
                Optional.empty(),
                Optional.ofNullable(progress));
    }

    static ForkSafety safety() {
        return new ForkSafety("uid-of-shop-replica", "7439281", 2, false, true, true, "replica", false, List.of());
    }

    void primaryHas(@Nullable String walStatus) {
        var slots = walStatus == null
                ? List.<Slot>of()
                : List.of(new Slot(DatabaseWorld.SLOT, true, false, new Lsn(0), walStatus));
        world.standbysPrimary = new Looked.Found<>(
                new Primary("uid-of-shop-replica", 2, 700, slots, new Lsn(0), new Lsn(1000), List.of()));
    }

    void streams(long replayed) {
        world.report = world.report.map(r -> new ServerReport(
                r.uid(),
                r.generation(),
                r.revision(),
                r.version(),
                r.systemIdentifier(),
                2,
                true,
                START,
                r.certificateSerial()));
        standby(replayed, Optional.of(new Receiver("streaming", "h", DatabaseWorld.SLOT, 2, null)));
    }

    void cutOff(long reach) {
        primaryHas("reserved");
        standby(reach, Optional.empty());
    }

    void standby(long replayed, Optional<Receiver> receiver) {
        world.standby = new Looked.Found<>(new Standby(
                "uid-of-shop", 2, 690, List.of(), new Lsn(replayed), new Lsn(replayed), receiver, START, false));
    }

    Plan<PostgresDatabaseStatus> removed() {
        world.ownInstance = OwnInstance.Removed;
        world.wants(null, null);
        return plan();
    }

    Plan<PostgresDatabaseStatus> plan() {
        return planner.plan(world.resource, world.seen(), START);
    }

    Plan<PostgresDatabaseStatus> deletion() {
        world.resource.getMetadata().setDeletionTimestamp(START.toString());
        return planner.planDeletion(world.resource, world.seen(), START);
    }

    /** The primary role moves from shop-replica to shop. */
    void changingOver(ChangeoverStep step) {
        var status = Objects.requireNonNull(world.resource.getStatus());
        noted(new PostgresDatabaseStatus(
                status.phase(),
                status.conditions(),
                1L,
                status.instance(),
                status.binding(),
                step == ChangeoverStep.Following ? "shop" : status.primary(),
                status.epoch(),
                null,
                ChangeoverStatus.begin("shop-replica", "shop", 3, START.toString())
                        .at(step, START.toString()),
                2,
                0,
                null,
                null,
                null,
                null,
                status.ownInstance(),
                null));
    }

    void noted(PostgresDatabaseStatus status) {
        world.resource.setStatus(status);
    }

    static void expect(Plan<PostgresDatabaseStatus> plan, String status, String reason) {
        assertThat(Conditions.find(plan.status().conditions(), OwnInstanceDraft.CONDITION))
                .get()
                .satisfies(condition -> {
                    assertThat(condition.getReason()).isEqualTo(reason);
                    assertThat(condition.getStatus()).isEqualTo(status);
                    assertThat(condition.getMessage()).doesNotContain("he follower");
                });
    }

    static PostgresDatabaseStatus primary(PostgresDatabaseStatus before, String name, long epoch) {
        return copy(before, name, epoch, before.ownInstance());
    }

    static PostgresDatabaseStatus with(PostgresDatabaseStatus before, OwnInstanceStatus own) {
        return copy(before, before.primary(), before.epoch(), own);
    }

    static PostgresDatabaseStatus lastSeen(PostgresDatabaseStatus before, PrimaryPosition position) {
        return copy(before, before.primary(), before.epoch(), before.ownInstance(), position);
    }

    static PostgresDatabaseStatus copy(
            PostgresDatabaseStatus before,
            @Nullable String primary,
            @Nullable Long epoch,
            @Nullable OwnInstanceStatus own) {
        return copy(before, primary, epoch, own, null);
    }

    private static PostgresDatabaseStatus copy(
            PostgresDatabaseStatus before,
            @Nullable String primary,
            @Nullable Long epoch,
            @Nullable OwnInstanceStatus own,
            @Nullable PrimaryPosition lastSeen) {
        return new PostgresDatabaseStatus(
                before.phase(),
                before.conditions(),
                1L,
                before.instance(),
                before.binding(),
                primary,
                epoch,
                null,
                null,
                1,
                0,
                null,
                lastSeen,
                null,
                null,
                own,
                null);
    }
}
