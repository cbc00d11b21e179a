package dev.pgfork.operator.kube;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One set of informers for all reconcilers, instead of one set each: what they hold and what they cost the API server
 * does not grow with the number of kinds. Who is reconciled when something changes, {@link Interests} says.
 */
public final class Informers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Informers.class);
    private static final String OURS = Labels.MANAGED_BY + "=" + Labels.MANAGED_BY_PGFORK;
    private static final String BY_SOURCE = "source";
    private static final Duration SYNC_DEADLINE = Duration.ofSeconds(60);

    private final KubernetesClient client;
    private final Namespaces namespaces;
    private final Interests interests;
    private final Duration snapshotCheck;
    private final Map<Class<?>, TypeInformer<?>> informers = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** @param snapshotCheck how often to look whether VolumeSnapshots have been installed, while they are not */
    public Informers(
            KubernetesClient client, Namespaces namespaces, ReconcileRequests requests, Duration snapshotCheck) {
        this.client = client;
        this.namespaces = namespaces;
        this.interests = new Interests(this, requests);
        this.snapshotCheck = snapshotCheck;
    }

    /**
     * Returns when the caches hold all that is there.
     *
     * @throws IllegalStateException if something cannot be read; the message says what
     */
    public void start() {
        run(
                new TypeInformer<>(client, PostgresDatabase.class, namespaces, null, Map.of(), interests.inDatabases()),
                new TypeInformer<>(
                        client,
                        PostgresFork.class,
                        namespaces,
                        null,
                        Map.of(BY_SOURCE, fork -> List.of(sourceKey(fork))),
                        interests.inForks()),
                new TypeInformer<>(client, PostgresFollower.class, namespaces, null, Map.of(), interests.inFollowers()),
                owned(Service.class),
                owned(Secret.class),
                owned(ConfigMap.class),
                owned(PersistentVolumeClaim.class),
                owned(StatefulSet.class),
                owned(PodDisruptionBudget.class),
                new TypeInformer<>(client, Pod.class, namespaces, OURS, Map.of(), interests.inPods()));
        if (!startSnapshots()) {
            log.info("the cluster has no VolumeSnapshots (snapshot.storage.k8s.io/v1) yet");
            Thread.ofVirtual().name("snapshot-types").start(this::startSnapshotsLater);
        }
    }

    /** @return false if the cluster has no VolumeSnapshots: they are an add-on */
    private boolean startSnapshots() {
        if (!client.supports(VolumeSnapshot.class) || !client.supports(VolumeSnapshotContent.class)) {
            return false;
        }
        run(
                owned(VolumeSnapshot.class),
                new TypeInformer<>(
                        client, VolumeSnapshotContent.class, Namespaces.ALL, null, Map.of(), interests.inContents()));
        return true;
    }

    private void startSnapshotsLater() {
        try {
            var there = false;
            while (!there && !closed.await(snapshotCheck.toMillis(), TimeUnit.MILLISECONDS)) {
                there = startedSnapshots();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean startedSnapshots() {
        try {
            if (!startSnapshots()) {
                return false;
            }
        } catch (RuntimeException e) {
            log.warn("VolumeSnapshots have been installed, but {}", ApiErrors.message(e));
            return false;
        }
        log.info("the cluster has VolumeSnapshots now");
        all(PostgresFork.class).forEach(interests::ask);
        all(PostgresFollower.class).forEach(interests::ask);
        return true;
    }

    private <T extends HasMetadata> TypeInformer<T> owned(Class<T> type) {
        return new TypeInformer<>(client, type, namespaces, OURS, Map.of(), interests.inOwned());
    }

    /** Starts them all at once and waits for all. They can be read only then: a cache that fills is not the truth. */
    private void run(TypeInformer<?>... started) {
        var synced = Arrays.stream(started)
                .map(informer -> Map.entry(informer, informer.start()))
                .toList();
        for (var entry : synced) {
            var type = HasMetadata.getFullResourceName(entry.getKey().type());
            try {
                entry.getValue().get(SYNC_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                Arrays.stream(started).forEach(TypeInformer::stop);
                throw new IllegalStateException("cannot watch " + type + ": " + ApiErrors.message(e), e);
            } catch (TimeoutException e) {
                Arrays.stream(started).forEach(TypeInformer::stop);
                throw new IllegalStateException("could not list " + type + " within " + SYNC_DEADLINE, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while listing " + type, e);
            }
        }
        Arrays.stream(started).forEach(informer -> informers.put(informer.type(), informer));
    }

    <T extends HasMetadata> Optional<T> get(Class<T> type, @Nullable String namespace, String name) {
        return informer(type).flatMap(informer -> informer.get(namespace, name));
    }

    /** Lets readers see an object that was just written, before the informer hears of it. */
    public void remember(HasMetadata written) {
        Optional.ofNullable(informers.get(written.getClass())).ifPresent(informer -> informer.remember(written));
    }

    /** From the cache, in all namespaces that are watched. */
    public <T extends HasMetadata> Stream<T> all(Class<T> type) {
        return informer(type).stream().flatMap(informer -> informer.all().stream());
    }

    /** @param namespace {@code null}: wherever they are, or in none */
    <T extends HasMetadata> List<T> in(Class<T> type, @Nullable String namespace) {
        return informer(type)
                .map(informer -> namespace == null ? informer.everywhere() : informer.in(namespace))
                .orElse(List.of());
    }

    List<PostgresFork> forksOf(String kind, String namespace, String source) {
        return informer(PostgresFork.class)
                .map(forks -> forks.indexed(BY_SOURCE, key(kind, namespace, source)))
                .orElse(List.of());
    }

    boolean isServed(Class<? extends HasMetadata> type) {
        return informers.containsKey(type);
    }

    /** Types whose changes are not heard of at the moment. */
    public List<String> deaf() {
        return informers.values().stream()
                .filter(informer -> !informer.isWatching())
                .map(informer -> HasMetadata.getFullResourceName(informer.type()))
                .sorted()
                .toList();
    }

    @Override
    public void close() {
        closed.countDown();
        informers.values().forEach(TypeInformer::stop);
    }

    /** The map holds informers under their own type only. */
    @SuppressWarnings("unchecked")
    private <T extends HasMetadata> Optional<TypeInformer<T>> informer(Class<T> type) {
        return Optional.ofNullable((TypeInformer<T>) informers.get(type));
    }

    private static String sourceKey(PostgresFork fork) {
        var from = fork.getSpec().from();
        return key(from.resourceKind(), from.namespaceOr(fork.getMetadata().getNamespace()), from.name());
    }

    private static String key(String kind, String namespace, String name) {
        return kind + "/" + namespace + "/" + name;
    }
}
