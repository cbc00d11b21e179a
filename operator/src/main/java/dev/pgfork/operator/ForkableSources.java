package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.LeaderStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.cut.Inheritance;
import dev.pgfork.operator.database.DatabaseResources;
import dev.pgfork.operator.fork.ForkResources;
import dev.pgfork.operator.fork.ForkSources;
import dev.pgfork.operator.fork.SourceInstance;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Shows databases, followers and forks to forks as sources; no feature knows the other. */
final class ForkableSources implements ForkSources {
    private static final String NOT_READY = "SourceNotReady";

    /** Of what a source was made is no concern of its forks. */
    private static final Seed NOT_LOOKED_AT = new Seed.InitDb("", List.of());

    private final ObjectReader objects;
    private final Members members;
    private final SourceDemands demands;

    ForkableSources(ObjectReader objects) {
        this.objects = objects;
        this.members = new Members(objects);
        this.demands = new SourceDemands(objects);
    }

    @Override
    public Optional<SourceInstance> find(String namespace, ForkSource from) {
        return switch (Objects.requireNonNullElse(from.kind(), ForkSource.Kind.PostgresDatabase)) {
            case PostgresDatabase ->
                objects.get(PostgresDatabase.class, namespace, from.name())
                        .filter(Deletions::remains)
                        .flatMap(this::source);
            case PostgresFork ->
                objects.get(PostgresFork.class, namespace, from.name())
                        .filter(Deletions::remains)
                        .map(this::source);
            case PostgresFollower ->
                objects.get(PostgresFollower.class, namespace, from.name())
                        .filter(Deletions::remains)
                        .map(this::source);
        };
    }

    /** @return empty: the resource whose instance is the primary is gone */
    private Optional<SourceInstance> source(PostgresDatabase database) {
        var status = Objects.requireNonNullElse(database.getStatus(), PostgresDatabaseStatus.EMPTY);
        var primary = Objects.requireNonNullElse(
                status.primary(), database.getMetadata().getName());
        return members.of(Owner.of(database)).stream()
                .filter(member -> member.name().equals(primary))
                .findFirst()
                .map(member -> new SourceInstance(
                        Optional.of(asPrimary(DatabaseResources.template(database))),
                        member.owner(),
                        member.names(),
                        Optional.empty(),
                        Conditions.isTrue(status.conditions(), Conditions.READY),
                        NOT_READY,
                        Conditions.whyNotReady(status.conditions()),
                        SourceDemands.of(database)));
    }

    /** The database's own instance may follow; what is cut is the primary, whosever instance that is. */
    private static InstanceTemplate asPrimary(InstanceTemplate own) {
        return own.withRole(Role.PRIMARY, own.epoch(), null);
    }

    private SourceInstance source(PostgresFork fork) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var names = new InstanceNames(fork.getMetadata().getName(), generation(status.instance()));
        var template = ForkResources.recorded(fork, status);
        var stopped = stopped(Owner.of(fork), names, status);
        return new SourceInstance(
                template,
                Owner.of(fork),
                names,
                stopped,
                template.isPresent()
                        && (stopped.isPresent() || Conditions.isTrue(status.conditions(), Conditions.READY)),
                reason(status),
                Conditions.whyNotReady(status.conditions()),
                demands.of(fork));
    }

    /** @return empty: something may run on its volume, or nobody knows where it is */
    private Optional<SourceInstance.Stopped> stopped(Owner owner, InstanceNames names, PostgresForkStatus status) {
        var instance = status.instance();
        var suspended = status.suspended();
        if (status.phase() != ForkPhase.Suspended
                || instance == null
                || instance.systemIdentifier() == null
                || suspended == null
                || suspended.lsn() == null
                || suspended.timeline() == null) {
            return Optional.empty();
        }
        var asleep = objects.get(Pod.class, owner.namespace(), names.pod()).isEmpty()
                && objects.get(StatefulSet.class, owner.namespace(), names.generationName()).stream()
                        .allMatch(set -> Integer.valueOf(0).equals(set.getSpec().getReplicas()));
        return asleep
                ? Optional.of(new SourceInstance.Stopped(
                        instance.systemIdentifier(), Lsn.parse(suspended.lsn()), suspended.timeline()))
                : Optional.empty();
    }

    private static String reason(PostgresForkStatus status) {
        return switch (status.phase()) {
            case Suspended -> "SourceSuspended";
            case Expired -> "SourceExpired";
            case null, default -> NOT_READY;
        };
    }

    private SourceInstance source(PostgresFollower follower) {
        var status = Objects.requireNonNullElse(follower.getStatus(), PostgresFollowerStatus.EMPTY);
        var template = template(follower);
        return new SourceInstance(
                template,
                Owner.of(follower),
                new InstanceNames(follower.getMetadata().getName(), generation(status.instance())),
                Optional.empty(),
                template.isPresent() && Conditions.isTrue(status.conditions(), Conditions.READY),
                reason(status),
                Conditions.whyNotReady(status.conditions()),
                demands.of(follower));
    }

    private static int generation(@Nullable InstanceStatus instance) {
        return Optional.ofNullable(instance).map(InstanceStatus::generation).orElse(1);
    }

    private static String reason(PostgresFollowerStatus status) {
        if (status.phase() == FollowerPhase.Rebuilding) {
            return "SourceRebuilding";
        }
        if (status.phase() == FollowerPhase.Unfollowing) {
            return "SourceUnfollowing";
        }
        return Boolean.FALSE.equals(status.streaming()) ? "SourceNotStreaming" : NOT_READY;
    }

    /** @return empty: it has nothing yet that could be forked */
    private Optional<InstanceTemplate> template(PostgresFollower follower) {
        var status = follower.getStatus();
        if (status == null || status.effective() == null) {
            return Optional.empty();
        }
        var template = Inheritance.template(
                Owner.of(follower), generation(status.instance()), status.effective(), NOT_LOOKED_AT);
        var leader = status.leader();
        return Optional.of(members.isUnfollowed(follower) || leader == null ? template : following(template, leader));
    }

    private static InstanceTemplate following(InstanceTemplate template, LeaderStatus followed) {
        var owner = template.owner();
        var leader = new Owner(
                owner.apiVersion(),
                Objects.requireNonNull(followed.kind(), "noted with the leader"),
                owner.namespace(),
                Objects.requireNonNull(followed.name(), "noted with the leader"),
                Objects.requireNonNull(followed.uid(), "noted with the leader"));
        var member = template.withMembership(new Membership(leader, null, List.of()));
        return owner.name().equals(followed.primary())
                ? member
                : member.withRole(Role.STANDBY, template.epoch(), followed.primary());
    }
}
