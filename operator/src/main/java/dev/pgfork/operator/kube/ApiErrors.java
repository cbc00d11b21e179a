package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/** What the API server meant by an error, for programs and for people. */
public final class ApiErrors {

    private static final int UNPROCESSABLE = 422;

    private ApiErrors() {}

    static boolean isNotFound(KubernetesClientException error) {
        return error.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
    }

    /** Already there, changed meanwhile, or a precondition that does not hold. */
    static boolean isConflict(KubernetesClientException error) {
        return error.getCode() == HttpURLConnection.HTTP_CONFLICT;
    }

    /** What a patch of one object with another's uid is answered: not a conflict, but an invalid change. */
    static boolean isOtherUid(KubernetesClientException error) {
        return error.getCode() == UNPROCESSABLE
                && causes(error).anyMatch(cause -> "metadata.uid".equals(cause.getField()));
    }

    /** A ResourceQuota of the namespace has no room; admission says so in words only. */
    public static boolean isOverQuota(KubernetesClientException error) {
        return error.getCode() == HttpURLConnection.HTTP_FORBIDDEN && isOverQuota(message(error));
    }

    /** Whether such words are about a ResourceQuota. */
    public static boolean isOverQuota(String message) {
        return message.contains("exceeded quota");
    }

    /** Nothing can be made there any more, and nobody looks at it. */
    static boolean namespaceTerminates(RuntimeException error) {
        return error instanceof KubernetesClientException api
                && causes(api).anyMatch(cause -> "NamespaceTerminating".equals(cause.getReason()));
    }

    private static Stream<StatusCause> causes(KubernetesClientException error) {
        return Stream.ofNullable(error.getStatus())
                .map(Status::getDetails)
                .filter(Objects::nonNull)
                .flatMap(details -> details.getCauses().stream());
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
