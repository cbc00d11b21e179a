package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.Origin;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import dev.pgfork.operator.fork.SanitizeRules;
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

    SourceDemands(ObjectReader objects) {
        this.objects = objects;
    }

    static SanitizeRules of(PostgresDatabase database) {
        var namespace = database.getMetadata().getNamespace();
        var rules = database.getSpec().forks();
        return rules == null || rules.sanitize() == null
                ? SanitizeRules.none(namespace)
                : new SanitizeRules(namespace, rules.sanitize(), List.of());
    }

    /** What its data have passed they need not pass again; what its source demands only since, they must. */
    SanitizeRules of(PostgresFork fork) {
        return of(fork, new HashSet<>());
    }

    /** It had its leader's data before it was unfollowed, too. */
    SanitizeRules of(PostgresFollower follower) {
        return of(follower, new HashSet<>());
    }

    private SanitizeRules of(PostgresFork fork, Set<String> seen) {
        var namespace = fork.getMetadata().getNamespace();
        var status = Objects.requireNonNullElse(fork.getStatus(), PostgresForkStatus.EMPTY);
        var passed = Objects.requireNonNullElse(status.sanitizedBy(), List.<SanitizedBy>of());
        var from = fork.getSpec().from();
        var uid = status.source() == null ? null : status.source().uid();
        return find(namespace, from.resourceKind(), from.name(), uid, seen)
                .map(source -> new SanitizeRules(
                        source.namespace(),
                        source.steps().stream()
                                .filter(step -> !hasPassed(passed, step))
                                .toList(),
                        passed))
                .orElseGet(() -> new SanitizeRules(namespace, List.of(), passed));
    }

    private static boolean hasPassed(List<SanitizedBy> passed, SanitizeStep step) {
        return passed.stream()
                .anyMatch(by -> by.origin() == Origin.Source && step.name().equals(by.name()));
    }

    private SanitizeRules of(PostgresFollower follower, Set<String> seen) {
        var namespace = follower.getMetadata().getNamespace();
        var leader = follower.getSpec().follows();
        return find(namespace, leader.resourceKind(), leader.name(), null, seen)
                .orElseGet(() -> SanitizeRules.none(namespace));
    }

    /**
     * @param uid of what the data came from: another one of the same name has no say; {@code null}: not known
     * @param seen whom it has asked already: resources that were made again may be each other's sources by name
     * @return empty: it is gone, and can demand nothing any more
     */
    private Optional<SanitizeRules> find(
            String namespace, String kind, String name, @Nullable String uid, Set<String> seen) {
        if (!seen.add(kind + "/" + name)) {
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
