package dev.pgfork.operator.follower;

import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.PlanRunner;
import dev.pgfork.operator.kube.Triggers;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.util.List;

/** Runs observer, planner and executor for one PostgresFollower at a time; decides nothing. */
@ControllerConfiguration(finalizerName = "pgfork.dev/instance")
public final class FollowerReconciler implements Reconciler<PostgresFollower>, Cleaner<PostgresFollower> {
    private final FollowerObserver observer;
    private final FollowerPlanner planner;
    private final PlanRunner runner;
    private final Triggers triggers;
    private final BesideWork beside;
    private final LagListener lags;
    private final Clock clock;

    public FollowerReconciler(
            FollowerObserver observer,
            FollowerPlanner planner,
            PlanRunner runner,
            Triggers triggers,
            BesideWork beside,
            LagListener lags,
            Clock clock) {
        this.observer = observer;
        this.planner = planner;
        this.runner = runner;
        this.triggers = triggers;
        this.beside = beside;
        this.lags = lags;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, PostgresFollower>> prepareEventSources(EventSourceContext<PostgresFollower> context) {
        return List.of(triggers.sourceFor(PostgresFollower.class));
    }

    @Override
    public UpdateControl<PostgresFollower> reconcile(PostgresFollower resource, Context<PostgresFollower> context) {
        var now = clock.instant();
        var seen = observer.observe(resource, now);
        lags.measured(resource, LagMeasurement.of(seen.replication(), seen.commits(), now));
        return runner.reconcile(resource, planner.plan(resource, seen, now), context);
    }

    @Override
    public DeleteControl cleanup(PostgresFollower resource, Context<PostgresFollower> context) {
        beside.forget(resource.getMetadata().getUid());
        lags.gone(resource);
        var now = clock.instant();
        return runner.cleanUp(resource, planner.planDeletion(resource, observer.observe(resource, now), now), context);
    }

    @Override
    public ErrorStatusUpdateControl<PostgresFollower> updateErrorStatus(
            PostgresFollower resource, Context<PostgresFollower> context, Exception failure) {
        return runner.afterFailure(
                resource, newest -> planner.planAfterFailure(newest, failure, clock.instant()), context);
    }
}
