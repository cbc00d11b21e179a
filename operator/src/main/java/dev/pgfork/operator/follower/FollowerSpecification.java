package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.InstanceSpec;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyDraft;
import dev.pgfork.operator.standby.StandbySpec;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A standby as a PostgresFollower wants it. */
record FollowerSpecification(PostgresFollower follower) implements StandbySpec {
    @Override
    public InstanceSpec block() {
        return follower.getSpec();
    }

    @Override
    public EffectiveSettings effective(LeaderInstance leader, Optional<SourceVolume> volume) {
        return FollowerResources.effective(follower, leader, volume);
    }

    @Override
    public InstanceTemplate early(int generation, EffectiveSettings effective, LeaderInstance leader) {
        return FollowerResources.early(follower, generation, effective, leader);
    }

    @Override
    public Optional<InstanceTemplate> recorded(StandbyDraft<?> draft, Optional<LeaderInstance> leader) {
        return FollowerResources.following(follower, draft, leader);
    }

    @Override
    public Map<String, String> parameters(StandbyDraft<?> draft) {
        return FollowerResources.parameters(follower, Objects.requireNonNull(draft.effective, "noted before the copy"));
    }

    @Override
    public String leader() {
        var leader = follower.getSpec().follows();
        return leader.resourceKind() + " " + follower.getMetadata().getNamespace() + "/" + leader.name();
    }

    @Override
    public long maxLag() {
        var wanted = Objects.requireNonNullElse(follower.getSpec().maxLag(), "64Mi");
        return Quantity.getAmountInBytes(new Quantity(wanted)).longValue();
    }
}
