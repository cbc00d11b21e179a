package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.concurrent.ExecutionException;

/** What the API server meant by an error, for programs and for people. */
public final class ApiErrors {

    private ApiErrors() {}

    static boolean isNotFound(KubernetesClientException error) {
        return error.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
    }

    /** Already there, changed meanwhile, or a precondition that does not hold. */
    static boolean isConflict(KubernetesClientException error) {
        return error.getCode() == HttpURLConnection.HTTP_CONFLICT;
    }

    /** Nothing can be made there any more, and nobody looks at it. */
    static boolean namespaceTerminates(RuntimeException error) {
        return error instanceof KubernetesClientException api
                && api.getStatus() != null
                && api.getStatus().getDetails() != null
                && api.getStatus().getDetails().getCauses().stream()
                        .anyMatch(cause -> "NamespaceTerminating".equals(cause.getReason()));
    }

    /**
     * The sentence in an error that people need: what the API server said, without the client's own preamble (which
     * holds the URL of the server), or why it could not be asked.
     */
    public static String message(Throwable error) {
        if (error instanceof ExecutionException wrapped && wrapped.getCause() != null) {
            return message(wrapped.getCause());
        }
        if (error instanceof KubernetesClientException api) {
            if (api.getStatus() != null && api.getStatus().getMessage() != null) {
                return api.getStatus().getMessage();
            }
            if (api.getCause() != null) {
                return "the API server did not answer: " + text(api.getCause());
            }
        }
        return text(error);
    }

    private static String text(Throwable error) {
        var message = error.getMessage();
        return message == null || message.isBlank() ? error.getClass().getSimpleName() : message;
    }
}
