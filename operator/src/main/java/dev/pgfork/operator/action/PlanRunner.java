package dev.pgfork.operator.action;

import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.status.StatusWriter;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Carries a plan out: its actions in order, then its status. */
public final class PlanRunner {
    private static final Logger log = LoggerFactory.getLogger(PlanRunner.class);

    /** When a plan was out of date: soon, for clients may be waiting for a changeover. */
    private static final Duration AGAIN = Duration.ofMillis(100);

    private final ActionExecutor executor;
    private final StatusWriter statuses;

    public PlanRunner(ActionExecutor executor, StatusWriter statuses) {
        this.executor = executor;
        this.statuses = statuses;
    }

    /** Writes down what was refused while everything else of a plan was done. */
    public interface Explanation<S, R> {
        /**
         * @param newest with all that was written down before
         * @return empty: it is a failure after all
         */
        Optional<Plan<S>> of(R newest, ActionFailedException refusal);
    }

    /** Carries out what a live resource needs. */
    public <S, R extends CustomResource<?, S>> UpdateControl<R> reconcile(
            R resource, Plan<S> plan, Explanation<S, R> explanation, Context<R> context) {
        var control = UpdateControl.<R>noUpdate();
        var refusals = new ArrayList<ActionFailedException>();
        if (!run(resource, plan, refusals, context)) {
            return control.rescheduleAfter(AGAIN);
        }
        var planned = plan;
        for (var refusal : refusals) {
            var newest = statuses.newest(resource, context);
            var noted = explanation.of(newest, refusal).orElseThrow(() -> refusal);
            if (!run(newest, noted, new ArrayList<>(), context)) {
                return control.rescheduleAfter(AGAIN);
            }
            planned = planned.wakingIn(noted.wakeUp());
        }
        return planned.wakeUp().map(control::rescheduleAfter).orElse(control);
    }

    /**
     * Carries out what must be done before a deleted resource may vanish.
     *
     * @param plan without a wake-up once nothing is left to wait for; its actions are then the last ones
     */
    public <S, R extends CustomResource<?, S>> DeleteControl cleanUp(R resource, Plan<S> plan, Context<R> context) {
        if (plan.wakeUp().isEmpty()) {
            // The finalizer goes next: a status that was written right before would be in its way.
            executor.execute(plan.actions(), () -> {});
            return DeleteControl.defaultDelete();
        }
        // What is refused is asked for again: nobody waits for the settings of what is deleted.
        var written = run(resource, plan, new ArrayList<>(), context);
        return DeleteControl.noFinalizerRemoval()
                .rescheduleAfter(written ? plan.wakeUp().get() : AGAIN);
    }

    /**
     * Tells of an action that failed.
     *
     * @param explain plans for the resource with all that was written down before the failure: an older status must not
     *     take it back
     */
    public <S, R extends CustomResource<?, S>> ErrorStatusUpdateControl<R> afterFailure(
            R resource, Function<R, Plan<S>> explain, Context<R> context) {
        var newest = statuses.newest(resource, context);
        run(newest, explain.apply(newest), new ArrayList<>(), context);
        return ErrorStatusUpdateControl.noStatusUpdate();
    }

    /**
     * Stops at the first action that fails. The status is written at the end, or earlier where the plan has a
     * {@link Action.PersistIntent}. Neither is written over a status that is newer than the one that the plan was made
     * for: whoever lost the lease in the middle knows less, and so does whoever has a cache that is behind.
     *
     * @param resource as it was observed
     * @param refusals where they are added
     * @return false if there is a newer status: another plan is to be made
     */
    private <S, R extends CustomResource<?, S>> boolean run(
            R resource, Plan<S> plan, List<ActionFailedException> refusals, Context<R> context) {
        MDC.put("phase", phase(plan.status()));
        try {
            var intent = new Intent<>(resource, plan.status(), context);
            refusals.addAll(executor.execute(plan.actions(), intent::persist));
            if (Objects.equals(
                    statuses.newest(resource, context).getStatus(),
                    intent.known().getStatus())) {
                statuses.write(resource, plan.status(), context);
                return true;
            }
        } catch (ActionFailedException e) {
            if (!(e.action() instanceof Action.PersistIntent) || !isConflict(e.getCause())) {
                throw e;
            }
        } catch (KubernetesClientException e) {
            if (!isConflict(e)) {
                throw e;
            }
        } finally {
            MDC.remove("phase");
        }
        log.warn("The status was written meanwhile: this plan is out of date, and is made again");
        return false;
    }

    /** The framework's cache may be behind what this operator itself has written: the API server knows better. */
    private static boolean isConflict(@Nullable Throwable failure) {
        return failure instanceof KubernetesClientException refused
                && refused.getCode() == HttpURLConnection.HTTP_CONFLICT;
    }

    /** For log lines. */
    private static String phase(Object status) {
        return switch (status) {
            case PostgresDatabaseStatus database -> String.valueOf(database.phase());
            case PostgresFollowerStatus follower -> String.valueOf(follower.phase());
            case PostgresForkStatus fork -> String.valueOf(fork.phase());
            default -> "";
        };
    }

    /** Each write is made upon the one before. */
    private final class Intent<S, R extends CustomResource<?, S>> {
        private final S status;
        private final Context<R> context;
        private R known;

        Intent(R observed, S status, Context<R> context) {
            this.known = observed;
            this.status = status;
            this.context = context;
        }

        R known() {
            return known;
        }

        void persist() {
            known = statuses.persist(known, status, context);
        }
    }
}
