package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.VolumeProjectionBuilder;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The pod of an instance, as docs/instance-contract.md lays it out: one container, its image unchanged, no root. */
final class InstancePod {
    static final String CONTAINER = "postgres";
    static final int PORT = 5432;
    static final String SCRIPT = "/pgfork/script/" + InstanceScript.MAIN;

    /** The user postgres of the official image. */
    private static final long UID = 999;

    /** A fast stop writes a checkpoint and waits for followers; killed before, the next start has to recover. */
    private static final long GRACE_SECONDS = 300;

    /** Seconds that a probe waits for a server to get ready: less than the kubelet waits for the probe. */
    private static final String READY_PATIENCE = "4";

    /** Readable for the owner and the group that the kubelet gives the volume to. */
    private static final int GROUP_READS = 0440;

    private static final int EVERYBODY_READS = 0444;

    private InstancePod() {}

    static PodTemplateSpec template(InstanceTemplate template, String configMap) {
        var pod = template.pod();
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(labels(template))
                .withAnnotations(annotations(template))
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds(GRACE_SECONDS)
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(UID)
                .withRunAsGroup(UID)
                .withFsGroup(UID)
                .withFsGroupChangePolicy("OnRootMismatch")
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withNodeSelector(pod.nodeSelector() == null ? Map.of() : new TreeMap<>(pod.nodeSelector()))
                .withAffinity(affinity(template))
                .withTolerations(orNone(pod.tolerations()))
                .withTopologySpreadConstraints(orNone(pod.topologySpreadConstraints()))
                .withPriorityClassName(pod.priorityClassName())
                .withImagePullSecrets(orNone(pod.imagePullSecrets()))
                .withContainers(container(template))
                .withVolumes(volumes(template, configMap))
                .endSpec()
                .build();
    }

    /** The user's, and ours over them where anything goes by ours: Services and StatefulSets select by them. */
    static SortedMap<String, String> labels(InstanceTemplate template) {
        var labels = new TreeMap<String, String>();
        if (template.pod().labels() != null) {
            labels.putAll(template.pod().labels());
        }
        var users = Map.copyOf(labels);
        labels.putAll(InstanceResources.labels(template));
        Labels.recommended(template.owner()).forEach((name, ours) -> labels.put(name, users.getOrDefault(name, ours)));
        labels.put(Labels.ROLE, template.role().text());
        var membership = template.membership();
        if (membership.reads() && (template.isDatabase() || membership.isUnder(template.owner()))) {
            labels.put(Labels.READ, membership.authority().name());
        }
        return labels;
    }

    /**
     * A follower on its leader's node would go down with it. Only a wish, for there may be one node; what the user says
     * about other pods replaces it.
     */
    private static @Nullable Affinity affinity(InstanceTemplate template) {
        var wanted = template.pod().affinity();
        if (!template.membership().isUnder(template.owner())
                || (wanted != null && wanted.getPodAntiAffinity() != null)) {
            return wanted;
        }
        return (wanted == null ? new AffinityBuilder() : new AffinityBuilder(wanted))
                .withNewPodAntiAffinity()
                .addNewPreferredDuringSchedulingIgnoredDuringExecution()
                .withWeight(100)
                .withNewPodAffinityTerm()
                .withTopologyKey("kubernetes.io/hostname")
                .withNewLabelSelector()
                .addToMatchLabels(
                        Labels.INSTANCE, template.membership().authority().name())
                .endLabelSelector()
                .endPodAffinityTerm()
                .endPreferredDuringSchedulingIgnoredDuringExecution()
                .endPodAntiAffinity()
                .build();
    }

    private static SortedMap<String, String> annotations(InstanceTemplate template) {
        var annotations = new TreeMap<String, String>();
        if (template.pod().annotations() != null) {
            annotations.putAll(template.pod().annotations());
        }
        annotations.put(Labels.OWNER_UID, template.owner().uid());
        annotations.put(Labels.POD, PodRevision.of(template).text());
        return annotations;
    }

