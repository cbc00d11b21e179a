package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.Triggers;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Observes, plans and carries out, for one resource at a time; decides nothing. Every kind is reconciled like this.
 *
 * @param <R> the kind
 * @param <S> its status
 * @param <O> what is seen of it
 */
public abstract class InstanceReconciler<R extends CustomResource<?, S>, S, O> implements Reconciler<R>, Cleaner<R> {
    private final Class<R> kind;
    private final Observer<R, O> observer;
    private final Planner<R, S, O> planner;
    private final PlanRunner runner;
    private final Triggers triggers;
    private final BesideWork beside;
    private final Clock clock;

    protected InstanceReconciler(
            Class<R> kind,
            Observer<R, O> observer,
            Planner<R, S, O> planner,
            PlanRunner runner,
            Triggers triggers,
            BesideWork beside,
            Clock clock) {
        this.kind = kind;
        this.observer = observer;
        this.planner = planner;
        this.runner = runner;
        this.triggers = triggers;
        this.beside = beside;
        this.clock = clock;
    }

    /** Reads caches and servers; writes nothing. */
    public interface Observer<R, O> {
        /**
         * The resource, with what its status should say and does not where its objects tell. All that follows goes by
         * that.
         */
        R recall(R resource);

        O observe(R resource, Instant now);
    }

    /** Decides; touches nothing. */
    public interface Planner<R, S, O> {
        Plan<S> plan(R resource, O seen, Instant now);

        /** @return without a wake-up once the deleted resource may vanish */
        Plan<S> planDeletion(R resource, O seen, Instant now);

        /** Whether work beside the reconcile thread is wanted although the resource is being deleted. */
        default boolean worksWhileDeleting(R resource, O seen) {
            return false;
        }

        /**
         * An action was refused, and all others were done: everything noted stays, and this is noted, too.
         *
         * @return empty: it is a failure like any other
         */
        Optional<Plan<S>> planAfterRefusal(R resource, ActionFailedException refusal, Instant now);

        /** An action failed: everything noted stays, the conditions say what happened. */
        Plan<S> planAfterFailure(R resource, Exception failure, Instant now);
    }

    @Override
    public final List<EventSource<?, R>> prepareEventSources(EventSourceContext<R> context) {
        return List.of(triggers.sourceFor(kind));
    }

    @Override
    public final UpdateControl<R> reconcile(R resource, Context<R> context) {
        var now = clock.instant();
        var known = observer.recall(resource);
        var seen = observer.observe(known, now);
        seen(known, seen, now);
        // Upon the status that there is, whatever was known besides.
        return runner.reconcile(
                resource,
                planner.plan(known, seen, now),
                (newest, refusal) -> planner.planAfterRefusal(newest, refusal, clock.instant()),
                context);
    }

    @Override
    public final DeleteControl cleanup(R resource, Context<R> context) {
        leaves(resource);
        var now = clock.instant();
        var known = observer.recall(resource);
        var seen = observer.observe(known, now);
        if (!planner.worksWhileDeleting(known, seen)) {
            beside.forget(resource.getMetadata().getUid());
        }
        return runner.cleanUp(resource, planner.planDeletion(known, seen, now), context);
    }

    @Override
    public final ErrorStatusUpdateControl<R> updateErrorStatus(R resource, Context<R> context, Exception failure) {
        return runner.afterFailure(
                resource, newest -> planner.planAfterFailure(newest, failure, clock.instant()), context);
    }

    /** For whoever measures; before anything is decided. */
    protected void seen(R resource, O seen, Instant now) {}

    /** For whoever measures: the resource is being deleted. */
    protected void leaves(R resource) {}
}
