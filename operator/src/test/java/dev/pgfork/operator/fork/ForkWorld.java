package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.SnapshotDrivers;
import dev.pgfork.operator.storage.SnapshotState;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A fork pr-42 of a database shop, and what is seen of both; each method adds one fact. */
final class ForkWorld {
    static final Instant START = Instant.parse("2026-11-21T10:00:00Z");
    static final String UID = "uid-of-pr-42";
    static final String IDENTIFIER = "7439281";

    final PostgresFork fork = new PostgresFork();
    Optional<SourceInstance> source = Optional.empty();
    Optional<SourceVolume> sourceVolume = Optional.empty();
    Optional<ServerAddress> address = Optional.empty();
    Looked<ForkSafety> safety = new Looked.Absent<>();
    Optional<SnapshotClassChoice> snapshotClass = Optional.empty();
    Optional<Progress<CutPreparation>> preparation = Optional.empty();
    boolean awaiting;
    Optional<SnapshotState> snapshot = Optional.empty();
    Optional<Finding> trouble = Optional.empty();
    Optional<String> nameTaken = Optional.empty();
    Optional<Service> claim = Optional.empty();
    Optional<Service> service = Optional.empty();
    Optional<ConfigMap> config = Optional.empty();
    Optional<PersistentVolumeClaim> volume = Optional.empty();
    Optional<StatefulSet> statefulSet = Optional.empty();
    Optional<Pod> pod = Optional.empty();
    Optional<Secret> app = Optional.empty();
    boolean credentials;
    Looked<ScriptStatus> script = new Looked.Absent<>();
    Looked<ServerReport> server = new Looked.Absent<>();
    List<Member> followers = List.of();
    Looked<ReplicationReport> replication = new Looked.Absent<>();

    ForkWorld() {
        fork.setMetadata(new ObjectMetaBuilder()
                .withName("pr-42")
                .withNamespace("prod")
                .withUid(UID)
                .withGeneration(3L)
                .build());
        spec(null, null);
    }

    ForkWorld spec(@Nullable String size, @Nullable Map<String, String> parameters) {
        var storage = size == null ? null : new StorageSpec(size, null, null, null);
        fork.setSpec(
                new PostgresForkSpec(null, storage, null, parameters, null, null, new ForkSource(null, "shop"), null));
        return this;
    }

    static ForkWorld withSource() {
        return new ForkWorld().source(true);
    }

    ForkWorld source(boolean serves) {
        var owner = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid-of-shop");
        var template = new InstanceTemplate(
                owner,
                1,
                "postgres:17",
                new Quantity("20Gi"),
                "fast",
                null,
                AccessMode.ReadWriteOncePod,
                new ResourceRequirements(),
                Map.of("max_connections", "200", "archive_mode", "on", "archive_command", "cp %p /archive/%f"),
                new PodSettings(
                        Map.of("app", "shop"), Map.of("a", "b"), Map.of("disk", "ssd"), null, null, null, null, null),
                new ServiceSettings(ServiceSettings.Type.LoadBalancer, Map.of("dns", "shop.example.com")),
                new Seed.InitDb("C.UTF-8", List.of()),
                Role.PRIMARY,
                1,
                "app",
                "owner",
                true,
                Membership.independent(owner));
        source = Optional.of(new SourceInstance(template, serves, "it is being started"));
        sourceVolume =
                Optional.of(new SourceVolume("shop-g1", new Quantity("20Gi"), new Quantity("20Gi"), "fast", "btrfs"));
        address = Optional.of(new ServerAddress("10.0.0.1", 5432, "pem", "secret"));
        snapshotClass = Optional.of(
                new SnapshotClassChoice.Chosen("snap", new SnapshotDrivers(Map.of()).traits("btrfs.csi.pgfork.dev")));
        return safe(1);
    }

    /** The source is a follower called replica of the database shop. */
    ForkWorld follower() {
        source = Optional.of(new SourceInstance(Templates.follower(), true, ""));
        sourceVolume = Optional.of(
                new SourceVolume("shop-replica-g1", new Quantity("20Gi"), new Quantity("20Gi"), "fast", "btrfs"));
        fork.setSpec(new PostgresForkSpec(
                null,
                null,
                null,
                null,
                null,
                null,
                new ForkSource(ForkSource.Kind.PostgresFollower, "shop-replica"),
                null));
        safety = new Looked.Found<>(standbySafety());
        return this;
    }

    private static ForkSafety standbySafety() {
        return new ForkSafety(
                Templates.SHOP_REPLICA.uid(), IDENTIFIER, 1, true, true, true, "replica", false, List.of());
    }

