package dev.pgfork.cli.resource;

import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.Objects;
import java.util.Optional;

/** What one waits for. */
public sealed interface Goal {

    /** How far the resource is on its way to the goal, or why it does not get there. */
    Progress judge(PgResource resource);

    /** It accepts connections, as specified. */
    record Ready() implements Goal {
        @Override
        public Progress judge(PgResource resource) {
            if (resource.isBeingDeleted()) {
                return new Progress.Failed("Deleting", "it is being deleted");
            }
            if (!resource.isObserved()) {
                return going(resource);
            }
            var stalled = resource.condition("Stalled")
                    .filter(condition -> condition.getStatus().equals("True"));
            if (stalled.isPresent()) {
                return new Progress.Failed(
                        stalled.get().getReason(), stalled.get().getMessage());
            }
            var resting = resource.condition("Available")
                    .filter(condition -> condition.getStatus().equals("False"));
            if (resting.isPresent()) {
                return new Progress.Failed(
                        resting.get().getReason(), resting.get().getMessage());
            }
            return resource.is("Ready") ? new Progress.Reached("it is ready") : going(resource);
        }
    }

    /** A fork has no pod, as its spec says. */
    record Suspended() implements Goal {
        @Override
        public Progress judge(PgResource resource) {
            var ready = new Ready().judge(resource);
            return switch (ready) {
                case Progress.Failed(var reason, var _)
                when reason.equals("Suspended") -> new Progress.Reached("it is suspended");
                // It serves until it is stopped.
                case Progress.Reached reached -> new Progress.Going(resource.phase(), "", "");
                default -> ready;
            };
        }
    }

    /** A follower is a database of its own, and ready. */
    record Unfollowed() implements Goal {
        @Override
        public Progress judge(PgResource resource) {
            var ready = new Ready().judge(resource);
            return ready instanceof Progress.Reached && !resource.is("Unfollowed")
                    ? resource.condition("Unfollowed")
                            .<Progress>map(
                                    why -> new Progress.Going(resource.phase(), why.getReason(), why.getMessage()))
                            .orElseGet(() -> new Progress.Going(resource.phase(), "Unfollowing", ""))
                    : ready;
        }
    }

    /**
     * A promotion has come to its end.
     *
     * @param at as in the command
     */
    record Promoted(String at) implements Goal {
        @Override
        public Progress judge(PgResource resource) {
            var promotion = resource instanceof PgResource.Database database
                    ? Optional.ofNullable(database.status().promotion())
                            .filter(handled -> handled.at().equals(at))
                    : Optional.<PromotionStatus>empty();
            if (promotion.isEmpty()) {
                return going(resource);
            }
            var reason = Objects.requireNonNullElse(promotion.get().reason(), "");
            var message = Objects.requireNonNullElse(promotion.get().message(), "");
            var outcome = promotion.get().outcome();
            if (outcome == null) {
                return new Progress.Going(resource.phase(), reason, message);
            }
            return outcome == Outcome.Done
                    ? new Progress.Reached(
                            "%s is the primary".formatted(promotion.get().to()))
                    : new Progress.Failed(reason, message);
        }
    }

    /**
     * A reset has come to its end.
     *
     * @param at as in the command
     */
    record Reset(String at) implements Goal {
        @Override
        public Progress judge(PgResource resource) {
            if (!(resource instanceof PgResource.Fork fork) || fork.isBeingDeleted()) {
                return new Ready().judge(resource);
            }
            var reset = fork.status().reset();
            if (reset == null || !reset.at().equals(at)) {
                return going(resource);
            }
            var message = Objects.requireNonNullElse(reset.message(), "");
            if (reset.outcome() == null) {
                return new Progress.Going(
                        fork.phaseOfNext(),
                        "Resetting",
                        resource.condition("Reconciling")
                                .map(Condition::getMessage)
                                .orElse(""));
            }
            return reset.outcome() == Outcome.Done
                    ? new Progress.Reached(message)
                    : new Progress.Failed(Objects.requireNonNullElse(reset.reason(), ""), message);
        }
    }

    private static Progress going(PgResource resource) {
        return resource.condition("Ready")
                .filter(condition -> !condition.getStatus().equals("True"))
                .<Progress>map(condition ->
                        new Progress.Going(resource.phase(), condition.getReason(), condition.getMessage()))
                .orElseGet(() -> new Progress.Going(resource.phase(), "", ""));
    }
}
