package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.status.Conditions;
import java.util.Collection;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A leader that is deleted waits for its followers, whichever kind of resource it is, unless they are being deleted,
 * too, as when their namespace is.
 */
public final class StayingFollowers {
    private StayingFollowers() {}

    /**
     * @param members of the leader
     * @param conditions of the leader, which say whom it waits for
     * @return whether it waits
     */
    public static boolean holdBack(Owner leader, Collection<Member> members, Conditions conditions) {
        if (!isHeldBack(members)) {
            return false;
        }
        var staying = staying(members).map(Member::name).collect(Collectors.joining(", "));
        conditions.stalled(
                "HasFollowers",
                "PostgresFollower %s would lose what they follow. Delete or unfollow them; %s %s goes then"
                        .formatted(staying, leader.kind(), leader.name()));
        return true;
    }

    /** @param members of the leader */
    public static boolean isHeldBack(Collection<Member> members) {
        return staying(members).findAny().isPresent();
    }

    private static Stream<Member> staying(Collection<Member> members) {
        return members.stream().filter(member -> !member.isLeadersOwn() && !member.isDeleting());
    }
}