    ForkWorld preparedStandby() {
        var standby = new ReplicationReport.Standby(
                Templates.SHOP_REPLICA.uid(),
                1,
                700,
                List.of(),
                Lsn.parse("0/3000200"),
                Lsn.parse("0/3000100"),
                Optional.of(new ReplicationReport.Receiver("streaming", "shop", "slot", 1, Lsn.parse("0/3000300"))),
                START.minusSeconds(5),
                false);
        preparation = Optional.of(
                new Progress.Done<>(new CutPreparation(standbySafety(), standby.replayed(), false, standby)));
        return this;
    }

    ForkWorld safe(int timeline) {
        safety = new Looked.Found<>(safety(timeline, true));
        return this;
    }

    static ForkSafety safety(int timeline, boolean fsync) {
        return new ForkSafety("uid-of-shop", IDENTIFIER, timeline, false, fsync, true, "replica", false, List.of());
    }

    ForkWorld prepared() {
        preparation = Optional.of(
                new Progress.Done<>(new CutPreparation(safety(1, true), Lsn.parse("0/3000060"), true, null)));
        return this;
    }

    ForkWorld snapshot(@Nullable Instant cutTime, boolean ready) {
        var object = new VolumeSnapshotBuilder()
                .withMetadata(meta("pr-42-g1-cut1"))
                .withNewSpec()
                .withNewSource()
                .withPersistentVolumeClaimName("shop-g1")
                .endSource()
                .endSpec()
                .build();
        snapshot = Optional.of(new SnapshotState(object, cutTime, ready, new Quantity("20Gi"), null));
        return this;
    }

    ForkWorld claimed() {
        claim = Optional.of(
                new ServiceBuilder().withMetadata(meta("pr-42-instance")).build());
        config = Optional.of(
                new ConfigMapBuilder().withMetadata(meta("pr-42-g1-0123456789")).build());
        credentials = true;
        return this;
    }

    ForkWorld volume(String phase) {
        volume = Optional.of(new PersistentVolumeClaimBuilder()
                .withMetadata(meta("pr-42-g1"))
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build());
        statefulSet = Optional.of(
                new StatefulSetBuilder().withMetadata(meta("pr-42-g1")).build());
        return this;
    }

    ForkWorld pod(boolean ready) {
        pod = Optional.of(new PodBuilder()
                .withMetadata(new ObjectMetaBuilder(meta("pr-42-g1-0"))
                        .withUid("uid-of-pod")
                        .build())
                .withNewStatus()
                .withPhase("Running")
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build());
        return this;
    }

    ForkWorld script(ScriptStatus.Phase phase) {
        var opener = phase == ScriptStatus.Phase.running ? UID + "/1" : "";
        script = new Looked.Found<>(new ScriptStatus(
                phase,
                "primary",
                1,
                opener,
                IDENTIFIER,
                2,
                "0/3000100",
                null,
                null,
                null,
                null,
                null,
                START.plusSeconds(2),
                START.plusSeconds(3),
                null,
                null));
        return this;
    }

    ForkWorld serving() {
        server = new Looked.Found<>(new ServerReport(UID, 1, "rev", "17.6", IDENTIFIER, 2, false, START, "serial"));
        return pod(true);
    }

    ForkWorld opened() {
        service = Optional.of(new ServiceBuilder().withMetadata(meta("pr-42")).build());
        app = Optional.of(new SecretBuilder().withMetadata(meta("pr-42-app")).build());
        return this;
    }

    /** As the status writer would have left it. */
    ForkWorld noted(PostgresForkStatus status) {
        fork.setStatus(status);
        return this;
    }

    ForkObservation seen() {
        var secret = credentials
                ? Optional.of(new SecretBuilder().withMetadata(meta("pr-42-x")).build())
                : Optional.<Secret>empty();
        return new ForkObservation(
                source,
                sourceVolume,
                address,
                safety,
                snapshotClass,
                preparation,
                awaiting,
                snapshot,
                new InstanceObservation(
                        nameTaken,
                        claim,
                        service,
                        Optional.empty(),
                        config,
                        volume,
                        statefulSet,
                        pod,
                        secret,
                        secret,
                        secret,
                        app,
                        Optional.empty(),
                        script,
                        server),
                Stream.concat(Stream.of(member(Owner.of(fork), true, false)), followers.stream())
                        .toList(),
                replication,
                trouble);
    }

    static Member follower(String name, boolean isDeleting) {
        return member(
                new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", name, "0b0b0b0b-" + name),
                false,
                isDeleting);
    }

    private static Member member(Owner owner, boolean isLeadersOwn, boolean isDeleting) {
        return new Member(owner, 1, isLeadersOwn, isDeleting, Optional.empty(), Optional.empty());
    }

    private static ObjectMeta meta(String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace("prod")
                .withUid("uid-of-" + name)
                .withCreationTimestamp(START.toString())
                .build();
    }
}
