package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.instance.ScriptStatus;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * Asks the instance script again and again until it has opened the instance, or needs a sanitize step, or has failed,
 * or is fenced.
 */
record OpeningWatch(InstanceVerbs verbs, String namespace, String pod) implements Callable<ScriptStatus> {

    /** How long one exec call waits inside the pod; a connection that lasts longer may be cut on the way. */
    private static final Duration ONE_WAIT = Duration.ofSeconds(20);

    @Override
    public ScriptStatus call() throws InterruptedException {
        while (true) {
            var status = verbs.status(namespace, pod, ONE_WAIT);
            if (status.awaitsStep()) {
                return status;
            }
            switch (status.phase()) {
                case running, failed, fenced -> {
                    return status;
                }
                case starting, bootstrap, quarantine, stopping -> {
                    if (Thread.interrupted()) {
                        throw new InterruptedException("nobody waits for pod " + pod + " any more");
                    }
                }
            }
        }
    }
}
