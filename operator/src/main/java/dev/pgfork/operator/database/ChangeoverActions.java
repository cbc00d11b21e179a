package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Action.Verb;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.kube.Owner;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns the orders of a changeover, which name instances, into actions, which name pods, Services and slots. */
final class ChangeoverActions {
    private final InstanceActions instances;

    ChangeoverActions(InstanceActions instances) {
        this.instances = instances;
    }

    /** @param database template of the database's own instance */
    List<Action> of(ChangeoverPlan plan, InstanceTemplate database, MembersObservation members) {
        return plan.orders().stream()
                .flatMap(order -> of(order, plan.status(), database, members))
                .toList();
    }

    private Stream<Action> of(
            ChangeoverOrder order, ChangeoverStatus status, InstanceTemplate database, MembersObservation members) {
        var owner = database.owner();
        return switch (order) {
            case ChangeoverOrder.Prepare(var primary, var target) ->
                prepare(owner, status, primary, target, members).stream();
            case ChangeoverOrder.Fence(var member, var epoch) ->
                instruct(owner, members, member, epoch, new Verb.Fence(handover(status, members)));
            case ChangeoverOrder.Unfence(var member, var epoch) ->
                instruct(owner, members, member, epoch, new Verb.Unfence());
            case ChangeoverOrder.Promote(var member, var epoch) ->
                instruct(owner, members, member, epoch, new Verb.Promote());
            case ChangeoverOrder.Follow(var member, var epoch, var leader) ->
                Stream.concat(
                        attach(database, members, member, leader),
                        instruct(owner, members, member, epoch, follow(owner, leader)));
            case ChangeoverOrder.ServeFrom(var member) ->
                members.member(member).map(Member::names).stream().map(names -> instances.serveFrom(database, names));
        };
    }

    /** A follower sees to its own role and slot; the database's own instance has nobody but the database. */
    private static Stream<Action> attach(
            InstanceTemplate database, MembersObservation members, String member, String leader) {
        return member.equals(database.owner().name())
                ? members.member(leader).stream()
                        .map(primary -> new Action.AttachMember(
                                database, primary.names().pod()))
                : Stream.empty();
    }

    private static List<Action> prepare(
            Owner owner, ChangeoverStatus status, String primary, String target, MembersObservation members) {
        var address = members.member(primary).flatMap(Member::address);
        var pod = members.member(target).map(member -> member.names().pod());
        if (address.isEmpty() || pod.isEmpty()) {
            return List.of();
        }
        var slots = members.all().stream()
                .filter(member -> !member.name().equals(target))
                .map(Member::slot)
                .toList();
        return List.of(new Action.PrepareChangeover(
                ChangeoverObserver.preparation(owner, status), address.get(), pod.get(), slots));
    }

    /** Empty in a failover: its primary does not serve. */
    private static Optional<Action.Handover> handover(ChangeoverStatus status, MembersObservation members) {
        if (status.failover() != null) {
            return Optional.empty();
        }
        var target = members.member(status.to());
        return members.member(status.from())
                .flatMap(Member::address)
                .flatMap(primary -> target.flatMap(Member::address)
                        .map(address -> new Action.Handover(
                                primary, address, target.get().names().pod())));
    }

    static Stream<Action> instruct(Owner database, MembersObservation members, String member, long epoch, Verb verb) {
        return instruct(database, members, member, epoch, verb, false);
    }

    /** Of a member that is seen not to have done it, or to be as it was before. */
    static Stream<Action> instructAgain(
            Owner database, MembersObservation members, String member, long epoch, Verb verb) {
        return instruct(database, members, member, epoch, verb, true);
    }

    private static Stream<Action> instruct(
            Owner database, MembersObservation members, String member, long epoch, Verb verb, boolean undone) {
        return members.member(member).stream()
                .map(one -> new Action.Instruct(
                        ChangeoverObserver.key(database, member, epoch, verb.getClass()),
                        one.names().pod(),
                        verb,
                        undone));
    }

    /** @param leader name of the instance to stream from */
    static Verb.Follow follow(Owner database, String leader) {
        return new Verb.Follow(InstanceNames.host(new InstanceNames(leader, 1).claimService(), database.namespace()));
    }
}
