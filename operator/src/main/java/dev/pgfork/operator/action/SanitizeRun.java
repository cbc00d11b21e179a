package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.instance.SanitizeOrder;
import dev.pgfork.operator.instance.ScriptStatus;
import java.util.concurrent.Callable;

/** Hands a sanitize step to the instance script and waits for what comes of it. */
record SanitizeRun(InstanceVerbs verbs, String namespace, String pod, SanitizeOrder order)
        implements Callable<ScriptStatus> {

    @Override
    public ScriptStatus call() throws InterruptedException {
        verbs.sanitize(namespace, pod, order);
        return new OpeningWatch(verbs, namespace, pod).call();
    }
}
