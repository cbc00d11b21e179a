package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.Promote;
import dev.pgfork.operator.database.ChangeoverStage.Move;
import dev.pgfork.operator.instance.Members;
import dev.pgfork.operator.kube.Owner;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes up the command of {@code spec.promote}, as {@link PromotionCommand} decides: a changeover begins with it, or
 * one that waits for people goes another way.
 */
final class CommandStage {
    private CommandStage() {}

    /** The command alone: while it is not known who is the primary, none can be carried out. */
    static Move plan(PostgresDatabase resource, DatabaseStatusDraft draft, boolean targetIsFork, Instant now) {
        var recorded =
                resource.getStatus() == null ? null : resource.getStatus().primary();
        var decision = PromotionCommand.of(
                resource.getSpec().promote(),
                draft.promotion,
                new PromotionCommand.Situation(
                        // Of a new database it was decided just now.
                        recorded == null && !draft.hasData() ? draft.primary : recorded,
                        draft.hasData(),
                        progress(draft.changeover),
                        targetIsFork,
                        targetIsRemoved(resource),
                        failedOver(draft)),
                now);
        return switch (decision) {
            case PromotionCommand.Nothing() -> Move.NONE;
            case PromotionCommand.NotYet(var in) -> new Move(List.of(), Optional.of(in));
            case PromotionCommand.Handled(var status) -> {
                draft.promotion = status;
                yield new Move(List.of(PromotionNotice.of(Owner.of(resource), status)), Optional.empty());
            }
            case PromotionCommand.Begin(var status) -> {
                draft.promotion = status;
                draft.changeover = ChangeoverStatus.begin(
                        String.valueOf(draft.primary), String.valueOf(status.to()), draft.epoch + 1, now.toString());
                yield new Move(List.of(), Optional.of(ChangeoverStage.AT_ONCE));
            }
            case PromotionCommand.Redirect(var status) -> {
                draft.promotion = status;
                draft.changeover = redirected(
                        Objects.requireNonNull(draft.changeover, "it waits"),
                        Objects.requireNonNull(resource.getSpec().promote(), "it was taken up"));
                yield new Move(List.of(), Optional.of(ChangeoverStage.AT_ONCE));
            }
        };
    }

    private static boolean targetIsRemoved(PostgresDatabase resource) {
        var command = resource.getSpec().promote();
        return command != null
                && command.to().equals(resource.getMetadata().getName())
                && (OwnInstancePlanner.isToBeRemoved(resource) || Members.isRemoved(resource));
    }

    private static PromotionCommand.Progress progress(@Nullable ChangeoverStatus changeover) {
        if (changeover == null) {
            return PromotionCommand.Progress.NONE;
        }
        var waits = changeover.failover() != null
                && (changeover.step() == ChangeoverStep.Fencing || changeover.step() == ChangeoverStep.CatchingUp);
        return waits ? PromotionCommand.Progress.WAITS : PromotionCommand.Progress.RUNS;
    }

    private static @Nullable Instant failedOver(DatabaseStatusDraft draft) {
        return draft.failover == null ? null : Instant.parse(draft.failover.at());
    }

    private static ChangeoverStatus redirected(ChangeoverStatus changeover, Promote command) {
        var failover = Objects.requireNonNull(changeover.failover(), "only a failover waits for people");
        return changeover
                .towards(command.to())
                .withFailover(failover.commanded(
                        Boolean.TRUE.equals(command.force()), Boolean.TRUE.equals(command.fencedExternally())));
    }
}