    private static Container container(InstanceTemplate template) {
        return new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(template.image())
                .withCommand("bash", SCRIPT, "run")
                .withEnv(InstanceEnvironment.of(template))
                .addNewPort()
                .withName("postgresql")
                .withProtocol("TCP")
                .withContainerPort(PORT)
                .endPort()
                .withResources(template.resources())
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withRunAsNonRoot(true)
                .withNewCapabilities()
                .addToDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                // Recovery may last hours: the script lives through it, so no probe but readiness asks the postmaster.
                .withStartupProbe(probe("alive", 1, 300, 5))
                .withLivenessProbe(probe("alive", 10, 6, 10))
                // Each waits for a server that is not ready. They must outlast a changeover, or clients' connections
                // would be refused by Kubernetes instead.
                .withReadinessProbe(probe("ready", 5, 2, 10, READY_PATIENCE))
                .withVolumeMounts(mounts())
                .build();
    }

    private static Probe probe(
            String verb, int periodSeconds, int failureThreshold, int timeoutSeconds, String... arguments) {
        return new ProbeBuilder()
                .withNewExec()
                .withCommand("bash", SCRIPT, verb)
                .addToCommand(arguments)
                .endExec()
                .withPeriodSeconds(periodSeconds)
                .withFailureThreshold(failureThreshold)
                .withTimeoutSeconds(timeoutSeconds)
                .build();
    }

    private static List<VolumeMount> mounts() {
        return List.of(
                mount("script", "/pgfork/script", true),
                mount("volume", "/pgfork/volume", false),
                mount("tls", "/pgfork/tls", true),
                mount("roles", "/pgfork/roles", true),
                mount("run", "/pgfork/run", false),
                mount("socket", "/var/run/postgresql", false),
                mount("tmp", "/tmp", false),
                mount("shm", "/dev/shm", false));
    }

    private static VolumeMount mount(String name, String path, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withReadOnly(readOnly ? true : null)
                .build();
    }

    private static List<Volume> volumes(InstanceTemplate template, String configMap) {
        var names = template.names();
        return List.of(
                new VolumeBuilder()
                        .withName("script")
                        .withNewConfigMap()
                        .withName(configMap)
                        .withDefaultMode(EVERYBODY_READS)
                        .endConfigMap()
                        .build(),
                new VolumeBuilder()
                        .withName("volume")
                        .withNewPersistentVolumeClaim(names.generationName(), false)
                        .build(),
                new VolumeBuilder()
                        .withName("tls")
                        .withNewSecret()
                        .withSecretName(names.tlsSecret())
                        .withDefaultMode(GROUP_READS)
                        .withItems(items(SecretData.TLS))
                        .endSecret()
                        .build(),
                verifiers(template),
                memory("run"),
                new VolumeBuilder()
                        .withName("socket")
                        .withEmptyDir(new EmptyDirVolumeSource())
                        .build(),
                new VolumeBuilder()
                        .withName("tmp")
                        .withEmptyDir(new EmptyDirVolumeSource())
                        .build(),
                memory("shm"));
    }

    /**
     * Never the passwords that lie beside them, but the one that this instance itself replicates with; a fork's
     * superuser has none.
     */
    private static Volume verifiers(InstanceTemplate template) {
        var names = template.names();
        var roles = Stream.concat(
                        Stream.of(SecretData.OWNER, SecretData.PGFORK),
                        template.unlockedRoles().stream().map(SecretData::unlocked))
                .toList();
        return new VolumeBuilder()
                .withName("roles")
                .withNewProjected()
                .withDefaultMode(GROUP_READS)
                .addToSources(new VolumeProjectionBuilder()
                        .withNewSecret()
                        .withName(names.rolesSecret())
                        .withItems(items(roles))
                        .endSecret()
                        .build())
                .addToSources(new VolumeProjectionBuilder()
                        .withNewSecret()
                        .withName(names.rolesSecret())
                        .withItems(items(List.of(SecretData.SUPERUSER)))
                        .withOptional(true)
                        .endSecret()
                        .build())
                .addToSources(new VolumeProjectionBuilder()
                        .withNewSecret()
                        .withName(names.rolesSecret())
                        .withItems(items(List.of(SecretData.password(SecretData.REPLICATION))))
                        .withOptional(true)
                        .endSecret()
                        .build())
                .endProjected()
                .build();
    }

    private static List<KeyToPath> items(List<String> keys) {
        return keys.stream().map(key -> new KeyToPath(key, null, key)).toList();
    }

    private static Volume memory(String name) {
        return new VolumeBuilder()
                .withName(name)
                .withEmptyDir(new EmptyDirVolumeSource("Memory", null))
                .build();
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }
}
