package dev.pgfork.operator.database;

import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.FenceProof;
import dev.pgfork.operator.kube.Looked;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was seen of a changeover. Work that is not there was never ordered, or by an operator that is gone.
 *
 * @param from position of the old primary
 * @param to position of the target; Absent: there is no such member
 * @param preparation CHECKPOINT on the old primary and slots on the target
 * @param promotion its result is the new timeline
 * @param following by name, of each member but the target
 * @param logicalSlots names of those on the old primary that the target does not have
 */
public record ChangeoverObservation(
        Looked<MemberPosition> from,
        Looked<MemberPosition> to,
        Optional<Progress<Boolean>> preparation,
        Optional<Progress<FenceProof>> fence,
        Optional<Progress<Boolean>> unfence,
        Optional<Progress<Integer>> promotion,
        Map<String, Optional<Progress<Boolean>>> following,
        List<String> logicalSlots) {

    public ChangeoverObservation {
        following = Map.copyOf(following);
        logicalSlots = List.copyOf(logicalSlots);
    }
}
