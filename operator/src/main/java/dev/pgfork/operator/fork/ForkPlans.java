package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ParameterChange;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.action.PodReplacement;
import dev.pgfork.operator.status.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The ends that the decisions about a fork come to. */
final class ForkPlans {
    private static final Duration LOOK_WHILE_WAITING = Duration.ofSeconds(2);

    /** Masking may take hours, and each look asks the API server itself: mostly the copy's end tells of itself. */
    private static final Duration LOOK_WHILE_COPIED = Duration.ofSeconds(15);

    private static final Duration LOOK_WHILE_REFUSED = Duration.ofSeconds(30);
    private static final Duration LOOK_WHILE_RESTING = Duration.ofMinutes(10);
    private static final Duration LOOK_WHILE_READY = Duration.ofSeconds(60);

    private ForkPlans() {}

    /** Cannot be made as specified; looked at again, because the cause may lie with the source or the cluster. */
    static Plan<PostgresForkStatus> refused(
            ForkStatusDraft draft, String reason, String message, List<Action> cleaning) {
        draft.phase = ForkPhase.Refused;
        draft.conditions.stalled(reason, message);
        return finish(draft, cleaning, LOOK_WHILE_REFUSED);
    }

    /** @param since when this wait began */
    static Plan<PostgresForkStatus> waiting(
            ForkStatusDraft draft, Wait wait, Instant since, Duration deadline, Instant now, List<Action> actions) {
        draft.needsSomebody = wait.needsSomebody();
        wait.note(draft.conditions, since, deadline, now);
        return finish(
                draft,
                actions,
                wait.reason().equals(SourceInstance.MASKED_COPY_NOT_READY) ? LOOK_WHILE_COPIED : LOOK_WHILE_WAITING);
    }

    static Plan<PostgresForkStatus> ready(ForkStatusDraft draft, List<Action> actions) {
        return finish(draft, actions, LOOK_WHILE_READY);
    }

    /** As wanted, without a server. */
    static Plan<PostgresForkStatus> resting(ForkStatusDraft draft, List<Action> actions) {
        draft.conditions.drop(ParameterChange.CONDITION, PodReplacement.CONDITION);
        return finish(draft, actions, LOOK_WHILE_RESTING);
    }

    private static Plan<PostgresForkStatus> finish(ForkStatusDraft draft, List<Action> actions, Duration wakeUp) {
        return new Plan<>(draft.build(), actions, Optional.of(wakeUp));
    }
}
