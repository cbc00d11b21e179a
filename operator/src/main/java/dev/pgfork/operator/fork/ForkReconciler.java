package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.InstanceReconciler;
import dev.pgfork.operator.action.PlanRunner;
import dev.pgfork.operator.kube.Triggers;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import java.time.Clock;

/** Runs observer, planner and executor for one PostgresFork at a time. */
@ControllerConfiguration(finalizerName = "pgfork.dev/instance")
public final class ForkReconciler extends InstanceReconciler<PostgresFork, PostgresForkStatus, ForkObservation> {

    public ForkReconciler(
            ForkObserver observer,
            ForkPlanner planner,
            PlanRunner runner,
            Triggers triggers,
            BesideWork beside,
            Clock clock) {
        super(PostgresFork.class, observer, planner, runner, triggers, beside, clock);
    }
}
