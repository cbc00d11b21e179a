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
import dev.pgfork.operator.fork.ForkConsent;
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
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Shows databases, followers and forks to forks as sources; no feature knows the other. */
final class ForkableSources implements ForkSources {
    private static final String NOT_READY = "SourceNotReady";

    /** Of what a source was made is no concern of its forks. */
    private static final Seed NOT_LOOKED_AT = new Seed.InitDb("", List.of());

    private final ObjectReader objects;
    private final boolean acrossNamespaces;
    private final Members members;
    private final SourceDemands demands;
    private final SourceConsent consents;
    private final MaskedSources masked;

    /** @param acrossNamespaces whether a source in another namespace may be seen at all */
    ForkableSources(ObjectReader objects, boolean acrossNamespaces) {
        this.objects = objects;
        this.acrossNamespaces = acrossNamespaces;
        this.members = new Members(objects);
        this.demands = new SourceDemands(objects, members);
        this.consents = new SourceConsent(objects, members);
        this.masked = new MaskedSources(objects, members, this::source);
    }

    @Override
    public Optional<SourceInstance> find(String namespace, ForkSource from) {
        var there = from.namespaceOr(namespace);
        if (there.equals(namespace)) {
            return in(namespace, from);
        }
        if (!acrossNamespaces) {
            return Optional.empty();
        }
        // Before anything else, so that it takes as long whether there is such a source or not.
        var labels = objects.getUncached(Namespace.class, null, namespace)
                .map(found -> found.getMetadata().getLabels())
                .orElseGet(Map::of);
        var asked = masked.original(there, from);
        return in(there, asked)
                .filter(source -> source.consent().allows(namespace, labels))
                .flatMap(allowed -> in(there, asked, objects::getUncached))
                .filter(source -> source.consent().allows(namespace, labels))
                .map(source -> source.rules().steps().isEmpty() && asked.equals(from)
                        ? source
                        : masked.insteadOf(source, there, asked));
    }

    private Optional<SourceInstance> in(String namespace, ForkSource from) {
        return in(namespace, from, objects::get);
    }

    /**
     * @param reader where data leave their namespace no cache decides: one of the same name may have been made since,
     *     or other rules
     */
    private Optional<SourceInstance> in(String namespace, ForkSource from, Reader reader) {
        return switch (Objects.requireNonNullElse(from.kind(), ForkSource.Kind.PostgresDatabase)) {
            case PostgresDatabase ->
                reader.get(PostgresDatabase.class, namespace, from.name())
                        .filter(Deletions::remains)
                        .flatMap(this::source);
            case PostgresFork ->
                reader.get(PostgresFork.class, namespace, from.name())
                        .filter(Deletions::remains)
                        .map(this::source);
            case PostgresFollower ->
                reader.get(PostgresFollower.class, namespace, from.name())
                        .filter(Deletions::remains)
                        .map(this::source);
        };
    }

    private interface Reader {
        <T extends HasMetadata> Optional<T> get(Class<T> type, String namespace, String name);
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
                        Optional.of(
                                asPrimary(DatabaseResources.template(database)).withImage(image(status.instance()))),
                        member.owner(),
                        member.names(),
                        Optional.empty(),
                        Conditions.isTrue(status.conditions(), Conditions.READY),
                        NOT_READY,
                        Conditions.whyNotReady(status.conditions()),
                        SourceDemands.of(database),
                        SourceConsent.of(database)));
    }

    /** The database's own instance may follow; what is cut is the primary, whosever instance that is. */
    private static InstanceTemplate asPrimary(InstanceTemplate own) {
        return own.withRole(Role.PRIMARY, own.epoch(), null);
    }

    private SourceInstance source(PostgresFork fork) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var names = new InstanceNames(fork.getMetadata().getName(), generation(status.instance()));
        var template = ForkResources.recorded(fork, status).map(of -> of.withImage(image(status.instance())));
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
                demands.of(fork),
                demands.isAnswered(fork)
                        ? SourceConsent.of(fork)
                        : ForkConsent.ofOrigin(fork.getMetadata().getNamespace(), null));
    }

    /**
     * One that is made again rests as before until the next generation is ready.
     *
     * @return empty: something may run on its volume, or nobody knows where it is
     */
    private Optional<SourceInstance.Stopped> stopped(Owner owner, InstanceNames names, PostgresForkStatus status) {
        var instance = status.instance();
        var suspended = status.suspended();
        if ((status.phase() != ForkPhase.Suspended && status.phase() != ForkPhase.Resetting)
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
                demands.of(follower),
                consents.of(follower));
    }

    private static int generation(@Nullable InstanceStatus instance) {
        return Optional.ofNullable(instance).map(InstanceStatus::generation).orElse(1);
    }

    /** That serves: another one that the spec names may have been refused. */
    private static @Nullable String image(@Nullable InstanceStatus instance) {
        return instance == null ? null : instance.image();
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
                        Owner.of(follower),
                        generation(status.instance()),
                        status.effective(),
                        NOT_LOOKED_AT,
                        follower.getSpec())
                .withImage(image(status.instance()));
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
