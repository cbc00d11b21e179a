package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.instance.ConfigurationRecall;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.PodHold;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.MaskedCopyIdentity;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.standby.CopySource;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.standby.StandbyObserver;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Looks at everything that decides about a database; changes nothing. */
public final class DatabaseObserver implements InstanceReconciler.Observer<PostgresDatabase, DatabaseObservation> {
    private final ObjectReader objects;
    private final ConfigurationRecall configurations;
    private final InstanceObserver instances;
    private final Server server;
    private final Members members;
    private final MembersObserver standing;
    private final ChangeoverObserver changeovers;
    private final FailoverObserver failovers;
    private final StandbyObserver standbys;

    public DatabaseObserver(
            ObjectReader objects,
            InstanceObserver instances,
            StandbyObserver standbys,
            Server server,
            TimelineHistories histories,
            BesideWork beside) {
        this.standbys = standbys;
        this.objects = objects;
        this.instances = instances;
        this.server = server;
        this.members = new Members(objects);
        this.configurations = new ConfigurationRecall(objects);
        this.standing = new MembersObserver(members, instances, histories);
        this.changeovers = new ChangeoverObserver(server, histories, beside);
        this.failovers = new FailoverObserver(objects, instances, changeovers, beside);
    }

    @Override
    public PostgresDatabase recall(PostgresDatabase resource) {
        var status = Objects.requireNonNullElse(resource.getStatus(), PostgresDatabaseStatus.EMPTY);
        return configurations
                .of(Owner.of(resource), DatabaseResources.template(resource).generation(), status.configuration())
                .map(found -> {
                    var known = new PostgresDatabase();
                    known.setMetadata(resource.getMetadata());
                    known.setSpec(resource.getSpec());
                    known.setStatus(status.withConfiguration(found));
                    return known;
                })
                .orElse(resource);
    }

    /** @param now for the age of objects */
    @Override
    public DatabaseObservation observe(PostgresDatabase resource, Instant now) {
        var status = Objects.requireNonNullElse(resource.getStatus(), PostgresDatabaseStatus.EMPTY);
        var all = members.of(Owner.of(resource));
        var changeover = Optional.ofNullable(status.changeover());
        return changeover.filter(DatabaseObserver::keepsClientsWaiting).isPresent()
                ? glance(resource, changeover.get(), all)
                : look(resource, status, changeover, all, now);
    }

    /** Steps in which nobody can write: nothing but what decides about them is looked at. */
    static boolean keepsClientsWaiting(ChangeoverStatus changeover) {
        return switch (changeover.step()) {
            case Waiting, Preparing, Following -> false;
            case Fencing, CatchingUp, Promoting, Aborting -> true;
        };
    }

    private DatabaseObservation glance(PostgresDatabase resource, ChangeoverStatus changeover, List<Member> all) {
        var template = DatabaseResources.template(resource);
        return new DatabaseObservation(
                instances.glance(template.owner(), template.generation(), Optional.of(template)),
                List.of(),
                Optional.empty(),
                standbys.others(StatefulSet.class, template.owner(), template.generation()),
                standbys.others(PersistentVolumeClaim.class, template.owner(), template.generation()),
                List.of(),
                Optional.empty(),
                new Looked.Unknown<>("it was not asked"),
                forks(template.owner()),
                maskedCopy(template.owner()),
                targetIsFork(resource),
                new MembersObservation(
                        all,
                        Optional.empty(),
                        new Looked.Unknown<>("it was not asked"),
                        Optional.empty(),
                        new Looked.Unknown<>("it was not asked"),
                        Map.of(),
                        Optional.empty()),
                Optional.of(changeovers.observe(template.owner(), changeover, all)),
                PodHold.held(objects, template.owner()),
                Optional.ofNullable(changeover.failover())
                        .map(failover -> failovers.during(template.owner(), changeover, failover, all)));
    }

