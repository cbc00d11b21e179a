package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
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

/** Runs observer, planner and executor for one PostgresDatabase at a time; decides nothing. */
@ControllerConfiguration(finalizerName = "pgfork.dev/instance")
public final class DatabaseReconciler implements Reconciler<PostgresDatabase>, Cleaner<PostgresDatabase> {
    private final DatabaseObserver observer;
    private final DatabasePlanner planner;
    private final PlanRunner runner;
    private final Triggers triggers;
    private final BesideWork beside;
    private final Clock clock;

    public DatabaseReconciler(
            DatabaseObserver observer,
            DatabasePlanner planner,
            PlanRunner runner,
            Triggers triggers,
            BesideWork beside,
            Clock clock) {
        this.observer = observer;
        this.planner = planner;
        this.runner = runner;
        this.triggers = triggers;
        this.beside = beside;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, PostgresDatabase>> prepareEventSources(EventSourceContext<PostgresDatabase> context) {
        return List.of(triggers.sourceFor(PostgresDatabase.class));
    }

    @Override
    public UpdateControl<PostgresDatabase> reconcile(PostgresDatabase resource, Context<PostgresDatabase> context) {
        var now = clock.instant();
        return runner.reconcile(resource, planner.plan(resource, observer.observe(resource, now), now), context);
    }

    @Override
    public DeleteControl cleanup(PostgresDatabase resource, Context<PostgresDatabase> context) {
        beside.forget(resource.getMetadata().getUid());
        var now = clock.instant();
        return runner.cleanUp(resource, planner.planDeletion(resource, observer.observe(resource, now), now), context);
    }

    @Override
    public ErrorStatusUpdateControl<PostgresDatabase> updateErrorStatus(
            PostgresDatabase resource, Context<PostgresDatabase> context, Exception failure) {
        return runner.afterFailure(
                resource, newest -> planner.planAfterFailure(newest, failure, clock.instant()), context);
    }
}
