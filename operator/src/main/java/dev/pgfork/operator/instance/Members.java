package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who follows whom, read from the informers' caches: the members of a leader resource are its own instance and its
 * followers, but those that have been unfollowed.
 */
public final class Members {
    private final ObjectReader objects;

    public Members(ObjectReader objects) {
        this.objects = objects;
    }

    /**
     * All members, the leader's own first, unless it is removed, then its followers by name.
     *
     * @param leader the resource that is followed
     */
    public List<Member> of(Owner leader) {
        return Stream.concat(
                        isRemoved(leader) ? Stream.of() : Stream.of(own(leader)),
                        followersOf(leader).map(this::member).sorted(Comparator.comparing(Member::name)))
                .toList();
    }

    /** The resources that follow this one. */
    public Stream<PostgresFollower> followersOf(Owner leader) {
        return objects.list(PostgresFollower.class, leader.namespace(), Map.of()).stream()
                .filter(follower -> follows(follower, leader) && !isUnfollowed(follower));
    }

    /**
     * Whether a follower has left its leader for good: decided and written down, not only asked for. A status can be
     * lost or be restored from before; but whoever has left has passwords that are not the leader's.
     */
    public boolean isUnfollowed(PostgresFollower follower) {
        var noted = follower.getStatus() != null && follower.getStatus().unfollowed() != null;
        return noted || hasOwnPasswords(Owner.of(follower));
    }

    private boolean hasOwnPasswords(Owner follower) {
        return secret(follower, new InstanceNames(follower.name(), 1).rolesSecret())
                .filter(roles -> Credentials.areOwn(follower, roles))
                .isPresent();
    }

    /** Whether the database's own instance is going, or gone, by {@code spec.ownInstance}: written down. */
    public static boolean isRemoved(PostgresDatabase database) {
        var status = database.getStatus();
        return status != null
                && status.ownInstance() != null
                && status.ownInstance().removal() != null;
    }

    private boolean isRemoved(Owner leader) {
        return leader.kind().equals(PostgresDatabase.KIND)
                && objects.get(PostgresDatabase.class, leader.namespace(), leader.name())
                        .filter(database ->
                                leader.uid().equals(database.getMetadata().getUid()))
                        .filter(Members::isRemoved)
                        .isPresent();
    }

    private static boolean follows(PostgresFollower follower, Owner leader) {
        var reference = follower.getSpec().follows();
        return reference.name().equals(leader.name())
                && reference.resourceKind().equals(leader.kind());
    }

    private Member own(Owner leader) {
        var names = new InstanceNames(leader.name(), generation(leader));
        var pod = pod(leader, names);
        return new Member(leader, names.generation(), true, false, pod, address(leader, names, pod));
    }

    private Member member(PostgresFollower follower) {
        var owner = Owner.of(follower);
        var status = follower.getStatus();
        var names = new InstanceNames(owner.name(), generation(PostgresFollowerStatus::instance, status));
        var pod = pod(owner, names);
        return new Member(
                owner,
                names.generation(),
                false,
                isDeleting(follower),
                pod,
                address(owner, names, pod),
                follower.getSpec(),
                Conditions.find(status == null ? null : status.conditions(), Member.POD_CURRENT));
    }

    private Optional<Pod> pod(Owner owner, InstanceNames names) {
        return objects.get(Pod.class, owner.namespace(), names.pod()).filter(owner::owns);
    }

    private Optional<ServerAddress> address(Owner owner, InstanceNames names, Optional<Pod> pod) {
        return Credentials.address(pod, secret(owner, names.tlsSecret()), secret(owner, names.rolesSecret()));
    }

    private Optional<Secret> secret(Owner owner, String name) {
        return objects.get(Secret.class, owner.namespace(), name).filter(owner::owns);
    }

    private int generation(Owner leader) {
        return switch (leader.kind()) {
            case PostgresDatabase.KIND ->
                generation(PostgresDatabaseStatus::instance, status(PostgresDatabase.class, leader));
            case PostgresFork.KIND -> generation(PostgresForkStatus::instance, status(PostgresFork.class, leader));
            case PostgresFollower.KIND ->
                generation(PostgresFollowerStatus::instance, status(PostgresFollower.class, leader));
            default -> throw new IllegalArgumentException(leader.kind() + " has no instance");
        };
    }

    private <S, R extends CustomResource<?, S>> @Nullable S status(Class<R> type, Owner owner) {
        return objects.get(type, owner.namespace(), owner.name())
                .filter(resource -> owner.uid().equals(resource.getMetadata().getUid()))
                .map(resource -> resource.getStatus())
                .orElse(null);
    }

    private static <S> int generation(Function<S, @Nullable InstanceStatus> instance, @Nullable S status) {
        return Optional.ofNullable(status)
                .map(instance)
                .map(InstanceStatus::generation)
                .orElse(1);
    }

    private static boolean isDeleting(HasMetadata resource) {
        return resource.getMetadata().getDeletionTimestamp() != null;
    }
}
