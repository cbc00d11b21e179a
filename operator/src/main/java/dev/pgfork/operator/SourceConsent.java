package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.fork.ForkConsent;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.ObjectReader;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Where the owner of the data allows forks, and how many, wherever the data come from. */
final class SourceConsent {
    private final ObjectReader objects;
    private final Members members;

    SourceConsent(ObjectReader objects, Members members) {
        this.objects = objects;
        this.members = members;
    }

    static ForkConsent of(PostgresDatabase database) {
        return ForkConsent.ofOrigin(
                database.getMetadata().getNamespace(), database.getSpec().forks());
    }

    static ForkConsent of(PostgresFork fork) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        return ForkConsent.ofCopy(
                fork.getMetadata().getNamespace(), fork.getSpec().forks(), status.forks());
    }

    /** A follower has its leader's data, and so its rules; once unfollowed it may demand more. */
    ForkConsent of(PostgresFollower follower) {
        return of(follower, new HashSet<>());
    }

    private ForkConsent of(PostgresFollower follower, Set<String> seen) {
        var namespace = follower.getMetadata().getNamespace();
        var status = Objects.requireNonNullElse(follower.getStatus(), PostgresFollowerStatus.EMPTY);
        var inherited =
                leader(follower, status, seen).orElseGet(() -> ForkConsent.ofCopy(namespace, null, status.forks()));
        return members.isUnfollowed(follower)
                ? inherited.and(namespace, follower.getSpec().forks())
                : inherited;
    }

    /** @return empty: it is gone, or not known; another one of its name has no say */
    private Optional<ForkConsent> leader(PostgresFollower follower, PostgresFollowerStatus status, Set<String> seen) {
        var namespace = follower.getMetadata().getNamespace();
        var leader = follower.getSpec().follows();
        var uid = status.leader() == null ? null : status.leader().uid();
        if (uid == null || !seen.add(uid)) {
            return Optional.empty();
        }
        return switch (leader.resourceKind()) {
            case PostgresDatabase.KIND ->
                object(PostgresDatabase.class, namespace, leader.name(), uid).map(SourceConsent::of);
            case PostgresFork.KIND ->
                object(PostgresFork.class, namespace, leader.name(), uid).map(SourceConsent::of);
            default ->
                object(PostgresFollower.class, namespace, leader.name(), uid).map(next -> of(next, seen));
        };
    }

    private <T extends HasMetadata> Optional<T> object(Class<T> type, String namespace, String name, String uid) {
        return objects.get(type, namespace, name)
                .filter(found -> uid.equals(found.getMetadata().getUid()));
    }
}
