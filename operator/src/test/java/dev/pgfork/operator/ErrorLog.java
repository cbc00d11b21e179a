package dev.pgfork.operator;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Errors that the operator logs from now on: what it did not foresee, with the place. */
final class ErrorLog implements AutoCloseable {
    private final Logger operators = (Logger) LoggerFactory.getLogger(FailureLog.class);
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final Collector collector = new Collector();

    ErrorLog() {
        collector.setContext(operators.getLoggerContext());
        collector.start();
        operators.addAppender(collector);
    }

    List<String> seen() {
        return List.copyOf(seen);
    }

    @Override
    public void close() {
        operators.detachAppender(collector);
        collector.stop();
    }

    private final class Collector extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
                seen.add(event.getMDCPropertyMap() + " " + event.getFormattedMessage() + "\n"
                        + ThrowableProxyUtil.asString(event.getThrowableProxy()));
            }
        }
    }
}
