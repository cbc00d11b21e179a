package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.ApiErrors;
import dev.pgfork.operator.kube.NameTakenException;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.OperatorException;
import java.util.Set;

/** Reason and message, for a condition, of a reconciliation that failed. */
public final class FailureText {
    private static final String UNFORESEEN = "InternalError";
    private static final Set<String> REASONS =
            Set.of("NameTaken", "QuotaExceeded", "ApiRefused", "ExecFailed", "NotAnswering", UNFORESEEN);

    private FailureText() {}

    /** Whether a reason is one of a failed reconciliation. */
    static boolean isFailure(String reason) {
        return REASONS.contains(reason);
    }

    /** @return CamelCase, stable */
    public static String reason(Exception failure) {
        var told = told(failure);
        return switch (told instanceof ActionFailedException && told.getCause() != null ? told.getCause() : told) {
            case NameTakenException e -> "NameTaken";
            case KubernetesClientException e when ApiErrors.isOverQuota(e) -> "QuotaExceeded";
            case KubernetesClientException e -> "ApiRefused";
            case ExecFailedException e -> "ExecFailed";
            case ServerException e -> "NotAnswering";
            default -> UNFORESEEN;
        };
    }

    /**
     * A ResourceQuota is for people to change, or what uses it up: the rest may pass by itself. A volume that may not
     * grow takes nothing from what is there, nor does a pod in which something was to be tried.
     */
    public static void note(Exception failure, Conditions conditions) {
        if (VolumePlanner.refused(conditions, failure)) {
            return;
        }
        if (told(failure) instanceof ActionFailedException failed
                && failed.action() instanceof Action.Create(var owner, var object)
                && object instanceof Pod) {
            PodReplacement.notTried(conditions, message(failure));
        } else if (reason(failure).equals("QuotaExceeded")) {
            conditions.stalled(reason(failure), message(failure));
        } else {
            conditions.reconciling(reason(failure), message(failure));
        }
    }

    /** Whether the cause lies outside of the operator, so that a sentence says all there is to say. */
    public static boolean isForeseen(Exception failure) {
        return !reason(failure).equals(UNFORESEEN);
    }

    /** @return what failed, and that it is tried again; an unforeseen error is told by its type only */
    public static String message(Exception failure) {
        var told = told(failure);
        var what = isForeseen(failure) || told instanceof ActionFailedException
                ? ApiErrors.message(told)
                : "pgfork met an unexpected " + told.getClass().getSimpleName() + "; its log has the details";
        return what + ". It is tried again";
    }

    /** The framework wraps what a reconciler throws, once or more often. */
    static Throwable told(Exception failure) {
        Throwable told = failure;
        while (told instanceof OperatorException && told.getCause() != null) {
            told = told.getCause();
        }
        return told;
    }
}
