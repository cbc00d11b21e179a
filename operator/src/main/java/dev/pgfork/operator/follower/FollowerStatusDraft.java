package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.BindingStatus;
import dev.pgfork.api.v1alpha1.InheritedForkRules;
import dev.pgfork.api.v1alpha1.InstanceSpec;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Unfollowed;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Announcements;
import dev.pgfork.operator.action.VolumePlanner;
import dev.pgfork.operator.cut.Inheritance;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ReplicationReport.Standby;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyDraft;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The status of a follower while the planner decides it: starts as the last one and ends as the next. */
final class FollowerStatusDraft extends StandbyDraft<PostgresFollowerStatus> {
    private final @Nullable Long observedGeneration;

    @Nullable
    Unfollowed unfollowed;

    @Nullable
    BindingStatus binding;

    private @Nullable InheritedForkRules forks;

    FollowerStatusDraft(PostgresFollower follower, Instant now) {
        this(follower, Objects.requireNonNullElse(follower.getStatus(), PostgresFollowerStatus.EMPTY), now);
    }

    private FollowerStatusDraft(PostgresFollower follower, PostgresFollowerStatus before, Instant now) {
        super(Owner.of(follower), follower.getMetadata().getGeneration(), noted(before), now);
        observedGeneration = follower.getMetadata().getGeneration();
        unfollowed = before.unfollowed();
        binding = before.binding();
        forks = before.forks();
        conditions.keep(UnfollowPlanner.UNFOLLOWED);
        VolumePlanner.keep(conditions);
    }

    private static StandbyDraft.Noted noted(PostgresFollowerStatus before) {
        return new StandbyDraft.Noted(
                before.phase(),
                before.conditions(),
                before.instance(),
                before.leader(),
                before.slot(),
                before.streaming(),
                before.lag(),
                before.seed(),
                before.rebuild(),
                before.requestedAt(),
                before.timings(),
                before.effective(),
                before.configuration());
    }

    /**
     * The end of following: an epoch after all that it may have been told, or it would go on as it was.
     *
     * @param epochs that are known of the leader and of the script
     */
    void unfollowing(Standby own, long... epochs) {
        var last = LongStream.concat(
                        LongStream.of(epochs), LongStream.of(Objects.requireNonNullElse(instance.epoch(), 0L)))
                .max()
                .orElseThrow();
        unfollowed = new Unfollowed(own.replayed().toString(), own.timeline(), last + 1, now().toString());
    }

    /**
     * It has its leader's data, and keeps them when that is gone: so it keeps what is demanded of forks of them, and
     * the settings that they are served with.
     */
    void inherit(InstanceSpec spec, Optional<LeaderInstance> leader) {
        leader.map(LeaderInstance::forks).ifPresent(demanded -> forks = demanded);
        if (effective != null && unfollowed == null && leader.isPresent()) {
            var template = leader.get().template();
            effective = Inheritance.following(spec, effective.inheriting(template.parameters()), template);
        }
    }

    /** Clients have been given the Secret of that name. */
    void bound(String secret) {
        binding = new BindingStatus(secret);
    }

    @Override
    protected List<Action> announcements() {
        return Announcements.of(owner(), before().conditions(), conditions.list());
    }

    @Override
    protected PostgresFollowerStatus build() {
        return new PostgresFollowerStatus(
                phase,
                conditions.list(),
                observedGeneration,
                instanceOrNull(),
                binding,
                leader,
                slot,
                streaming,
                lag,
                seedOrNull(),
                rebuild,
                unfollowed,
                forks,
                requestedAt.toString(),
                timingsOrNull(),
                effective,
                configuration);
    }
}
