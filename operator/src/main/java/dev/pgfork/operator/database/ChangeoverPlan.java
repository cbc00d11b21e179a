package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import java.util.List;
import java.util.Optional;

/**
 * The next move of a changeover.
 *
 * @param status to be written
 * @param persistFirst the status must be written before any order is carried out
 * @param end it is over, and how
 */
public record ChangeoverPlan(
        ChangeoverStatus status, boolean persistFirst, List<ChangeoverOrder> orders, Optional<End> end) {

    /** How a changeover ended. */
    public enum End {
        /** The target is the primary. */
        DONE,
        /** Nothing had been changed yet. */
        REFUSED,
        /** The old primary serves on. */
        ABORTED
    }

    static ChangeoverPlan wait(ChangeoverStatus status, ChangeoverOrder... orders) {
        return new ChangeoverPlan(status, false, List.of(orders), Optional.empty());
    }

    static ChangeoverPlan advance(ChangeoverStatus status, List<ChangeoverOrder> orders) {
        return new ChangeoverPlan(status, true, orders, Optional.empty());
    }

    static ChangeoverPlan end(ChangeoverStatus status, End end) {
        return new ChangeoverPlan(status, true, List.of(), Optional.of(end));
    }
}
