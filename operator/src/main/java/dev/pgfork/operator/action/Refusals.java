package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.VerbRefusedException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;

/**
 * Answers that are an outcome of an action, and no failure of the plan that it is part of: what was asked for cannot be
 * had, and nothing else depends on it. The rest of the plan is done, and the refusal is written down.
 */
final class Refusals {
    private static final int UNPROCESSABLE = 422;

    private Refusals() {}

    static boolean isOne(ActionFailedException failure) {
        return switch (failure.action()) {
            case Action.Reload reload ->
                failure.getCause() instanceof VerbRefusedException refused
                        && refused.reason().equals("ConfigurationRejected");
            case Action.GrowVolume growth ->
                failure.getCause() instanceof KubernetesClientException refused
                        && (refused.getCode() == HttpURLConnection.HTTP_FORBIDDEN
                                || refused.getCode() == UNPROCESSABLE);
            default -> false;
        };
    }
}
