package dev.pgfork.operator.mock;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClassBuilder;
import java.time.Clock;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cluster with one storage class and one snapshot class, both called {@code fast}. After every change of an object
 * all controllers look at everything, on one thread; so nothing depends on which event came first.
 */
public final class SimulatedCluster implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SimulatedCluster.class);

    static final String DRIVER = "csi.example.com";
    static final String CLASS = "fast";

    private final TestApiServer api = new TestApiServer();
    private final Disks disks = new Disks();
    private final SimulatedInstances instances = new SimulatedInstances(this::look);
    private final Set<Stage> held = EnumSet.noneOf(Stage.class);
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("simulated-cluster").factory());
    private final StorageController storage;
    private final PodController pods;

    /** @param clock of the storage, which times the cuts */
    public SimulatedCluster(Clock clock) {
        storage = new StorageController(api.client(), disks, clock, this::goesOn);
        pods = new PodController(api.client(), disks, instances, clock, this::goesOn);
        api.onChange(this::look);
    }

    public static SimulatedCluster withSnapshots(Clock clock) {
        var cluster = new SimulatedCluster(clock);
        cluster.installSnapshots();
        return cluster;
    }

    /** The CRDs, and a default class of the storage's driver. */
    public void installSnapshots() {
        api.installSnapshots();
        client().resource(new StorageClassBuilder()
                        .withNewMetadata()
                        .withName(CLASS)
                        .addToAnnotations("storageclass.kubernetes.io/is-default-class", "true")
                        .endMetadata()
                        .withProvisioner(DRIVER)
                        .withAllowVolumeExpansion(true)
                        .build())
                .create();
        client().resource(new VolumeSnapshotClassBuilder()
                        .withNewMetadata()
                        .withName(CLASS)
                        .addToAnnotations("snapshot.storage.kubernetes.io/is-default-class", "true")
                        .endMetadata()
                        .withDriver(DRIVER)
                        .withDeletionPolicy("Delete")
                        .build())
                .create();
    }

    /** All pods that are made from now on run there. Without one they have none, as far as anybody can tell. */
    public void addNode() {
        client().resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName("node-1")
                        .endMetadata()
                        .withNewStatus()
                        .addNewCondition()
                        .withType("Ready")
                        .withStatus("True")
                        .endCondition()
                        .endStatus()
                        .build())
                .create();
    }

    public TestApiServer api() {
        return api;
    }

    public KubernetesClient client() {
        return api.client();
    }

    /** What answers in the place of the servers and scripts. */
    public SimulatedInstances instances() {
        return instances;
    }

    /** Volumes that the storage holds. */
    public int volumes() {
        return disks.volumes();
    }

    /** Snapshots that the storage holds. */
    public int snapshots() {
        return disks.snapshots();
    }

    public void hold(Stage stage) {
        synchronized (held) {
            held.add(stage);
        }
    }

    public void release(Stage stage) {
        synchronized (held) {
            held.remove(stage);
        }
        look();
    }

    private boolean goesOn(Stage stage) {
        synchronized (held) {
            return !held.contains(stage);
        }
    }

    private void look() {
        if (wanted.compareAndSet(false, true)) {
            try {
                thread.execute(this::pass);
            } catch (RejectedExecutionException e) {
                // Closed: nobody looks any more.
                wanted.set(true);
            }
        }
    }

    private void pass() {
        wanted.set(false);
        try {
            api.collectGarbage();
            storage.pass();
            pods.pass();
        } catch (KubernetesClientException e) {
            // Somebody else changed an object meanwhile, and that change leads to another pass.
            if (e.getCode() != 409 && e.getCode() != 404) {
                throw e;
            }
            look();
        }
    }

    /** @throws AssertionError if there ever were two primaries of one database */
    @Override
    public void close() {
        wanted.set(true);
        thread.close();
        try {
            api.close();
        } catch (IllegalStateException e) {
            // Now and then the mock server cannot end a connection that it is sending an event to. It is done with.
            log.warn("the simulated API server was not closed", e);
        }
        if (!instances.twoPrimaries().isEmpty()) {
            throw new AssertionError("two primaries of one database: " + instances.twoPrimaries());
        }
    }
}
