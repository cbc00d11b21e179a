package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Action.PreparationKey;
import dev.pgfork.operator.action.Action.Verb;
import dev.pgfork.operator.action.Action.VerbKey;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.postgres.ServerPosition;
import dev.pgfork.operator.postgres.TimelineHistory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at what decides about a changeover, and at nothing else: while it runs, clients wait. Positions are asked for
 * only in the steps that need them, and count only from the very server of a member: all members share one authority,
 * and addresses of pods are used again.
 */
final class ChangeoverObserver {
    private static final Looked<MemberPosition> NOT_ASKED = new Looked.Unknown<>("it was not asked");

    private final Server server;
    private final TimelineHistories histories;
    private final BesideWork beside;

    ChangeoverObserver(Server server, TimelineHistories histories, BesideWork beside) {
        this.server = server;
        this.histories = histories;
        this.beside = beside;
    }

    ChangeoverObservation observe(Owner database, ChangeoverStatus changeover, List<Member> members) {
        var preparation = beside.progress(preparation(database, changeover).work(), Boolean.class);
        var fence = progress(database, changeover.from(), changeover.epoch(), Verb.Fence.class, FenceProof.class);
        var unfence = progress(database, changeover.from(), changeover.epoch() + 1, Verb.Unfence.class, Boolean.class);
        // The target first: it cannot have received then what its primary does not know yet.
        var to = position(members, changeover.to(), asksTarget(changeover, preparation, fence));
        var from = position(members, changeover.from(), asksPrimary(changeover, preparation, unfence));
        return new ChangeoverObservation(
                from.position(),
                to.position(),
                preparation,
                fence,
                unfence,
                progress(database, changeover.to(), changeover.epoch(), Verb.Promote.class, Integer.class),
                following(database, changeover, members),
                from.logicalSlots().stream()
                        .filter(slot -> !to.logicalSlots().contains(slot))
                        .toList());
    }

    /** A preparation that is made anew, because the target was not well after the first, is another one. */
    static PreparationKey preparation(Owner database, ChangeoverStatus changeover) {
        return new PreparationKey(database, changeover.epoch(), changeover.stepSince());
    }

    static VerbKey key(Owner database, String member, long epoch, Class<? extends Verb> verb) {
        return new Action.VerbKey(database, member, epoch, verb);
    }

    private <R> Optional<Progress<R>> progress(
            Owner database, String member, long epoch, Class<? extends Verb> verb, Class<R> result) {
        return beside.progress(key(database, member, epoch, verb).work(), result);
    }

    private Map<String, Optional<Progress<Boolean>>> following(
            Owner database, ChangeoverStatus changeover, List<Member> members) {
        var following = new HashMap<String, Optional<Progress<Boolean>>>();
        members.stream()
                .map(Member::name)
                .filter(name -> !name.equals(changeover.to()))
                .forEach(name -> following.put(
                        name, progress(database, name, changeover.epoch(), Verb.Follow.class, Boolean.class)));
        return following;
    }

    private static boolean asksPrimary(
            ChangeoverStatus changeover, Optional<Progress<Boolean>> preparation, Optional<Progress<Boolean>> unfence) {
        return switch (changeover.step()) {
            case Waiting -> true;
            case Preparing -> isDone(preparation);
            case Aborting -> isOver(unfence);
            case Fencing, CatchingUp, Promoting, Following -> false;
        };
    }

    private static boolean asksTarget(
            ChangeoverStatus changeover,
            Optional<Progress<Boolean>> preparation,
            Optional<Progress<FenceProof>> fence) {
        return switch (changeover.step()) {
            case Waiting, CatchingUp, Aborting -> true;
            case Preparing -> isDone(preparation);
            case Fencing -> isOver(fence);
            case Promoting, Following -> false;
        };
    }

    private static boolean isDone(Optional<? extends Progress<?>> work) {
        return work.filter(progress -> progress instanceof Progress.Done).isPresent();
    }

    private static boolean isOver(Optional<? extends Progress<?>> work) {
        return work.filter(progress -> !(progress instanceof Progress.Running)).isPresent();
    }

    /** Asks a member where it is. */
    Looked<MemberPosition> position(Member member) {
        return member.address().map(address -> ask(member, address).position()).orElseGet(Looked.Absent::new);
    }

    /** @param logicalSlots empty where the server was not asked */
    private record Seen(Looked<MemberPosition> position, List<String> logicalSlots) {}

    private Seen position(List<Member> members, String name, boolean asked) {
        if (!asked) {
            return new Seen(NOT_ASKED, List.of());
        }
        var member = members.stream().filter(each -> each.name().equals(name)).findFirst();
        var address = member.flatMap(Member::address);
        return address.isEmpty()
                ? new Seen(new Looked.Absent<>(), List.of())
                : ask(member.orElseThrow(), address.get());
    }

    private Seen ask(Member member, ServerAddress address) {
        try {
            var said = server.position(address);
            if (!said.uid().equals(member.owner().uid()) || said.generation() != member.generation()) {
                return new Seen(new Looked.Unknown<>("another server answers at " + address), List.of());
            }
            var history = histories.of(member.pod(), said.timeline());
            return new Seen(new Looked.Found<>(of(said, history, member.isReady())), said.logicalSlots());
        } catch (ServerException e) {
            return new Seen(new Looked.Unknown<>(String.valueOf(e.getMessage())), List.of());
        }
    }

    private static MemberPosition of(ServerPosition said, Optional<TimelineHistory> history, boolean ready) {
        return new MemberPosition(
                said.systemIdentifier(),
                said.majorVersion(),
                said.inRecovery(),
                said.timeline(),
                history,
                said.position(),
                said.received(),
                said.streaming(),
                ready);
    }
}
