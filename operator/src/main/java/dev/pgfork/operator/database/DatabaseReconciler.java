package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.action.PlanRunner;
import dev.pgfork.operator.kube.Triggers;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import java.time.Clock;

/** Runs observer, planner and executor for one PostgresDatabase at a time. */
@ControllerConfiguration(finalizerName = "pgfork.dev/instance")
public final class DatabaseReconciler
        extends InstanceReconciler<PostgresDatabase, PostgresDatabaseStatus, DatabaseObservation> {

    public DatabaseReconciler(
            DatabaseObserver observer,
            DatabasePlanner planner,
            PlanRunner runner,
            Triggers triggers,
            BesideWork beside,
            Clock clock) {
        super(PostgresDatabase.class, observer, planner, runner, triggers, beside, clock);
    }
}
