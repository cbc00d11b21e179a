package dev.pgfork.operator.database;

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
}
