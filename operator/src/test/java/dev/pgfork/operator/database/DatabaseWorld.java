package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.Failover;
import dev.pgfork.api.v1alpha1.OwnInstance;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseSpec;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.Promote;
import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.api.v1alpha1.Synchronous;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.Growth;
import dev.pgfork.operator.instance.InstanceDiagnosis.Finding;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.Observations;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.instance.Trial;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.ReplicationReport;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerReport;
import dev.pgfork.operator.postgres.SynchronousReport;
import dev.pgfork.operator.postgres.TimelineHistory;
import dev.pgfork.operator.standby.CopySource;
import dev.pgfork.operator.standby.KnownHistories;
import dev.pgfork.operator.standby.ReplicationObservation;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.storage.SnapshotState;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A database shop and what is seen of it. */
final class DatabaseWorld {
    static final String SLOT = "pgfork_shop_df000000";
    static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    final PostgresDatabase resource = new PostgresDatabase();
    Optional<String> nameTaken = Optional.empty();
    List<String> retained = List.of();
    Optional<Finding> trouble = Optional.empty();
    Looked<ForkSafety> safety = new Looked.Absent<>();
    Optional<Service> claim = Optional.empty();
    Optional<Service> service = Optional.empty();
    Optional<Service> readOnlyService = Optional.empty();
    Optional<ConfigMap> config = Optional.empty();
    Optional<PersistentVolumeClaim> volume = Optional.empty();
    Optional<StatefulSet> statefulSet = Optional.empty();
    Optional<Pod> pod = Optional.empty();
    Optional<Secret> authority = Optional.empty();
    Optional<Secret> tls = Optional.empty();
    Optional<Secret> roles = Optional.empty();
    Optional<Secret> app = Optional.empty();
    Optional<Secret> superuser = Optional.empty();
    Optional<ServerReport> report = Optional.empty();
    Looked<ScriptStatus> script = new Looked.Absent<>();
    String revision = "";
    boolean targetIsFork;
    Optional<PostgresFork> maskedCopy = Optional.empty();

    @Nullable
    Promote promote;

    @Nullable
    OwnInstance ownInstance;

    /** What the own instance says of itself as a standby, and the primary of it. */
    Looked<ReplicationReport> standby = new Looked.Absent<>();

    Looked<ReplicationReport> standbysPrimary = new Looked.Absent<>();
    CopySource copySource = CopySource.NOT_LOOKED_AT;
    Optional<SnapshotState> snapshot = Optional.empty();
    List<StatefulSet> otherSets = List.of();
    List<PersistentVolumeClaim> otherVolumes = List.of();
    List<ConfigMap> ownConfigs = List.of();
    Optional<TimelineHistory> history = Optional.empty();
    List<Member> followers = List.of();
    Optional<InstanceObservation> primary = Optional.empty();
    Looked<ReplicationReport> replication = new Looked.Absent<>();
    Looked<SynchronousReport> synchronous = new Looked.Absent<>();
    Map<String, Looked<ScriptStatus>> scripts = Map.of();
    Optional<ChangeoverObservation> changeover = Optional.empty();
    Optional<FailoverObservation> failover = Optional.empty();
    List<Pod> held = List.of();

    DatabaseWorld() {
        resource.setMetadata(new ObjectMetaBuilder()
                .withName("shop")
                .withNamespace("prod")
                .withUid("uid-of-shop")
                .withGeneration(1L)
                .build());
        resource.setSpec(spec(null, null, false));
    }

    DatabaseWorld parameters(Map<String, String> parameters) {
        resource.setSpec(spec(parameters, null, false));
        return this;
    }

    DatabaseWorld superuserAccess(boolean superuserAccess) {
        resource.setSpec(spec(null, null, superuserAccess));
        return this;
    }

    DatabaseWorld policy(DeletionPolicy policy) {
        resource.setSpec(spec(null, policy, false));
        return this;
    }

    /** A command in the spec. */
    DatabaseWorld promote(String to, String at) {
        promote = new Promote(to, at, null, null);
        resource.setSpec(spec(null, null, false));
        return this;
    }

    /** A follower in its second generation, which Kubernetes finds ready. */
    DatabaseWorld follower(String name) {
        var owner = new Owner("pgfork.dev/v1alpha1", "PostgresFollower", "prod", name, "uid-of-" + name);
        var running = new PodBuilder()
                .withNewMetadata()
                .withName(name + "-g2-0")
                .withNamespace("prod")
                .addToLabels(Labels.READ, "shop")
                .endMetadata()
                .withNewStatus()
                .withPodIP("10.0.0.9")
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build();
        followers = Stream.concat(
                        followers.stream(),
                        Stream.of(new Member(
                                owner,
                                2,
                                false,
                                false,
                                Optional.of(running),
                                Optional.of(new ServerAddress("10.0.0.9", 5432, "PEM", "secret")))))
                .toList();
        return this;
    }

    /** A follower is the primary, and says so itself. */
    DatabaseWorld servedBy(String name) {
        var member = followers.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        var said = new ServerReport(
                member.owner().uid(), member.generation(), "r", "17.6", "7439281", 2, false, START, "serial");
        primary = Optional.of(Observations.of(member.pod(), new Looked.Found<>(said)));
        return this;
    }

    static ScriptStatus script(ScriptStatus.Phase phase, String role, long epoch, @Nullable String leader) {
        return new ScriptStatus(
                phase, role, epoch, "", null, null, null, null, null, null, null, null, null, null, null, leader, 0,
                null, null, null, Map.of());
    }

