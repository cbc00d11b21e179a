package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus.Unfollowed;
import dev.pgfork.operator.cut.Inheritance;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.ProvedParameters;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.RecoveryLimits;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.StandbyDraft;
import dev.pgfork.operator.storage.SourceVolume;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What a follower's objects are rendered from: its spec, with what it leaves out taken from its leader. */
final class FollowerResources {

    private static final Seed NOT_COPIED_YET = new Seed.BaseBackup("", 0);

    private FollowerResources() {}

    /** Fills in what the follower inherits: all settings, for its data are the leader's. */
    static EffectiveSettings effective(
            PostgresFollower follower, LeaderInstance leader, Optional<SourceVolume> volume) {
        return Inheritance.effective(follower.getSpec(), leader.template(), volume, name -> true);
    }

    /** All that are wanted while it follows: its own, but of what its replay needs no less than it inherits. */
    static Map<String, String> parameters(PostgresFollower follower, EffectiveSettings effective) {
        var inherited = Objects.requireNonNullElse(effective.parameters(), Map.<String, String>of());
        return RecoveryLimits.atLeast(Inheritance.parameters(follower.getSpec(), inherited), inherited);
    }

    /** For what is made before the copy and does not depend on it. */
    static InstanceTemplate early(
            PostgresFollower follower, int generation, EffectiveSettings effective, LeaderInstance leader) {
        return template(follower, generation, effective, NOT_COPIED_YET, leader);
    }

    /** @return the template as it was noted before the copy; empty: nothing is noted yet */
    static Optional<InstanceTemplate> recorded(
            PostgresFollower follower, FollowerStatusDraft draft, Optional<LeaderInstance> leader) {
        return draft.unfollowed != null
                ? Optional.of(independent(follower, draft, draft.unfollowed))
                : following(follower, draft, leader);
    }

    /** As {@link #recorded}, of one that has not been unfollowed. */
    static Optional<InstanceTemplate> following(
            PostgresFollower follower, StandbyDraft<?> draft, Optional<LeaderInstance> leader) {
        var effective = draft.effective;
        if (effective == null || leader.isEmpty()) {
            return Optional.empty();
        }
        var usable = ProvedParameters.usable(parameters(follower, effective), draft.configuration);
        return draft.recordedSeed()
                .map(seed -> template(follower, draft.generation(), effective, seed, leader.get())
                        .withParameters(usable));
    }

    /** Of a follower that leaves its leader: the same volume, as if it were a fork's that was just cut. */
    static InstanceTemplate independent(PostgresFollower follower, FollowerStatusDraft draft, Unfollowed noted) {
        var seed = new Seed.Snapshot(
                draft.snapshotName(),
                Objects.requireNonNull(draft.instance.systemIdentifier(), "noted before the copy"),
                Lsn.parse(Objects.requireNonNull(noted.lsn(), "noted with the end of following")),
                Objects.requireNonNull(noted.timeline(), "noted with the end of following"));
        var effective = Objects.requireNonNull(draft.effective, "noted before the copy");
        var wanted = Inheritance.parameters(follower.getSpec(), effective.parameters());
        return Inheritance.template(Owner.of(follower), draft.generation(), effective, seed, follower.getSpec())
                .withParameters(ProvedParameters.usable(wanted, draft.configuration))
                .withAtLeast(Inheritance.size(follower.getSpec().storage()))
                .withRole(Role.PRIMARY, Objects.requireNonNull(noted.epoch(), "noted with the end of following"), null);
    }

    private static InstanceTemplate template(
            PostgresFollower follower, int generation, EffectiveSettings effective, Seed seed, LeaderInstance leader) {
        var owner = Owner.of(follower);
        var isPrimary = leader.primary().equals(owner.name());
        var own = Inheritance.size(follower.getSpec().storage());
        return Inheritance.template(owner, generation, effective, seed, follower.getSpec())
                // A size that was raised since the copy: its own, or its leader's.
                .withAtLeast(own != null ? own : leader.template().storageSize())
                .withParameters(parameters(follower, effective))
                .withSuperuserAccess(leader.template().superuserAccess())
                .withMembership(new Membership(leader.owner(), null, leader.synchronous())
                        .withStopping(leader.stopping(owner.name())))
                .withRole(isPrimary ? Role.PRIMARY : Role.STANDBY, leader.epoch(), isPrimary ? null : leader.primary());
    }
}
