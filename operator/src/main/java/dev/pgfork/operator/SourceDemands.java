package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import dev.pgfork.operator.fork.SanitizeRules;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.ObjectReader;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the owner of the data demands of forks, wherever the data come from: a database says it itself, a follower has
 * the data of its leader, a fork those of its source.
 */
final class SourceDemands {
    private final ObjectReader objects;
    private final Members members;

    SourceDemands(ObjectReader objects, Members members) {
        this.objects = objects;
        this.members = members;
    }

    static SanitizeRules of(PostgresDatabase database) {
        return SanitizeRules.of(
                database.getMetadata().getNamespace(), database.getSpec().forks());
    }

    /**
     * What its data have passed they need not pass again; what its source demands only since, they must, and what it
     * demands itself.
     */
    SanitizeRules of(PostgresFork fork) {
        return of(fork, new HashSet<>());
    }

    /** It had its leader's data before it was unfollowed, too; what was demanded of them outlives the leader. */
    SanitizeRules of(PostgresFollower follower) {
        return of(follower, new HashSet<>());
    }

    /**
     * Whether somebody can be asked what is demanded of its data, or they have passed what was. What nobody has a say
     * about any more stays in its namespace.
     */
    boolean isAnswered(PostgresFork fork) {
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var passed = Objects.requireNonNullElse(status.sanitizedBy(), List.<SanitizedBy>of());
        return !passed.isEmpty() || sourceOf(fork, status, new HashSet<>()).isPresent();
    }

    private SanitizeRules of(PostgresFork fork, Set<String> seen) {
        var namespace = fork.getMetadata().getNamespace();
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var passed = Objects.requireNonNullElse(status.sanitizedBy(), List.<SanitizedBy>of());
        return sourceOf(fork, status, seen)
                .orElse(SanitizeRules.NONE)
                .after(passed)
                .and(SanitizeRules.of(namespace, fork.getSpec().forks()));
    }

    /**
     * What it was cut from may be another resource than the one in its spec: the masked copy of that. If it is gone by
     * now, the one in the spec demands what it demands, whether it was made again or not.
     */
    private Optional<SanitizeRules> sourceOf(PostgresFork fork, PostgresForkStatus status, Set<String> seen) {
        var from = fork.getSpec().from();
        var there = from.namespaceOr(fork.getMetadata().getNamespace());
        var cut = status.source();
        return Optional.ofNullable(cut)
                .filter(known -> known.kind() != null && known.name() != null)
                .flatMap(known -> find(
                        there,
                        Objects.requireNonNull(known.kind()),
                        Objects.requireNonNull(known.name()),
                        known.uid(),
                        seen))
                .or(() -> find(there, from.resourceKind(), from.name(), null, seen));
    }

    private SanitizeRules of(PostgresFollower follower, Set<String> seen) {
        var namespace = follower.getMetadata().getNamespace();
        var leader = follower.getSpec().follows();
        var own = members.isUnfollowed(follower) ? follower.getSpec().forks() : null;
        var status = Objects.requireNonNullElse(follower.getStatus(), PostgresFollowerStatus.EMPTY);
        var uid = status.leader() == null ? null : status.leader().uid();
        return find(namespace, leader.resourceKind(), leader.name(), uid, seen)
                .orElseGet(() -> SanitizeRules.noted(status.forks()))
                .and(SanitizeRules.of(namespace, own));
    }

    /**
     * @param uid of what the data came from: another one of the same name has no say; {@code null}: whichever has the
     *     name
     * @param seen whom it has asked already: resources that were made again may be each other's sources by name
     * @return empty: it is gone, and can demand nothing any more
     */
    private Optional<SanitizeRules> find(
            String namespace, String kind, String name, @Nullable String uid, Set<String> seen) {
        if (!seen.add(kind + "/" + namespace + "/" + name + "/" + uid)) {
            return Optional.empty();
        }
        return switch (kind) {
            case PostgresDatabase.KIND ->
                object(PostgresDatabase.class, namespace, name, uid).map(SourceDemands::of);
            case PostgresFork.KIND ->
                object(PostgresFork.class, namespace, name, uid).map(fork -> of(fork, seen));
            default -> object(PostgresFollower.class, namespace, name, uid).map(follower -> of(follower, seen));
        };
    }

    private <T extends HasMetadata> Optional<T> object(
            Class<T> type, String namespace, String name, @Nullable String uid) {
        return objects.get(type, namespace, name)
                .filter(found -> uid == null || uid.equals(found.getMetadata().getUid()));
    }
}
