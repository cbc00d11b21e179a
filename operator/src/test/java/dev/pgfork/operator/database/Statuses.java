package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;

/** Statuses that tests begin with. */
final class Statuses {

    private Statuses() {}

    /** Of a database with one follower and no changeover on its way. */
    static PostgresDatabaseStatus withPrimary(PostgresDatabaseStatus status, String name, long epoch) {
        return new PostgresDatabaseStatus(
                status.phase(),
                status.conditions(),
                1L,
                status.instance(),
                status.binding(),
                name,
                epoch,
                null,
                null,
                1,
                0,
                null,
                null,
                null,
                null,
                null,
                null);
    }
}
