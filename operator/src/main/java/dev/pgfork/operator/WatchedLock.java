package dev.pgfork.operator;

import dev.pgfork.operator.kube.ApiErrors;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lease that remembers when it was renewed last: the beginning of the last attempt that succeeded, since that is what
 * others count from. The client's elector looks at its deadline only between two attempts, and one attempt can hang.
 */
final class WatchedLock implements Lock {
    private static final Logger log = LoggerFactory.getLogger(WatchedLock.class);

    private final Lock lock;
    private volatile long attempted;
    private volatile long renewed;

    WatchedLock(Lock lock) {
        this.lock = lock;
    }

    /** As {@link System#nanoTime} gives it; meaningless before the lease was held. */
    long renewed() {
        return renewed;
    }

    @Override
    public @Nullable LeaderElectionRecord get(KubernetesClient client) {
        attempted = System.nanoTime();
        try {
            return lock.get(client);
        } catch (KubernetesClientException e) {
            // The elector tries again; its own log is silenced, since it adds a stack trace to every attempt.
            log.warn("the lease cannot be read: {}", ApiErrors.message(e));
            throw e;
        }
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord leaderElectionRecord) {
        lock.create(client, leaderElectionRecord);
        renewed = attempted;
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord leaderElectionRecord) {
        lock.update(client, leaderElectionRecord);
        renewed = attempted;
    }

    @Override
    public String identity() {
        return lock.identity();
    }

    @Override
    public String describe() {
        return lock.describe();
    }
}
