package dev.pgfork.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import org.jspecify.annotations.Nullable;

/**
 * A lease that remembers when it was renewed last: the beginning of the last attempt that succeeded, since that is what
 * others count from. The client's elector looks at its deadline only between two attempts, and one attempt can hang.
 */
final class WatchedLock implements Lock {
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
        return lock.get(client);
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
