package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.EffectiveSettings;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.operator.cut.Inheritance;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.Seed;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.storage.SourceVolume;
import java.util.Optional;

/** What a follower's objects are rendered from: its spec, with what it leaves out taken from its leader. */
final class FollowerResources {
    static final String SNAPSHOT = "snapshot";
    static final String BASE_BACKUP = "basebackup";

    private static final Seed NOT_COPIED_YET = new Seed.BaseBackup("", 0);

    private FollowerResources() {}

    /** Fills in what the follower inherits: all settings, for its data are the leader's. */
    static EffectiveSettings effective(
            PostgresFollower follower, LeaderInstance leader, Optional<SourceVolume> volume) {
        return Inheritance.effective(follower.getSpec(), leader.template(), volume, name -> true);
    }

    /** For what is made before the copy and does not depend on it. */
    static InstanceTemplate early(
            PostgresFollower follower, int generation, EffectiveSettings effective, LeaderInstance leader) {
        return template(follower, generation, effective, NOT_COPIED_YET, leader);
    }

    /** @return the template as it was noted before the copy; empty: nothing is noted yet */
    static Optional<InstanceTemplate> recorded(
            PostgresFollower follower, FollowerStatusDraft draft, Optional<LeaderInstance> leader) {
        var effective = draft.effective;
        if (effective == null || leader.isEmpty()) {
            return Optional.empty();
        }
        return draft.recordedSeed().map(seed -> template(follower, draft.generation(), effective, seed, leader.get()));
    }

    private static InstanceTemplate template(
            PostgresFollower follower, int generation, EffectiveSettings effective, Seed seed, LeaderInstance leader) {
        var owner = Owner.of(follower);
        var isPrimary = leader.primary().equals(owner.name());
        return Inheritance.template(owner, generation, effective, seed)
                .withSuperuserAccess(leader.template().superuserAccess())
                .withMembership(new Membership(leader.owner().name(), null, leader.synchronous()))
                .withRole(isPrimary ? Role.PRIMARY : Role.STANDBY, leader.epoch(), isPrimary ? null : leader.primary());
    }
}
