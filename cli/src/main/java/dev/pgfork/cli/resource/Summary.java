package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.InstanceStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Lag;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
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
 * @param role {@code primary}, {@code standby} or {@code fenced}; {@code null}: not known, or it has no pod
 * @param reason CamelCase, why it is not ready; {@code null}: it is
 * @param lag of a follower
 * @param dataOf the instant that a fork's data are of; {@code null}: they are of now
 * @param expiresAt RFC 3339, when its data goes; {@code null}: it has no time to live, or that has not begun, or is
 *     over
 * @param expiredAt RFC 3339, when its data went
 * @param divergedBytes of a fork: about how much it has written since it was made
 * @param originGone what it was made of, if that is not there any more: {@code kind/name}
 * @param originElsewhere what it was made of, if that is in a namespace that was not looked at:
 *     {@code namespace/kind/name}
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
        @Nullable String expiresAt,
        @Nullable String expiredAt,
        @Nullable Long divergedBytes,
        String createdAt,
        boolean unfollowed,
        @Nullable String originGone,
        @Nullable String originElsewhere,
        List<Summary> children) {

    public static Summary of(Lineage.Node node) {
        var resource = node.resource();
        var ready = resource.condition("Ready");
        var fork = resource instanceof PgResource.Fork made ? made.status() : PostgresForkStatus.EMPTY;
        var notReady = ready.filter(condition -> !condition.getStatus().equals("True"));
        return new Summary(
                resource.kind().kubernetesName(),
                resource.namespace(),
                resource.name(),
                resource.instance()
                        .map(InstanceStatus::role)
                        .filter(role -> resource.condition("Available").isEmpty())
                        .orElse(null),
                resource.isBeingDeleted() ? "Deleting" : resource.phase(),
                resource.is("Ready"),
                notReady.map(Condition::getReason).orElse(null),
                notReady.map(Condition::getMessage).orElse(null),
                resource instanceof PgResource.Follower follower
                        ? follower.status().lag()
                        : null,
                fork.source() == null ? null : fork.source().cutTime(),
                fork.expiredAt() == null ? fork.expiresAt() : null,
                fork.expiredAt(),
                fork.divergedBytes(),
                resource.object().getMetadata().getCreationTimestamp(),
                resource instanceof PgResource.Follower follower && follower.isUnfollowed(),
                node.gone().map(Summary::shortly).orElse(null),
                node.elsewhere()
                        .map(origin -> origin.namespace() + "/" + shortly(origin))
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

    /** Empty: it does not go by itself, or has gone. */
    public Optional<Instant> end() {
        return Optional.ofNullable(expiresAt)
                .map(text -> OffsetDateTime.parse(text).toInstant());
    }

    private static String shortly(Origin origin) {
        return origin.kind().shortName() + "/" + origin.name();
    }
}
