package dev.pgfork.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that one operator acts at a time. Who may not be the leader any more does not get the chance to finish
 * anything: {@code lost} is expected to end the process. The framework's own leader election goes on reconciling
 * without the lease, or exits through shutdown hooks that wait for it; and it never gives the lease back.
 */
final class Leadership implements AutoCloseable {
    static final String LEASE = "pgfork-operator";
    private static final Logger log = LoggerFactory.getLogger(Leadership.class);

    private final WatchedLock lock;
    private final Timing timing;
    private final Runnable lost;
    private final CountDownLatch leading = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final LeaderElector elector;
    private final CompletableFuture<?> election;

    /**
     * @param lease how long others wait for a holder that is silent
     * @param renewal how long the holder tries to renew it before it gives up; well below {@code lease}, for clocks
     *     differ
     * @param retry pause between two attempts
     */
    record Timing(Duration lease, Duration renewal, Duration retry) {
        static final Timing STANDARD = new Timing(Duration.ofSeconds(10), Duration.ofSeconds(6), Duration.ofSeconds(1));
    }

    /**
     * Begins to apply for the lease.
     *
     * @param client that gives up soon: an attempt must not outlast the lease
     * @param lost called from any thread when the lease was held and is not any more, unless this was closed
     */
    Leadership(
            KubernetesClient client,
            String namespace,
            String identity,
            Timing timing,
            Executor executor,
            Runnable lost) {
        this.lock = new WatchedLock(new LeaseLock(namespace, LEASE, identity));
        this.timing = timing;
        this.lost = lost;
        this.elector = new LeaderElector(
                client,
                new LeaderElectionConfig(
                        lock,
                        timing.lease(),
                        timing.renewal(),
                        timing.retry(),
                        new LeaderCallbacks(leading::countDown, this::onLost, this::onNewLeader),
                        // Giving it back when it was lost would mean to ask an API server that does not answer.
                        false,
                        LEASE),
                executor);
        this.election = elector.start();
    }

    /** Returns when this process is the leader. */
    void await() throws InterruptedException {
        leading.await();
        log.info("{} is the leader", lock.identity());
        Thread.ofPlatform().daemon().name("lease-watch").start(this::watch);
    }

    boolean isLeader() {
        return leading.getCount() == 0;
    }

    /** Stops renewing without giving the lease back: somebody may still be acting in its name. */
    void abandon() {
        stopped.countDown();
        election.cancel(true);
    }

    /** Gives the lease back, so that the next leader need not wait. Nothing must act any more. */
    @Override
    public void close() {
        abandon();
        try {
            if (isLeader() && elector.release()) {
                log.info("{} has given the lease back", lock.identity());
            }
        } catch (KubernetesClientException e) {
            log.warn("the lease could not be given back; it ends by itself in {}", timing.lease(), e);
        }
    }

    /** Does not trust the elector's own deadline: an attempt may hang, and so may this whole machine. */
    private void watch() {
        try {
            var left = timing.renewal().toNanos();
            while (left > 0 && !stopped.await(left, TimeUnit.NANOSECONDS)) {
                left = timing.renewal().toNanos() - (System.nanoTime() - lock.renewed());
            }
            onLost();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            onLost();
        }
    }

    private synchronized void onLost() {
        if (isLeader() && stopped.getCount() > 0) {
            stopped.countDown();
            log.error("{} has lost the lease", lock.identity());
            lost.run();
        }
    }

    private void onNewLeader(String leader) {
        if (leader != null && !leader.isEmpty() && !leader.equals(lock.identity())) {
            log.info("waiting for the lease, which {} holds", leader);
        }
    }
}
