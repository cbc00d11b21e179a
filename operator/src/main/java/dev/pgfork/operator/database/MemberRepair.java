package dev.pgfork.operator.database;

import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Action.Verb;
import dev.pgfork.operator.action.OrphanSlots;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.ReplicationNames;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Puts right, while no changeover is made, what a changeover or an operator that ended left half done.
 *
 * <table>
 * <caption>Repairs</caption>
 * <tr><th>seen</th><th>done</th></tr>
 * <tr><td>the primary on record is fenced, and no other instance says that it is one, or does not say</td><td>it serves again, with a higher epoch: a fence that is still on its
 * way is refused then</td></tr>
 * <tr><td>the primary on record runs as a standby, in an epoch before: it never heard of its promotion; no other
 * instance says that it is one, or does not say</td><td>it is promoted</td></tr>
 * <tr><td>a fenced instance, or a standby of another leader, that does not stream from the primary</td><td>it is told to
 * follow</td></tr>
 * <tr><td>the database's own instance follows, and the primary has no slot for it</td><td>it is let in</td></tr>
 * <tr><td>the primary keeps a slot for a member that is no more</td><td>slot and role are dropped, see
 * {@link OrphanSlots}</td></tr>
 * </table>
 */
final class MemberRepair {
    private MemberRepair() {}

    /** @param draft its epoch rises where the primary is let go again */
    static List<Action> plan(DatabaseStatusDraft draft, DatabaseObservation seen, InstanceTemplate own) {
        var primary = draft.primary;
        if (primary == null || draft.changeover != null) {
            return List.of();
        }
        var members = seen.members();
        var actions = new ArrayList<>(letGo(draft, primary, members, own));
        actions.addAll(promote(draft, primary, members, own));
        actions.addAll(cleanUp(primary, members, own));
        actions.addAll(letIn(primary, members, own));
        members.all().stream()
                .filter(member -> !member.name().equals(primary))
                .forEach(member -> actions.addAll(follow(draft, primary, member, members, own)));
        return actions;
    }

    private static List<Action> cleanUp(String primary, MembersObservation members, InstanceTemplate own) {
        // Of an own instance that is being removed the slot goes after the pod, and not from here.
        var slots = members.senders().map(report -> report.slots()).orElse(List.of()).stream()
                .filter(slot -> !slot.name().equals(ReplicationNames.slot(own.owner())))
                .toList();
        return members.member(primary)
                .map(member -> OrphanSlots.drop(slots, members.all(), member))
                .orElse(List.of());
    }

    private static List<Action> letGo(
            DatabaseStatusDraft draft, String primary, MembersObservation members, InstanceTemplate own) {
        var fenced = members.primary()
                .flatMap(seen -> seen.script().found())
                .filter(script -> script.phase() == ScriptStatus.Phase.fenced);
        if (fenced.isEmpty() || anotherMayBePrimary(primary, members)) {
            return List.of();
        }
        draft.atLeastEpoch(fenced.get().epoch() + 1);
        return Stream.concat(
                        Stream.of(new Action.PersistIntent()),
                        ChangeoverActions.instruct(own.owner(), members, primary, draft.epoch, new Verb.Unfence()))
                .toList();
    }

    /** It was chosen, and the one before it proved to be fenced, before it was written down as the primary. */
    private static List<Action> promote(
            DatabaseStatusDraft draft, String primary, MembersObservation members, InstanceTemplate own) {
        var standby = Optional.ofNullable(members.scripts().get(primary))
                .flatMap(Looked::found)
                .filter(script -> script.phase() == ScriptStatus.Phase.running
                        && script.role().equals(Role.STANDBY.text())
                        && script.epoch() < draft.epoch);
        return standby.isEmpty() || anotherMayBePrimary(primary, members)
                ? List.of()
                : ChangeoverActions.instruct(own.owner(), members, primary, draft.epoch, new Verb.Promote())
                        .toList();
    }

    /** The status may be older than what happened: it may have been restored. Two primaries are the worst of all. */
    private static boolean anotherMayBePrimary(String primary, MembersObservation members) {
        return members.scripts().entrySet().stream()
                .filter(entry -> !entry.getKey().equals(primary))
                .anyMatch(entry -> switch (entry.getValue()) {
                    case Looked.Found<ScriptStatus>(ScriptStatus script) ->
                        script.role().equals(Role.PRIMARY.text());
                    case Looked.Unknown<ScriptStatus> unknown -> true;
                    case Looked.Absent<ScriptStatus> absent -> false;
                });
    }

    private static List<Action> letIn(String primary, MembersObservation members, InstanceTemplate own) {
        var slot = ReplicationNames.slot(own.owner());
        var belongs = members.member(own.owner().name()).isPresent();
        return own.role() == Role.STANDBY
                        && belongs
                        && members.senders()
                                .filter(report -> report.slot(slot).isEmpty())
                                .isPresent()
                ? members.member(primary).stream()
                        .<Action>map(member ->
                                new Action.AttachMember(own, member.names().pod()))
                        .toList()
                : List.of();
    }

    private static List<Action> follow(
            DatabaseStatusDraft draft,
            String primary,
            Member member,
            MembersObservation members,
            InstanceTemplate own) {
        var host = ChangeoverActions.follow(own.owner(), primary);
        var astray = Optional.ofNullable(members.scripts().get(member.name()))
                .flatMap(Looked::found)
                .filter(script -> isAstray(script, host.host()));
        return astray.isEmpty()
                ? List.of()
                : ChangeoverActions.instructAgain(own.owner(), members, member.name(), draft.epoch, host)
                        .toList();
    }

    /** One that is still being made, or fails, is no better off elsewhere; a second primary is not for us to stop. */
    private static boolean isAstray(ScriptStatus script, String host) {
        return switch (script.phase()) {
            case fenced -> true;
            case running -> script.role().equals(Role.STANDBY.text()) && !Objects.equals(script.leader(), host);
            case starting, bootstrap, quarantine, stopping, failed -> false;
        };
    }

    /** Clients that only read come to the primary while nobody else is there for them. */
    static boolean servesReads(DatabaseStatusDraft draft, MembersObservation members) {
        return draft.primary != null
                && (!members.member(draft.primary).map(Member::isLeadersOwn).orElse(false)
                        || members.followers().stream().noneMatch(Member::servesReads));
    }
}
