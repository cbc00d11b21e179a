package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import java.util.List;

/** What a changeover wants done to a member, given by the name of its instance. Each may be repeated. */
public sealed interface ChangeoverOrder {

    /** CHECKPOINT on the primary, so that the fence is quick; slots of all members on the target. */
    record Prepare(String primary, String target) implements ChangeoverOrder {}

    record Fence(String member, long epoch) implements ChangeoverOrder {}

    record Unfence(String member, long epoch) implements ChangeoverOrder {}

    record Promote(String member, long epoch) implements ChangeoverOrder {}

    /** @param leader name of the instance to stream from */
    record Follow(String member, long epoch, String leader) implements ChangeoverOrder {}

    /** The read-write Service leads to this member from now on. */
    record ServeFrom(String member) implements ChangeoverOrder {}

    static ChangeoverOrder prepare(ChangeoverStatus changeover) {
        return new Prepare(changeover.from(), changeover.to());
    }

    static ChangeoverOrder fence(ChangeoverStatus changeover) {
        return new Fence(changeover.from(), changeover.epoch());
    }

    /** Above the fence's epoch: a fence that arrives late is refused by the script then. */
    static ChangeoverOrder unfence(ChangeoverStatus changeover) {
        return new Unfence(changeover.from(), changeover.epoch() + 1);
    }

    /** Nobody accepts writes now, and there is no way back: Kubernetes may turn the Service while Postgres promotes. */
    static List<ChangeoverOrder> promotion(ChangeoverStatus changeover) {
        return List.of(new Promote(changeover.to(), changeover.epoch()), new ServeFrom(changeover.to()));
    }

    static ChangeoverOrder follow(ChangeoverStatus changeover, String member) {
        return new Follow(member, changeover.epoch(), changeover.to());
    }
}
