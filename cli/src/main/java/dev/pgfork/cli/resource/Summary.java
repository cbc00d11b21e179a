package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is told of a resource and of what was made of it.
 *
 * @param kind as in Kubernetes
 * @param role {@code primary}, {@code standby} or {@code fenced}; {@code null}: not known
 * @param reason CamelCase, why it is not ready; {@code null}: it is
 * @param lag of a follower
 * @param dataOf the instant that a fork's data are of; {@code null}: they are of now
 * @param originGone what it was made of, if that is not there any more: {@code kind/name}
 */
public record Summary(
        String kind,
        String namespace,
        String name,
        @Nullable String role,
        String phase,
        boolean ready,
        @Nullable String reason,
        @Nullable String message,
        @Nullable Lag lag,
        @Nullable String dataOf,
        String createdAt,
        boolean unfollowed,
        @Nullable String originGone,
        List<Summary> children) {

    public static Summary of(Lineage.Node node) {
        var resource = node.resource();
        var ready = resource.condition("Ready");
        var notReady = ready.filter(condition -> !condition.getStatus().equals("True"));
        return new Summary(
                resource.kind().kubernetesName(),
                resource.namespace(),
                resource.name(),
                resource.instance().map(InstanceStatus::role).orElse(null),
                resource.isBeingDeleted() ? "Deleting" : resource.phase(),
                resource.is("Ready"),
                notReady.map(Condition::getReason).orElse(null),
                notReady.map(Condition::getMessage).orElse(null),
                resource instanceof PgResource.Follower follower
                        ? follower.status().lag()
                        : null,
                cutTime(resource).orElse(null),
                resource.object().getMetadata().getCreationTimestamp(),
                resource instanceof PgResource.Follower follower && follower.isUnfollowed(),
                node.gone()
                        .map(origin -> origin.kind().shortName() + "/" + origin.name())
                        .orElse(null),
                node.children().stream().map(Summary::of).toList());
    }

    public Instant created() {
        return Instant.parse(createdAt);
    }

    /** Empty: the data are of now. */
    public Optional<Instant> dataInstant() {
        return Optional.ofNullable(dataOf)
                .map(text -> OffsetDateTime.parse(text).toInstant());
    }

    private static Optional<String> cutTime(PgResource resource) {
        return resource instanceof PgResource.Fork fork
                ? Optional.ofNullable(fork.status().source()).map(source -> source.cutTime())
                : Optional.empty();
    }
}
