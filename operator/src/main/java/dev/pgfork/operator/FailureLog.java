package dev.pgfork.operator;

import dev.pgfork.operator.action.FailureText;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs reconciliations that failed: in a sentence where the cause lies outside of the operator, with a stack trace
 * where it may lie within. The framework's own log would have forty lines for every refused request.
 */
final class FailureLog implements Metrics {
    private static final Logger log = LoggerFactory.getLogger(FailureLog.class);

    @Override
    public void failedReconciliation(HasMetadata resource, Exception exception, Map<String, Object> metadata) {
        if (FailureText.isForeseen(exception)) {
            log.warn("{}: {}", FailureText.reason(exception), FailureText.message(exception));
            log.debug("it failed here", exception);
        } else {
            log.error("{}: it failed unexpectedly, and is tried again", FailureText.reason(exception), exception);
        }
    }
}
