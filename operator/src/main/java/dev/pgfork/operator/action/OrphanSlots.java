package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.ReplicationNames;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ReplicationReport.Slot;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Slots that keep WAL for a member that is no more: its resource was deleted while the primary could not be told. It is
 * told when it can be, whichever kind of resource it is.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>slot</th><th>orphan</th></tr>
 * <tr><td>logical, or of another form than pgfork's</td><td>no: somebody else's</td></tr>
 * <tr><td>of a member, with its uid</td><td>no</td></tr>
 * <tr><td>in use</td><td>no: its consumer may only be unknown for a moment</td></tr>
 * <tr><td>anything else</td><td>yes</td></tr>
 * </table>
 */
public final class OrphanSlots {
    private OrphanSlots() {}

    /**
     * Drops them, and the roles that went with them.
     *
     * @param slots on the primary
     * @param members all that there are, the primary and those that are being deleted, too; listed after the slots, or
     *     one that was just made would look like an orphan's
     * @param primary one of them
     */
    public static List<Action> drop(Collection<Slot> slots, Collection<Member> members, Member primary) {
        var names = members.stream().map(Member::name).collect(Collectors.toSet());
        return of(slots, members.stream().map(Member::owner).toList()).stream()
                .<Action>map(slot -> {
                    var name = ReplicationNames.member(slot);
                    // Another member of that name needs the role.
                    var role = names.contains(name) ? null : ReplicationNames.role(name);
                    return new Action.DetachMember(
                            primary.owner().namespace(),
                            slot,
                            role,
                            primary.names().pod());
                })
                .toList();
    }

    static List<String> of(Collection<Slot> slots, Collection<Owner> members) {
        var known = members.stream().map(ReplicationNames::slot).collect(Collectors.toSet());
        return slots.stream()
                .filter(Slot::physical)
                .filter(slot -> !slot.active())
                .map(Slot::name)
                .filter(ReplicationNames::isOurs)
                .filter(name -> !known.contains(name))
                .sorted()
                .toList();
    }
}
