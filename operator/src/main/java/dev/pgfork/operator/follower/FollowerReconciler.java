package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.action.PlanRunner;
import dev.pgfork.operator.kube.Triggers;
import dev.pgfork.operator.standby.LagMeasurement;
import dev.pgfork.operator.standby.StandbyObservation;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import java.time.Clock;
import java.time.Instant;

/** Runs observer, planner and executor for one PostgresFollower at a time, and tells of its lag. */
@ControllerConfiguration(finalizerName = "pgfork.dev/instance")
public final class FollowerReconciler
        extends InstanceReconciler<PostgresFollower, PostgresFollowerStatus, StandbyObservation> {
    private final LagListener lags;

    public FollowerReconciler(
            FollowerObserver observer,
            FollowerPlanner planner,
            PlanRunner runner,
            Triggers triggers,
            BesideWork beside,
            LagListener lags,
            Clock clock) {
        super(PostgresFollower.class, observer, planner, runner, triggers, beside, clock);
        this.lags = lags;
    }

    @Override
    protected void seen(PostgresFollower resource, StandbyObservation seen, Instant now) {
        lags.measured(resource, LagMeasurement.of(seen.replication(), seen.commits(), now));
    }

    @Override
    protected void leaves(PostgresFollower resource) {
        lags.gone(resource);
    }
}
