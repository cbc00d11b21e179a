package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.LeaderReference;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.action.Deletions;
import dev.pgfork.operator.cut.Inheritance;
import dev.pgfork.operator.database.DatabaseResources;
import dev.pgfork.operator.follower.FollowerLeaders;
import dev.pgfork.operator.fork.ForkResources;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Shows databases and forks to their followers as leaders; no feature knows the other. */
final class FollowedLeaders implements FollowerLeaders {
    /** Of what a leader was made is no concern of its followers. */
    private static final Seed NOT_LOOKED_AT = new Seed.InitDb("", List.of());

    private final ObjectReader objects;
    private final Members members;
    private final SourceDemands demands;
    private final SourceConsent consents;

    FollowedLeaders(ObjectReader objects) {
        this.objects = objects;
        this.members = new Members(objects);
        this.demands = new SourceDemands(objects, members);
        this.consents = new SourceConsent(objects, members);
    }

    @Override
    public Optional<LeaderInstance> find(String namespace, LeaderReference follows) {
        return switch (Objects.requireNonNullElse(follows.kind(), LeaderReference.Kind.PostgresDatabase)) {
            case PostgresDatabase ->
                objects.get(PostgresDatabase.class, namespace, follows.name())
                        .map(database -> DatabaseResources.leader(database)
                                .demanding(SourceDemands.of(database).notedWith(SourceConsent.of(database))));
            case PostgresFork ->
                objects.get(PostgresFork.class, namespace, follows.name())
                        .flatMap(fork -> leader(fork)
                                .map(found -> found.demanding(demands.of(fork).notedWith(SourceConsent.of(fork)))));
            case PostgresFollower ->
                objects.get(PostgresFollower.class, namespace, follows.name())
                        .flatMap(follower -> leader(follower)
                                .map(found ->
                                        found.demanding(demands.of(follower).notedWith(consents.of(follower)))));
        };
    }

    /** A fork cannot change its primary. */
    private static Optional<LeaderInstance> leader(PostgresFork fork) {
        var status = fork.getStatus();
        return status == null
                ? Optional.empty()
                : ForkResources.recorded(fork, status)
                        .map(template -> unchanging(
                                template.withParameters(ForkResources.inheritable(fork, status)),
                                fork,
                                false,
                                status.conditions()));
    }

    /** Only one that is unfollowed has writes of its own; the planner refuses the others. */
    private Optional<LeaderInstance> leader(PostgresFollower follower) {
        var status = follower.getStatus();
        if (status == null || status.effective() == null) {
            return Optional.empty();
        }
        var wanted =
                Inheritance.parameters(follower.getSpec(), status.effective().parameters());
        var template = Inheritance.template(
                        Owner.of(follower), 1, status.effective(), NOT_LOOKED_AT, follower.getSpec())
                .withParameters(ProvedParameters.inheritable(wanted, status.configuration()));
        return Optional.of(unchanging(template, follower, !members.isUnfollowed(follower), status.conditions()));
    }

    private static LeaderInstance unchanging(
            InstanceTemplate template, HasMetadata resource, boolean isStandby, @Nullable List<Condition> conditions) {
        return new LeaderInstance(
                template,
                template.owner().name(),
                template.epoch(),
                List.of(),
                DeletionPolicy.Delete,
                false,
                Map.of(),
                isStandby,
                !Deletions.remains(resource),
                Conditions.isTrue(conditions, Conditions.READY),
                Conditions.whyNotReady(conditions),
                null);
    }
}
