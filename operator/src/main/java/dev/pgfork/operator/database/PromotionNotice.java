package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.kube.Notice;
import dev.pgfork.operator.kube.Owner;

/** Tells people how a promotion ended. */
final class PromotionNotice {
    private PromotionNotice() {}

    static Action of(Owner owner, PromotionStatus status) {
        var reached = status.outcome() == Outcome.Done && !ChangeoverCompletion.UNREACHED.equals(status.reason());
        var type = reached ? Notice.Type.Normal : Notice.Type.Warning;
        return new Action.Announce(new Notice(
                owner,
                type,
                String.valueOf(status.reason()),
                "Promotion of %s: %s".formatted(status.to(), status.message())));
    }
}
