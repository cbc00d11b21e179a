package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Owner;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an instance is among those that follow one another: a leader resource's own instance and its followers share an
 * authority, the passwords of their roles, and the names that clients know.
 *
 * @param authority the resource whose Secret {@code -ca} issues the certificate, and whose Services it names; the
 *     instance's own if it follows nobody else's. Another one that was made under its name since is not that
 * @param leader name of the instance that this one streams from; {@code null}: it is a primary
 * @param synchronous parts of synchronous_standby_names, see {@link #anyOf}; empty: commits wait for nobody. A standby
 *     has none, so that it cannot hang once it is promoted
 * @param reads whether new pods carry the label by which the Service {@code <authority>-ro} finds them
 * @param stopping whether its pod is to end, and no other to start, so that another member can take its place
 */
public record Membership(
        Owner authority, @Nullable String leader, List<String> synchronous, boolean reads, Stopping stopping) {

    /** What a failover wants of an instance's pod. */
    public enum Stopping {
        /** It is to run. */
        NO,
        /** It is to end, and how it does is to be put on record: see {@link PodHold}. */
        UNPROVED,
        /** It is to end, and it is proved already that it can do no harm. */
        PROVED
    }

    public Membership {
        synchronous = List.copyOf(synchronous);
    }

    /** One that serves reads. */
    public Membership(Owner authority, @Nullable String leader, List<String> synchronous) {
        this(authority, leader, synchronous, true, Stopping.NO);
    }

    /** Of an instance that follows nobody and has an authority of its own. */
    public static Membership independent(Owner owner) {
        return new Membership(owner, null, List.of());
    }

    public Membership withLeader(@Nullable String newLeader) {
        return new Membership(authority, newLeader, synchronous, reads, stopping);
    }

    public Membership withSynchronous(List<String> parts) {
        return new Membership(authority, leader, parts, reads, stopping);
    }

    public Membership withReads(boolean wanted) {
        return new Membership(authority, leader, synchronous, wanted, stopping);
    }

    public Membership withStopping(Stopping wanted) {
        return new Membership(authority, leader, synchronous, reads, wanted);
    }

    /** Whether it is to have no pod. */
    public boolean stopped() {
        return stopping != Stopping.NO;
    }

    /** Whether the instance's certificate and roles are another resource's. */
    public boolean isUnder(Owner owner) {
        return !authority.equals(owner);
    }

    /**
     * The part that makes a commit wait for so many of these members.
     *
     * @param members names of instances, which are their {@code application_name}s; at least one
     */
    public static List<String> anyOf(int required, Collection<String> members) {
        // Quoted: a name may hold a dash.
        return List.of(members.stream()
                .sorted()
                .map(member -> '"' + member + '"')
                .collect(Collectors.joining(", ", "ANY " + required + " (", ")")));
    }
}
