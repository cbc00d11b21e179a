package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkAccess;
import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.instance.Growth;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.SanitizeSql;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.Trial;
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
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
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
    List<String> cutting = List.of();
    Optional<SnapshotState> snapshot = Optional.empty();
    Optional<SnapshotState> handedOver = Optional.empty();
    int ahead;
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
    Optional<ForkObservation> next = Optional.empty();

    @Nullable
    Belongings belongings;

    Looked<ScriptStatus> script = new Looked.Absent<>();
    Looked<ServerReport> server = new Looked.Absent<>();
    List<Member> followers = List.of();
    Looked<ReplicationReport> replication = new Looked.Absent<>();
    Looked<SanitizeSql> sanitizeSql = new Looked.Absent<>();
    Optional<Progress<ScriptStatus>> sanitizing = Optional.empty();

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
        return spec(new ForkSource(null, "shop"), storage, parameters, null, null, null, null, null);
    }

    private ForkWorld spec(
            ForkSource from,
            @Nullable StorageSpec storage,
            @Nullable Map<String, String> parameters,
            @Nullable String ttl,
            @Nullable Boolean suspend,
            @Nullable String resetAt,
            @Nullable List<SanitizeStep> sanitize,
            @Nullable ForkAccess access) {
        var forks =
                Optional.ofNullable(fork.getSpec()).map(PostgresForkSpec::forks).orElse(null);
        fork.setSpec(new PostgresForkSpec(
                null,
                storage,
                null,
                parameters,
                null,
                null,
                from,
                null,
                ttl,
                suspend,
                resetAt,
                sanitize,
                access,
                forks));
        return this;
    }

    ForkWorld life(@Nullable String ttl, boolean suspend) {
        return life(ttl, suspend, null);
    }

    ForkWorld life(@Nullable String ttl, boolean suspend, @Nullable String resetAt) {
        var old = fork.getSpec();
        return spec(old.from(), old.storage(), old.parameters(), ttl, suspend, resetAt, old.sanitize(), old.access());
    }

    /** Steps of its own. */
    ForkWorld sanitized(SanitizeStep... steps) {
        return spec(fork.getSpec().from(), null, null, null, null, null, List.of(steps), null);
    }

    /** Roles of the source that it lets in. */
    ForkWorld letting(String... roles) {
        return spec(fork.getSpec().from(), null, null, null, null, null, null, new ForkAccess(List.of(roles)));
    }

    static ForkWorld withSource() {
        return new ForkWorld().source(true);
    }

    ForkWorld source(boolean serves) {
        var template = ForkFacts.source();
        source = Optional.of(new SourceInstance(template, serves, "it is being started"));
        sourceVolume = Optional.of(new SourceVolume(
                "shop-g1", new Quantity("20Gi"), new Quantity("20Gi"), "fast", "btrfs", "volume-of-shop"));
        address = Optional.of(new ServerAddress("10.0.0.1", 5432, "pem", "secret"));
        snapshotClass = Optional.of(
                new SnapshotClassChoice.Chosen("snap", new SnapshotDrivers(Map.of()).traits("btrfs.csi.pgfork.dev")));
        return safe(1);
    }

    /** The source is a follower called replica of the database shop. */
    ForkWorld follower() {
        source = Optional.of(new SourceInstance(Templates.follower(), true, ""));
        sourceVolume = Optional.of(new SourceVolume(
                "shop-replica-g1", new Quantity("20Gi"), new Quantity("20Gi"), "fast", "btrfs", "volume-of-shop"));
        spec(
                new ForkSource(ForkSource.Kind.PostgresFollower, "shop-replica"),
                null,
                null,
                null,
                null,
                null,
                null,
                null);
        safety = new Looked.Found<>(ForkFacts.standbySafety());
        return this;
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
                new Progress.Done<>(new CutPreparation(ForkFacts.standbySafety(), standby.replayed(), false, standby)));
        return this;
    }

    /** The source has no server: what it said when it was stopped is known. */
    ForkWorld stopped() {
        var serving = source.orElseThrow();
        var stopped = new SourceInstance.Stopped(IDENTIFIER, Lsn.parse("0/4000000"), 2);
        source = Optional.of(new SourceInstance(
                serving.template(), serving.instance(), serving.names(), Optional.of(stopped), true, "", ""));
        address = Optional.empty();
        safety = new Looked.Found<>(stopped.safety(serving.instance()));
        preparation = Optional.of(new Progress.Done<>(
                new CutPreparation(stopped.safety(serving.instance()), stopped.position(), false, null)));
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
                .withMetadata(ForkFacts.meta(ForkResources.crosses(fork) ? "pr-42-g1-cut1-" + UID : "pr-42-g1-cut1"))
                .withNewSpec()
                .withNewSource()
                .withPersistentVolumeClaimName("shop-g1")
                .endSource()
                .endSpec()
                .build();
        snapshot = Optional.of(new SnapshotState(object, cutTime, ready, new Quantity("20Gi"), null, ForkFacts.HANDLE));
        return this;
    }

    ForkWorld claimed() {
        claim = Optional.of(new ServiceBuilder()
                .withMetadata(ForkFacts.meta("pr-42-instance"))
                .build());
        config = Optional.of(new ConfigMapBuilder()
                .withMetadata(ForkFacts.meta("pr-42-g1-0123456789"))
                .build());
        credentials = true;
        return this;
    }

    ForkWorld volume(String phase) {
        volume = Optional.of(new PersistentVolumeClaimBuilder()
                .withMetadata(ForkFacts.meta("pr-42-g1"))
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build());
        statefulSet = Optional.of(new StatefulSetBuilder()
                .withMetadata(ForkFacts.meta("pr-42-g1"))
                .build());
        return this;
    }

    ForkWorld pod(boolean ready) {
        pod = Optional.of(new PodBuilder()
                .withMetadata(new ObjectMetaBuilder(ForkFacts.meta("pr-42-g1-0"))
                        .withUid("uid-of-pod")
                        .build())
                .withNewStatus()
                .withPhase("Running")
                .withPodIP("10.0.0.2")
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
        script = new Looked.Found<>(ForkFacts.script(phase, opener));
        return this;
    }

    ForkWorld serving() {
        server = new Looked.Found<>(new ServerReport(UID, 1, "rev", "17.6", IDENTIFIER, 2, false, START, "serial"));
        return pod(true);
    }

    /** What was seen belongs to that generation. */
    ForkWorld generation(int number) {
        volume.ifPresent(object -> ForkFacts.renumber(object.getMetadata(), number));
        statefulSet.ifPresent(object -> ForkFacts.renumber(object.getMetadata(), number));
        pod.ifPresent(object -> ForkFacts.renumber(object.getMetadata(), number));
        server = server.found()
                .<Looked<ServerReport>>map(report -> new Looked.Found<>(
                        new ServerReport(UID, number, "rev", "17.6", IDENTIFIER, 2, false, START, "serial")))
                .orElse(server);
        script = script.found()
                .<Looked<ScriptStatus>>map(said -> new Looked.Found<>(
                        ForkFacts.script(said.phase(), said.openedBy().isEmpty() ? "" : UID + "/" + number)))
                .orElse(script);
        return this;
    }

    ForkWorld opened() {
        service = Optional.of(
                new ServiceBuilder().withMetadata(ForkFacts.meta("pr-42")).build());
        app = Optional.of(
                new SecretBuilder().withMetadata(ForkFacts.meta("pr-42-app")).build());
        return this;
    }

    /** As the status writer would have left it. */
    ForkWorld noted(PostgresForkStatus status) {
        fork.setStatus(status);
        return this;
    }

    ForkObservation seen() {
        var secret = credentials
                ? Optional.of(new SecretBuilder()
                        .withMetadata(ForkFacts.meta("pr-42-x"))
                        .withData(Map.of("ca.crt", "cGVt", "pgfork.password", "c2VjcmV0"))
                        .build())
                : Optional.<Secret>empty();
        return new ForkObservation(
                source,
                sourceVolume,
                address,
                safety,
                snapshotClass,
                preparation,
                awaiting,
                cutting,
                snapshot,
                handedOver,
                ahead,
                sanitizeSql,
                sanitizing,
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
                        server,
                        Growth.NONE,
                        Trial.NONE,
                        Optional.empty()),
                Stream.concat(Stream.of(ForkFacts.member(Owner.of(fork), true, false)), followers.stream())
                        .toList(),
                replication,
                trouble,
                belongings == null
                        ? new Belongings(
                                statefulSet.stream().toList(),
                                pod.stream().toList(),
                                volume.stream().toList(),
                                snapshot.map(SnapshotState::object).stream().toList(),
                                config.stream().toList())
                        : belongings,
                next);
    }

    static Member follower(String name, boolean isDeleting) {
        return ForkFacts.member(
                new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", name, "0b0b0b0b-" + name),
                false,
                isDeleting);
    }
}
