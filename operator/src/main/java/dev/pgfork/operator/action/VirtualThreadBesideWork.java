package dev.pgfork.operator.action;

import dev.pgfork.operator.kube.ApiErrors;
import dev.pgfork.operator.kube.Owner;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** One virtual thread per piece of work: it waits for sockets most of its life. */
public final class VirtualThreadBesideWork implements BesideWork, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(VirtualThreadBesideWork.class);

    private final Map<Key, Task> tasks = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Consumer<Owner> ended;

    /** @param ended asks for a reconciliation of the owner */
    public VirtualThreadBesideWork(Consumer<Owner> ended) {
        this.ended = ended;
    }

    @Override
    public <R> void start(Key key, Duration pause, Callable<R> work) {
        var task = new Task(key, pause, work);
        // Known before it runs: work that ends at once must not report before its result can be seen.
        if (tasks.putIfAbsent(key, task) == null) {
            task.thread.start();
        }
    }

    @Override
    public <R> Optional<Progress<R>> progress(Key key, Class<R> type) {
        return Optional.ofNullable(tasks.get(key)).map(task -> switch (task.progress) {
            case Progress.Running<?>() -> new Progress.Running<>();
            case Progress.Done<?>(var result) -> new Progress.Done<>(type.cast(result));
            case Progress.Failed<?>(var message) -> new Progress.Failed<>(message);
        });
    }

    @Override
    public void forget(String ownerUid) {
        tasks.keySet().stream()
                .filter(key -> key.owner().uid().equals(ownerUid))
                .forEach(this::forget);
    }

    @Override
    public void forget(Key key) {
        Optional.ofNullable(tasks.remove(key)).ifPresent(task -> task.thread.interrupt());
    }

    /** Interrupts everything that runs. Results are kept, so that nothing is started twice on the way down. */
    @Override
    public void close() {
        closed.countDown();
        tasks.values().forEach(task -> task.thread.interrupt());
    }

    private final class Task {
        private final Key key;
        private final Duration pause;
        private final Callable<?> work;
        private final Thread thread;
        private volatile Progress<?> progress = new Progress.Running<>();

        Task(Key key, Duration pause, Callable<?> work) {
            this.key = key;
            this.pause = pause;
            this.work = work;
            this.thread = Thread.ofVirtual()
                    .name(key.name() + " for " + key.owner().namespace() + "/"
                            + key.owner().name())
                    .unstarted(this::run);
        }

        private void run() {
            MDC.put("resource.kind", key.owner().kind());
            MDC.put("resource.namespace", key.owner().namespace());
            MDC.put("resource.name", key.owner().name());
            progress = outcome();
            if (tasks.get(key) == this) {
                ended.accept(key.owner());
            }
        }

        private Progress<?> outcome() {
            try {
                if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new InterruptedException("the operator ends");
                }
                return new Progress.Done<>(work.call());
            } catch (Exception e) {
                log.info("{} failed: {}", key.name(), ApiErrors.message(e));
                log.debug("{} failed", key.name(), e);
                return new Progress.Failed<>(ApiErrors.message(e));
            }
        }
    }
}