    DatabaseWorld wants(@Nullable Failover wanted, @Nullable Synchronous commits) {
        var spec = resource.getSpec();
        resource.setSpec(new PostgresDatabaseSpec(
                null,
                spec.storage(),
                null,
                null,
                null,
                null,
                null,
                false,
                spec.deletionPolicy(),
                spec.promote(),
                wanted,
                commits,
                ownInstance,
                spec.forks()));
        return this;
    }

    /** Everything that pgfork makes is there. */
    DatabaseWorld made(InstanceResources resources, Credentials credentials) {
        var template = DatabaseResources.template(resource);
        revision = resources.revision(template);
        claim = Optional.of(resources.claimService(template));
        service = Optional.of(resources.service(template));
        readOnlyService = Optional.of(resources.readOnlyService(template));
        config = Optional.of(resources.configMap(template));
        volume = Optional.of(resources.volume(template));
        statefulSet = Optional.of(resources.statefulSet(template));
        authority = Optional.of(credentials.newAuthority(template));
        tls = Optional.of(credentials.newTls(template, authority.get()));
        roles = Optional.of(credentials.roles(template, Optional.empty(), Optional.empty()));
        app = Optional.of(credentials.app(template, roles.get(), tls.get()));
        superuser = template.superuserAccess()
                ? Optional.of(credentials.superuser(template, roles.get(), tls.get()))
                : Optional.empty();
        return this;
    }

    DatabaseWorld pod(boolean ready) {
        pod = Optional.of(new PodBuilder()
                .withNewMetadata()
                .withName("shop-g1-0")
                .withNamespace("prod")
                .endMetadata()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP("10.0.0.1")
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build());
        return this;
    }

    DatabaseWorld serving(String identifier) {
        safety = new Looked.Found<>(
                new ForkSafety("uid-of-shop", identifier, 1, false, true, true, "replica", false, List.of()));
        report = Optional.of(
                new ServerReport("uid-of-shop", 1, revision, "17.6", identifier, 1, false, START, servedByTheSecret()));
        return this;
    }

    /** The server still runs with an earlier configuration. */
    DatabaseWorld servingEarlier(String identifier) {
        revision = "earlier";
        return serving(identifier);
    }

    DatabaseWorld servedSerial(String serial) {
        report = report.map(old -> new ServerReport(
                old.uid(),
                old.generation(),
                old.revision(),
                old.version(),
                old.systemIdentifier(),
                old.timeline(),
                old.inRecovery(),
                old.startedAt(),
                serial));
        return this;
    }

    DatabaseObservation seen() {
        var instance = instance();
        return new DatabaseObservation(
                instance,
                retained,
                DatabaseResources.template(resource).role() == Role.STANDBY
                        ? Optional.of(standby(instance))
                        : Optional.empty(),
                otherSets,
                otherVolumes,
                ownConfigs,
                trouble,
                safety,
                0,
                maskedCopy,
                targetIsFork,
                new MembersObservation(
                        members(),
                        primary.or(() -> Optional.of(instance)),
                        replication,
                        history,
                        synchronous,
                        scripts,
                        Optional.empty()),
                changeover,
                held,
                failover);
    }

    private List<Member> members() {
        return Members.isRemoved(resource)
                ? followers
                : Stream.concat(Stream.of(own()), followers.stream()).toList();
    }

    private StandbyObservation standby(InstanceObservation instance) {
        return new StandbyObservation(
                Optional.of(DatabaseResources.leader(resource)),
                members(),
                List.of(),
                new ReplicationObservation(
                        standby, standbysPrimary, new Looked.Absent<>(), KnownHistories.of(2), SLOT, Optional.empty()),
                OptionalLong.empty(),
                copySource,
                snapshot,
                List.of(),
                instance,
                otherSets,
                otherVolumes,
                List.of(),
                trouble);
    }

    /** The own instance's volume says whose data it holds. */
    DatabaseWorld identified(String systemIdentifier) {
        volume = volume.map(claim -> new PersistentVolumeClaimBuilder(claim)
                .editMetadata()
                .addToAnnotations(Labels.VOLUME_SYSTEM_IDENTIFIER, systemIdentifier)
                .endMetadata()
                .build());
        return this;
    }

    private Member own() {
        var template = DatabaseResources.template(resource);
        return new Member(
                template.owner(), template.generation(), true, false, pod, Credentials.address(pod, tls, roles));
    }

    private InstanceObservation instance() {
        return new InstanceObservation(
                nameTaken,
                claim,
                service,
                readOnlyService,
                config,
                volume,
                statefulSet,
                pod,
                authority,
                tls,
                roles,
                app,
                superuser,
                script,
                report.<Looked<ServerReport>>map(Looked.Found::new).orElseGet(Looked.Absent::new),
                Growth.NONE,
                Trial.NONE,
                Optional.empty());
    }

    private String servedByTheSecret() {
        return new dev.pgfork.operator.instance.Certificates(
                        "cluster.local", new java.security.SecureRandom(), java.time.Clock.systemUTC())
                .serial(tls.orElseThrow());
    }

    private PostgresDatabaseSpec spec(
            @Nullable Map<String, String> parameters, @Nullable DeletionPolicy policy, boolean superuserAccess) {
        return new PostgresDatabaseSpec(
                null,
                new StorageSpec("20Gi", null, null, null),
                null,
                parameters,
                null,
                null,
                null,
                superuserAccess,
                policy,
                promote,
                null,
                null,
                ownInstance,
                null);
    }
}
