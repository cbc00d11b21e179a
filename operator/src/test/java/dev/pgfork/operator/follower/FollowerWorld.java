package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.InheritedForkRules;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.LeaderReference;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerSpec;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.api.v1alpha1.StorageSpec.AccessMode;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.instance.Growth;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.Trial;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ReplicationReport.Primary;
import dev.pgfork.operator.postgres.ReplicationReport.Receiver;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.standby.CopySource;
import dev.pgfork.operator.standby.KnownHistories;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.ReplicationObservation;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.SnapshotDrivers;
import dev.pgfork.operator.storage.SnapshotState;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A follower shop-replica of a database shop, and what is seen of both; each method adds one fact. */
final class FollowerWorld {
    static final Instant START = Instant.parse("2026-11-21T10:00:00Z");
    static final String IDENTIFIER = "7439281";
    static final Owner SHOP = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "5a09-shop");
    static final String UID = "0b0c5b5e-replica";
    static final String SLOT = "pgfork_shop_replica_0b0c5b5e";
    private static final Owner OTHER =
            new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", "shop-other", "77aa-other");
    final PostgresFollower follower = new PostgresFollower();
    boolean hasLeader = true;
    String primaryName = "shop";
    long epoch = 1;
    boolean changing;

    @Nullable
    InheritedForkRules forks;

    boolean leaderFollows;
    boolean leaderDeleting;
    boolean leaderServes = true;
    boolean otherDeleting;
    boolean othersServeReads;
    DeletionPolicy databasePolicy = DeletionPolicy.Retain;
    Looked<ForkSafety> safety = new Looked.Found<>(safety(1, true));
    Optional<SnapshotClassChoice> snapshotClass = Optional.of(
            new SnapshotClassChoice.Chosen("snap", new SnapshotDrivers(Map.of()).traits("btrfs.csi.pgfork.dev")));
    Optional<String> otherDriver = Optional.empty();
    Optional<Progress<CutPreparation>> preparation = Optional.empty();
    Optional<SnapshotState> snapshot = Optional.empty();
    Optional<Finding> trouble = Optional.empty();
    Optional<String> nameTaken = Optional.empty();
    Optional<Service> claim = Optional.empty();
    Optional<Service> service = Optional.empty();
    Optional<ConfigMap> config = Optional.empty();
    Optional<PersistentVolumeClaim> volume = Optional.empty();
    Optional<StatefulSet> statefulSet = Optional.empty();
    Optional<Pod> pod = Optional.empty();
    boolean credentials;
    boolean unfollow;
    Optional<Secret> authority = Optional.empty();
    Optional<Secret> tls = Optional.empty();
    Optional<Secret> roles = Optional.empty();
    Optional<Secret> app = Optional.empty();
    Looked<ScriptStatus> script = new Looked.Absent<>();
    Looked<ServerReport> server = new Looked.Absent<>();
    Looked<ReplicationReport> own = new Looked.Absent<>();
    Looked<ReplicationReport> primary = new Looked.Found<>(primary(1, 1000, null));
    List<Member> following = List.of();
    final List<StatefulSet> olderSets = new ArrayList<>();
    final List<PersistentVolumeClaim> olderVolumes = new ArrayList<>();
    final List<VolumeSnapshot> otherSnapshots = new ArrayList<>();

    FollowerWorld() {
        follower.setMetadata(new ObjectMetaBuilder()
                .withName("shop-replica")
                .withNamespace("prod")
                .withUid(UID)
                .withGeneration(3L)
                .build());
        spec(null, null, null);
    }

    FollowerWorld spec(
            @Nullable StorageSpec storage,
            @Nullable Map<String, String> parameters,
            @Nullable DeletionPolicy deletionPolicy) {
        follower.setSpec(new PostgresFollowerSpec(
                null,
                storage,
                null,
                parameters,
                null,
                null,
                new LeaderReference(null, "shop"),
                "64Mi",
                unfollow,
                deletionPolicy,
                null));
        return this;
    }

    FollowerWorld unfollow() {
        unfollow = true;
        return spec(null, null, null);
    }

    static InstanceTemplate database() {
        return new InstanceTemplate(
                SHOP,
                1,
                "postgres:17",
                new Quantity("20Gi"),
                "fast",
                null,
                AccessMode.ReadWriteOncePod,
                new ResourceRequirements(),
                Map.of("max_connections", "200", "archive_mode", "on"),
                Templates.pod(Map.of("app", "shop"), Map.of("a", "b"), Map.of("disk", "ssd")),
                new ServiceSettings(ServiceSettings.Type.LoadBalancer, Map.of("dns", "shop.example.com")),
                new Seed.InitDb("C.UTF-8", List.of()),
                Role.PRIMARY,
                1,
                "app",
                "owner",
                true,
                Membership.independent(SHOP));
    }

    static ForkSafety safety(int timeline, boolean fsync) {
        return new ForkSafety(SHOP.uid(), IDENTIFIER, timeline, false, fsync, true, "replica", false, List.of());
    }

    static Primary primary(int timeline, long current, @Nullable String walStatus) {
        var slots = walStatus == null ? List.<Slot>of() : List.of(new Slot(SLOT, true, false, new Lsn(0), walStatus));
        return new Primary(SHOP.uid(), timeline, 700, slots, new Lsn(0), new Lsn(current), List.of());
    }

    FollowerWorld slot(String walStatus) {
        primary = new Looked.Found<>(primary(1, 1000, walStatus));
        return this;
    }

    FollowerWorld prepared() {
        preparation = Optional.of(
                new Progress.Done<>(new CutPreparation(safety(1, true), Lsn.parse("0/3000060"), true, null)));
        return claimed();
    }

    FollowerWorld claimed() {
        claim = Optional.of(new ServiceBuilder()
                .withMetadata(FollowerObjects.meta("shop-replica-instance"))
                .build());
        config = Optional.of(new ConfigMapBuilder()
                .withMetadata(FollowerObjects.meta("shop-replica-g1-0123456789"))
                .build());
        credentials = true;
        return this;
    }

    FollowerWorld snapshot(@Nullable Instant cutTime, boolean ready) {
        snapshot = Optional.of(new SnapshotState(
                FollowerObjects.snapshot("shop-replica-g1-cut-1"), cutTime, ready, new Quantity("20Gi"), null, null));
        return this;
    }

    FollowerWorld volume(String phase) {
        volume = Optional.of(FollowerObjects.volume("shop-replica-g1", phase));
        statefulSet = Optional.of(new StatefulSetBuilder()
                .withMetadata(FollowerObjects.meta("shop-replica-g1"))
                .build());
        service = Optional.of(new ServiceBuilder()
                .withMetadata(FollowerObjects.meta("shop-replica"))
                .build());
        return claimed();
    }

    FollowerWorld pod(boolean ready, boolean labelled) {
        var meta = new ObjectMetaBuilder(FollowerObjects.meta("shop-replica-g1-0")).withUid("uid-of-pod");
        if (labelled) {
            meta.addToLabels(Labels.READ, "shop");
        }
        pod = Optional.of(readiness(meta.build(), ready));
        return this;
    }

    /** That was made from a template of that epoch. */
    FollowerWorld podOf(long ofEpoch) {
        pod = pod.map(present -> new PodBuilder(present)
                .withNewSpec()
                .addNewContainer()
                .withName("postgres")
                .addNewEnv()
                .withName("PGFORK_EPOCH")
                .withValue(Long.toString(ofEpoch))
                .endEnv()
                .endContainer()
                .endSpec()
                .build());
        return this;
    }

    private static Pod readiness(ObjectMeta meta, boolean ready) {
        return new PodBuilder()
                .withMetadata(meta)
                .withNewStatus()
                .withPhase("Running")
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build();
    }

    /** A running standby that has replayed so far of the 1000 bytes that the primary wrote. */
    FollowerWorld streaming(long replayed) {
        own(replayed, "streaming");
        slot("reserved");
        return volume("Bound").pod(true, true);
    }

    FollowerWorld own(long replayed, String receiver) {
        var generation = Optional.ofNullable(follower.getStatus())
                .map(PostgresFollowerStatus::instance)
                .map(InstanceStatus::generation)
                .orElse(1);
        server = new Looked.Found<>(
                new ServerReport(UID, generation, "rev", "17.6", IDENTIFIER, 1, true, START, "serial"));
        own = new Looked.Found<>(new Standby(
                UID,
                1,
                690,
                List.of(),
                new Lsn(replayed),
                new Lsn(replayed),
                Optional.of(new Receiver(receiver, "shop-instance.prod.svc", SLOT, 1, null)),
                START,
                false));
        return this;
    }

    FollowerWorld becamePrimary() {
        primaryName = "shop-replica";
        epoch = 2;
        server = new Looked.Found<>(new ServerReport(UID, 1, "rev", "17.6", IDENTIFIER, 2, false, START, "serial"));
        own = new Looked.Absent<>();
        primary = new Looked.Absent<>();
        return this;
    }

    /** As the status writer would have left it. */
    FollowerWorld noted(PostgresFollowerStatus status) {
        follower.setStatus(status);
        return this;
    }

    FollowerWorld deleted(Instant at) {
        follower.getMetadata().setDeletionTimestamp(at.toString());
        return this;
    }

    StandbyObservation seen() {
        return new StandbyObservation(
                leader(),
                members(),
                following,
                new ReplicationObservation(own, primary, own, KnownHistories.of(1), SLOT, Optional.empty()),
                OptionalLong.of(3),
                new CopySource(
                        Optional.of(new SourceVolume(
                                "shop-g1",
                                new Quantity("20Gi"),
                                new Quantity("20Gi"),
                                "fast",
                                "btrfs",
                                "volume-of-shop")),
                        safety,
                        snapshotClass,
                        otherDriver,
                        preparation),
                snapshot,
                otherSnapshots,
                instance(),
                olderSets,
                olderVolumes,
                List.of(),
                trouble);
    }

    private Optional<LeaderInstance> leader() {
        return hasLeader
                ? Optional.of(new LeaderInstance(
                        database(),
                        primaryName,
                        epoch,
                        List.of(),
                        databasePolicy,
                        changing,
                        Map.of(),
                        leaderFollows,
                        leaderDeleting,
                        leaderServes,
                        "it is being started",
                        forks))
                : Optional.empty();
    }

    private List<Member> members() {
        var address = Optional.of(new ServerAddress("10.0.0.1", 5432, "pem", "secret"));
        var otherMeta = new ObjectMetaBuilder(FollowerObjects.meta("shop-other-g1-0")).addToLabels(Labels.READ, "shop");
        return List.of(
                new Member(SHOP, 1, true, false, Optional.empty(), address),
                new Member(
                        OTHER,
                        1,
                        false,
                        otherDeleting,
                        Optional.of(readiness(otherMeta.build(), othersServeReads)),
                        address),
                new Member(Owner.of(follower), 1, false, follower.isMarkedForDeletion(), pod, address));
    }

    private InstanceObservation instance() {
        var secret = Optional.of(FollowerPlanning.passwordsOf("shop")).filter(present -> credentials);
        return new InstanceObservation(
                nameTaken,
                claim,
                service,
                Optional.empty(),
                config,
                volume,
                statefulSet,
                pod,
                authority.or(() -> secret),
                // Mostly without a certificate: whether it is due is not these tests' concern.
                tls,
                roles.or(() -> secret),
                app,
                Optional.empty(),
                script,
                server,
                Growth.NONE,
                Trial.NONE,
                Optional.empty());
    }
}