    private DatabaseObservation look(
            PostgresDatabase resource,
            PostgresDatabaseStatus status,
            Optional<ChangeoverStatus> changeover,
            List<Member> all,
            Instant now) {
        var template = DatabaseResources.template(resource);
        var owner = template.owner();
        var standby = template.role() == Role.STANDBY
                ? Optional.of(standby(resource, template, all, now))
                : Optional.<StandbyObservation>empty();
        var own = standby.map(StandbyObservation::instance)
                .orElseGet(() -> instances.observe(owner, template.generation(), Optional.of(template), false));
        var seen = standing.observe(owner, own, all, status);
        var primary = seen.primary().orElse(own);
        var serves = status.primary() != null && seen.primaryServes(status.primary());
        return new DatabaseObservation(
                own,
                retainedVolumes(owner),
                standby,
                standbys.others(StatefulSet.class, owner, template.generation()),
                standbys.others(PersistentVolumeClaim.class, owner, template.generation()),
                OwnInstancePlanner.isToBeRemoved(resource) || Members.isRemoved(resource) ? configs(owner) : List.of(),
                serves ? Optional.empty() : instances.diagnose(primary, now),
                serves ? safety(primary) : new Looked.Absent<>(),
                forks(owner),
                maskedCopy(owner),
                targetIsFork(resource),
                seen,
                changeover.map(one -> changeovers.observe(owner, one, all)),
                PodHold.held(objects, owner),
                serves || status.primary() == null || all.size() == 1
                        ? Optional.empty()
                        : Optional.of(failovers.before(owner, status.primary(), status.lastSeen(), all)));
    }

    private StandbyObservation standby(
            PostgresDatabase resource, InstanceTemplate template, List<Member> all, Instant now) {
        var draft = new OwnInstanceDraft(resource, now);
        var leader = DatabaseResources.leader(resource);
        var copy = draft.isCut() || draft.removal != null
                ? CopySource.NOT_LOOKED_AT
                : standbys.copySource(
                        new OwnInstanceSpecification(resource),
                        draft,
                        Optional.of(leader),
                        StandbyObserver.primary(leader, all));
        return standbys.observe(
                draft, Optional.of(leader), all, copy, Optional.of(template), !draft.hadStreamed(), now);
    }

    private List<ConfigMap> configs(Owner owner) {
        return objects.list(ConfigMap.class, owner.namespace(), Map.of(Labels.INSTANCE, owner.name())).stream()
                .filter(owner::owns)
                .toList();
    }

    private int forks(Owner owner) {
        return (int) objects.forksOf(owner.kind(), owner.namespace(), owner.name()).stream()
                .filter(fork -> isMade(fork, owner) && !MaskedCopyIdentity.isOf(owner, fork))
                .count();
    }

    /**
     * Anybody may name it as a source: in another namespace only what was allowed to is its fork, made of itself or of
     * its masked copy.
     */
    private static boolean isMade(PostgresFork fork, Owner owner) {
        var source = fork.getStatus() == null ? null : fork.getStatus().source();
        return owner.namespace().equals(fork.getMetadata().getNamespace())
                || (source != null
                        && (owner.uid().equals(source.uid())
                                || (PostgresFork.KIND.equals(source.kind())
                                        && owner.namespace().equals(source.namespace())
                                        && MaskedCopyIdentity.name(owner.name()).equals(source.name()))));
    }

    private Optional<PostgresFork> maskedCopy(Owner owner) {
        return objects.get(PostgresFork.class, owner.namespace(), MaskedCopyIdentity.name(owner.name()));
    }

    private boolean targetIsFork(PostgresDatabase resource) {
        var command = resource.getSpec().promote();
        return command != null
                && objects.get(PostgresFork.class, resource.getMetadata().getNamespace(), command.to())
                        .isPresent();
    }

    private List<String> retainedVolumes(Owner owner) {
        return objects.list(PersistentVolumeClaim.class, owner.namespace(), Map.of()).stream()
                .filter(claim -> !owner.owns(claim))
                .filter(claim -> owner.name().equals(annotations(claim).get(Labels.VOLUME_DATABASE)))
                .map(claim -> claim.getMetadata().getName())
                .sorted()
                .toList();
    }

    private Looked<ForkSafety> safety(InstanceObservation primary) {
        try {
            return Credentials.address(primary.pod(), primary.tls(), primary.roles())
                    .<Looked<ForkSafety>>map(address -> new Looked.Found<>(server.forkSafety(address)))
                    .orElseGet(Looked.Absent::new);
        } catch (ServerException e) {
            return new Looked.Unknown<>(String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, String> annotations(PersistentVolumeClaim claim) {
        return Objects.requireNonNullElse(claim.getMetadata().getAnnotations(), Map.of());
    }
}
