package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.instance.ConfigurationRecall;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.standby.CopySource;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.standby.StandbyObserver;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Looks at everything that decides about a follower; changes nothing. */
public final class FollowerObserver implements InstanceReconciler.Observer<PostgresFollower, StandbyObservation> {
    private final ConfigurationRecall configurations;
    private final FollowerLeaders leaders;
    private final Members members;
    private final StandbyObserver standbys;

    public FollowerObserver(ObjectReader objects, FollowerLeaders leaders, StandbyObserver standbys) {
        this.leaders = leaders;
        this.members = new Members(objects);
        this.configurations = new ConfigurationRecall(objects);
        this.standbys = standbys;
    }

    @Override
    public PostgresFollower recall(PostgresFollower resource) {
        var status = Objects.requireNonNullElse(resource.getStatus(), PostgresFollowerStatus.EMPTY);
        return configurations
                .of(
                        Owner.of(resource),
                        new FollowerStatusDraft(resource, Instant.EPOCH).generation(),
                        status.configuration())
                .map(found -> {
                    var known = new PostgresFollower();
                    known.setMetadata(resource.getMetadata());
                    known.setSpec(resource.getSpec());
                    known.setStatus(status.withConfiguration(found));
                    return known;
                })
                .orElse(resource);
    }

    /** @param now for the age of objects */
    @Override
    public StandbyObservation observe(PostgresFollower follower, Instant now) {
        var draft = new FollowerStatusDraft(follower, now);
        var leader = leaders.find(draft.owner().namespace(), follower.getSpec().follows())
                .filter(found -> isFollowed(draft, found));
        var all = leader.map(found -> members.of(found.owner())).orElse(List.of());
        var copied = draft.isCut() || follower.getMetadata().getDeletionTimestamp() != null;
        var copy = copied
                ? CopySource.NOT_LOOKED_AT
                : standbys.copySource(
                        new FollowerSpecification(follower),
                        draft,
                        leader,
                        leader.flatMap(found -> StandbyObserver.primary(found, all)));
        draft.inherit(follower.getSpec(), leader);
        return standbys.observe(
                draft,
                leader,
                all,
                copy,
                template(follower, draft, leader, copy),
                !draft.hadStreamed() || isLeaving(draft),
                now);
    }

    /** Another resource may have been made under the same name since: its history is not the follower's. */
    private static boolean isFollowed(FollowerStatusDraft draft, LeaderInstance found) {
        var noted = draft.before().leader();
        return !draft.isSeedNoted()
                || noted == null
                || noted.uid() == null
                || noted.uid().equals(found.owner().uid());
    }

    /** Only the script knows whether quarantine has passed. */
    private static boolean isLeaving(FollowerStatusDraft draft) {
        return draft.unfollowed != null && draft.binding == null;
    }

    private static Optional<InstanceTemplate> template(
            PostgresFollower follower, FollowerStatusDraft draft, Optional<LeaderInstance> leader, CopySource copy) {
        return FollowerResources.recorded(follower, draft, leader)
                .or(() -> leader.map(found -> FollowerResources.early(
                        follower,
                        draft.generation(),
                        FollowerResources.effective(follower, found, copy.volume()),
                        found)));
    }
}
