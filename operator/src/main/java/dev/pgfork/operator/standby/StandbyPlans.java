package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.Plan;
import dev.pgfork.operator.status.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The ends that the decisions about a follower come to. */
public final class StandbyPlans {
    private static final Duration LOOK_WHILE_WAITING = Duration.ofSeconds(2);
    private static final Duration LOOK_WHILE_REFUSED = Duration.ofSeconds(30);

    /** Lag is measured as often; nothing announces that it has changed. */
    private static final Duration LOOK_WHILE_READY = Duration.ofSeconds(5);

    private StandbyPlans() {}

    /** Cannot be made as specified; looked at again, because the cause may lie with the leader or the cluster. */
    public static <S> Plan<S> refused(StandbyDraft<S> draft, String reason, String message, List<Action> cleaning) {
        draft.phase = FollowerPhase.Refused;
        draft.conditions.stalled(reason, message);
        return finish(draft, cleaning, LOOK_WHILE_REFUSED);
    }

    /** @param since when this wait began */
    public static <S> Plan<S> waiting(
            StandbyDraft<S> draft, Wait wait, Instant since, Duration deadline, List<Action> actions) {
        wait.note(draft.conditions, since, deadline, draft.now());
        return finish(draft, actions, LOOK_WHILE_WAITING);
    }

    public static <S> Plan<S> ready(StandbyDraft<S> draft, String message, List<Action> actions) {
        draft.phase = FollowerPhase.Ready;
        draft.conditions.ready(message);
        return finish(draft, actions, LOOK_WHILE_READY);
    }

    private static <S> Plan<S> finish(StandbyDraft<S> draft, List<Action> actions, Duration wakeUp) {
        var all = new ArrayList<>(actions);
        all.addAll(draft.announcements());
        return new Plan<>(draft.build(), all, Optional.of(wakeUp));
    }
}
