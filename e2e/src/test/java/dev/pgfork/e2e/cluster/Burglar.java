package dev.pgfork.e2e.cluster;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EphemeralContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Somebody who looks for some bytes in every volume of a namespace that he can get at: by commands in its pods five
 * times a second, by containers that he adds to them, and by volumes and pods of his own that he makes of any
 * VolumeSnapshot. He has the rights of the client that he is given.
 */
public final class Burglar implements AutoCloseable {
    private static final long PERIOD_MILLIS = 200;
    private static final String VOLUME = "/pgfork/volume";

    private final KubernetesClient client;
    private final String namespace;
    private final String wanted;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final List<String> found = new CopyOnWriteArrayList<>();
    private final Set<String> stolen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger looks = new AtomicInteger();

    /** @param words he looks for any of these, and they have letters only */
    public Burglar(KubernetesClient client, String namespace, String... words) {
        this.client = client;
        this.namespace = namespace;
        wanted = String.join("|", words);
    }

    /** From now on he looks again and again. */
    public Burglar start() {
        var _ = thread.scheduleWithFixedDelay(this::lookEverywhere, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        return this;
    }

    /** Whatever he should not have found: where, and in which files. */
    public List<String> found() {
        return List.copyOf(found);
    }

    /** How often he got to see a volume. */
    public int looks() {
        return looks.get();
    }

    /** Claims of his own that he has looked into. */
    public Set<String> stolen() {
        return Set.copyOf(stolen);
    }

    /** Looks into the volume of each pod that there is now. */
    public void lookEverywhere() {
        for (var pod : client.pods().inNamespace(namespace).list().getItems()) {
            looksInto(pod.getMetadata().getName());
        }
    }

    /** @return files that hold what he wants; empty, too, if the pod does not run */
    public List<String> looksInto(String pod) {
        try {
            var result = new Shell(client, namespace, pod).attempt("bash", "-c", command());
            if (!result.stdout().contains("looked")) {
                return List.of();
            }
            looks.incrementAndGet();
            var files = result.stdout()
                    .lines()
                    .filter(line -> !line.equals("looked"))
                    .toList();
            files.forEach(file -> found.add(pod + ": " + file));
            if (pod.startsWith("stolen-")) {
                stolen.add(pod);
            }
            return files;
        } catch (KubernetesClientException | IllegalStateException e) {
            // The pod has not started, or is gone: whoever counts the looks knows.
            return List.of();
        }
    }

    private String command() {
        return "[ -d %s ] && { grep -rlaE '%s' %s; echo looked; }".formatted(VOLUME, wanted, VOLUME);
    }

    /** From now on he makes a volume and a pod of each VolumeSnapshot, and keeps it from being deleted meanwhile. */
    public void stealSnapshots() {
        watches.add(client.resources(VolumeSnapshot.class)
                .inNamespace(namespace)
                .watch(new Watcher<>() {
                    @Override
                    public void eventReceived(Action action, VolumeSnapshot snapshot) {
                        if (action == Action.ADDED) {
                            steal(snapshot.getMetadata().getName());
                        }
                    }

                    @Override
                    public void onClose(WatcherException cause) {
                        found.add("the test is broken: " + cause);
                    }
                }));
    }

    private void steal(String snapshot) {
        var manifests = """
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: stolen-%1$s}
                spec:
                  accessModes: [ReadWriteOnce]
                  resources: {requests: {storage: 1Gi}}
                  dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: %1$s}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: stolen-%1$s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  securityContext:
                    {runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999, seccompProfile: {type: RuntimeDefault}}
                  containers:
                    - name: postgres
                      image: postgres:17
                      command: [sleep, infinity]
                      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
                      volumeMounts: [{name: volume, mountPath: %2$s}]
                  volumes: [{name: volume, persistentVolumeClaim: {claimName: stolen-%1$s}}]
                """.formatted(snapshot, VOLUME);
        try {
            client.load(new ByteArrayInputStream(manifests.getBytes(StandardCharsets.UTF_8)))
                    .inNamespace(namespace)
                    .create();
        } catch (KubernetesClientException e) {
            found.add("the test is broken: " + e.getMessage());
        }
    }

    /** Adds a container to the pod that has its volume, too, and waits until it has looked. */
    public void lookFromEphemeralContainerOf(String pod) {
        var name = "debug";
        client.pods().inNamespace(namespace).withName(pod).ephemeralContainers().edit(present -> added(present, name));
        client.pods()
                .inNamespace(namespace)
                .withName(pod)
                .waitUntilCondition(with -> hasEnded(with, name), 2, TimeUnit.MINUTES);
        var log = client.pods()
                .inNamespace(namespace)
                .withName(pod)
                .inContainer(name)
                .getLog();
        if (!log.contains("looked")) {
            throw new AssertionError("the ephemeral container has seen no volume: " + log);
        }
        looks.incrementAndGet();
        log.lines()
                .filter(line -> !line.equals("looked"))
                .forEach(file -> found.add("ephemeral container of " + pod + ": " + file));
    }

    private Pod added(Pod pod, String name) {
        var server = pod.getSpec().getContainers().getFirst();
        pod.getSpec()
                .getEphemeralContainers()
                .add(new EphemeralContainerBuilder()
                        .withName(name)
                        .withImage(server.getImage())
                        .withCommand("bash", "-c", command())
                        .withSecurityContext(restricted())
                        .withVolumeMounts(server.getVolumeMounts().stream()
                                .filter(mount -> VOLUME.equals(mount.getMountPath()))
                                .toList())
                        .build());
        return pod;
    }

    private static SecurityContext restricted() {
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .addToDrop("ALL")
                .endCapabilities()
                .build();
    }

    private static boolean hasEnded(Pod pod, String container) {
        return pod != null
                && new ArrayList<>(pod.getStatus().getEphemeralContainerStatuses())
                        .stream()
                                .filter(status -> container.equals(status.getName()))
                                .map(ContainerStatus::getState)
                                .anyMatch(state -> state.getTerminated() != null);
    }

    @Override
    public void close() {
        watches.forEach(Watch::close);
        thread.shutdownNow();
    }
}
