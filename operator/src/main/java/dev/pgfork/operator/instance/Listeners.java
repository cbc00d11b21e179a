package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.PodExec;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scripts that were started before they are needed and wait for a verb, one a pod: to start one takes a third of a
 * second, and several on a busy node. Each serves once. They live in memory only and end by themselves: a verb for
 * which none is there is called as any other.
 */
final class Listeners {
    private static final Logger log = LoggerFactory.getLogger(Listeners.class);

    /** Longer than the step in which one is needed may take. */
    private static final Duration LIFE = Duration.ofSeconds(90);

    /** One that was started just before may still be starting. */
    private static final Duration UNTIL_HEARD = Duration.ofSeconds(1);

    /** What the script says before it does the verb that it was told. */
    private static final String HEARD = "heard\n";

    private final PodExec exec;
    private final Map<Pod, PodExec.Started> waiting = new ConcurrentHashMap<>();

    private record Pod(String namespace, String name) {}

    Listeners(PodExec exec) {
        this.exec = exec;
    }

    /** Starts one, in place of one that is there; those that have ended go. */
    void start(String namespace, String name) {
        waiting.values().removeIf(PodExec.Started::hasEnded);
        var started = exec.start(
                namespace, name, List.of("bash", InstancePod.SCRIPT, "listen", Long.toString(LIFE.toSeconds())));
        var before = waiting.put(new Pod(namespace, name), started);
        if (before != null) {
            before.close();
        }
    }

    /**
     * Has a verb done by one that waits. The verb may be called once more if this gives nothing: every verb may be
     * repeated, also while it runs.
     *
     * @return empty: none is there, or it has not heard
     * @throws ExecFailedException if it has heard, but its end was not seen
     */
    Optional<PodExec.Result> call(String namespace, String name, List<String> verb, Duration timeout) {
        var listener = waiting.remove(new Pod(namespace, name));
        if (listener == null) {
            return Optional.empty();
        }
        try (listener) {
            return said(listener, String.join(" ", verb) + "\n")
                    ? Optional.of(listener.end(timeout)).flatMap(Listeners::answer)
                    : Optional.empty();
        }
    }

    private static boolean said(PodExec.Started listener, String line) {
        try {
            return listener.tell(line.getBytes(StandardCharsets.US_ASCII), UNTIL_HEARD);
        } catch (ExecFailedException e) {
            log.debug("The script that waited is gone, another one is started", e);
            return false;
        }
    }

    /** One that says anything else first has given up before the verb came, and has done nothing. */
    private static Optional<PodExec.Result> answer(PodExec.Result result) {
        return result.stdout().startsWith(HEARD)
                ? Optional.of(new PodExec.Result(
                        result.exitCode(), result.stdout().substring(HEARD.length()), result.stderr()))
                : Optional.empty();
    }
}
