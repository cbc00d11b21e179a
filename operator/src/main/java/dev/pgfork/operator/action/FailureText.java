package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.NameTakenException;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.Server.ServerException;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** Reason and message, for a condition, of a reconciliation that failed. */
public final class FailureText {
    private FailureText() {}

    /** @return CamelCase, stable */
    public static String reason(Exception failure) {
        var cause =
                failure instanceof ActionFailedException && failure.getCause() != null ? failure.getCause() : failure;
        return switch (cause) {
            case NameTakenException e -> "NameTaken";
            case KubernetesClientException e -> "ApiRefused";
            case ExecFailedException e -> "ExecFailed";
            case ServerException e -> "NotAnswering";
            default -> "InternalError";
        };
    }

    /** @return what failed, and that it is tried again; an unforeseen error is told by its type only */
    public static String message(Exception failure) {
        var told = failure instanceof ActionFailedException
                || failure instanceof NameTakenException
                || failure instanceof KubernetesClientException;
        var what = told
                ? failure.getMessage()
                : "pgfork met an unexpected " + failure.getClass().getSimpleName() + "; its log has the details";
        return what + ". It is tried again";
    }
}
