package dev.pgfork.operator.mock;

import dev.pgfork.operator.instance.ScriptStatus.Phase;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** StatefulSet controller, scheduler and kubelet for sets of one pod. */
final class PodController {
    private final KubernetesClient client;
    private final Disks disks;
    private final SimulatedInstances instances;
    private final Clock clock;
    private final Predicate<Stage> goesOn;
    private final AtomicInteger addresses = new AtomicInteger();
    private final Map<String, String> addressOf = new HashMap<>();

    PodController(
            KubernetesClient client, Disks disks, SimulatedInstances instances, Clock clock, Predicate<Stage> goesOn) {
        this.client = client;
        this.disks = disks;
        this.instances = instances;
        this.clock = clock;
        this.goesOn = goesOn;
    }

    void pass() {
        client.apps().statefulSets().inAnyNamespace().list().getItems().forEach(this::scale);
        var pods = client.pods().inAnyNamespace().list().getItems();
        instances.stopAllBut(pods.stream()
                .filter(pod -> !isEnding(pod))
                .map(pod -> pod.getMetadata().getUid())
                .collect(Collectors.toSet()));
        pods.forEach(this::run);
    }

    /** A pod that somebody holds by a finalizer. */
    private static boolean isEnding(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    private void scale(StatefulSet set) {
        var pod = pod(set);
        var existing = client.resource(pod).get();
        if (existing == null && set.getSpec().getReplicas() > 0) {
            client.resource(pod).create();
        } else if (existing != null && set.getSpec().getReplicas() == 0 && !isEnding(existing)) {
            client.resource(existing).delete();
        }
        if (set.getSpec().getReplicas() == 0) {
            observe(set);
        }
    }

    /** Says that it knows what is wanted: only then it makes no other pod. */
    private void observe(StatefulSet set) {
        var wanted = Objects.requireNonNullElse(set.getMetadata().getGeneration(), Long.MAX_VALUE);
        var known = set.getStatus() == null ? null : set.getStatus().getObservedGeneration();
        if (!wanted.equals(known)) {
            client.resource(new StatefulSetBuilder(set)
                            .editOrNewStatus()
                            .withObservedGeneration(wanted)
                            .endStatus()
                            .build())
                    .updateStatus();
        }
    }

    private Pod pod(StatefulSet set) {
        var template = set.getSpec().getTemplate();
        var node = client.nodes().list().getItems().stream()
                .map(each -> each.getMetadata().getName())
                .findFirst()
                .orElse(null);
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(set.getMetadata().getNamespace())
                .withName(set.getMetadata().getName() + "-0")
                .withLabels(template.getMetadata().getLabels())
                .withAnnotations(template.getMetadata().getAnnotations())
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("apps/v1")
                        .withKind("StatefulSet")
                        .withName(set.getMetadata().getName())
                        .withUid(set.getMetadata().getUid())
                        .withController(true)
                        .build())
                .endMetadata()
                .withNewSpecLike(template.getSpec())
                .withNodeName(node)
                .endSpec()
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build();
    }

    private void run(Pod pod) {
        var claimUid = claimUid(pod);
        PodStatus status;
        if (isEnding(pod)) {
            status = ended(pod);
        } else if (!goesOn.test(Stage.POD_SCHEDULED) || hasNoNode(pod)) {
            status = pending("PodScheduled", "Unschedulable", "0/1 nodes are available: Insufficient cpu.");
        } else if (claimUid.isEmpty() && !isTrial(pod)) {
            status = pending("PodScheduled", "Unschedulable", "pod has unbound immediate PersistentVolumeClaims");
        } else if (!goesOn.test(Stage.IMAGE_PULLED) || image(pod).contains("missing")) {
            status = waiting(pod, "ImagePullBackOff", "Back-off pulling image");
        } else if (isTrial(pod)) {
            status = ended(pod);
        } else {
            status = running(pod, start(pod, claimUid.get()));
        }
        if (!Objects.equals(status, pod.getStatus())) {
            client.resource(new PodBuilder(pod).withStatus(status).build()).updateStatus();
        }
    }

    private static boolean isTrial(Pod pod) {
        return pod.getMetadata().getName().endsWith("-trial");
    }

    private static String image(Pod pod) {
        return pod.getSpec().getContainers().getFirst().getImage();
    }

    /** No node has that label. */
    private static boolean hasNoNode(Pod pod) {
        return pod.getSpec().getNodeSelector() != null
                && pod.getSpec().getNodeSelector().containsKey("nowhere");
    }

    /** Returns whether it serves. */
    private boolean start(Pod pod, String claimUid) {
        var uid = pod.getMetadata().getUid();
        if (instances.phase(uid).isEmpty()) {
            instances.start(instance(pod, claimUid));
        }
        if (goesOn.test(Stage.OPENED)) {
            instances.open(uid);
        }
        return instances.isReady(uid);
    }

    private SimulatedInstance instance(Pod pod, String claimUid) {
        var meta = pod.getMetadata();
        var environment = new HashMap<String, String>();
        pod.getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .forEach(variable -> environment.put(variable.getName(), variable.getValue()));
        return new SimulatedInstance(
                meta.getNamespace(),
                meta.getName(),
                meta.getUid(),
                address(pod),
                Map.copyOf(environment),
                disks,
                claimUid,
                configuration(pod),
                certificate(pod),
                clock.instant(),
                environment.getOrDefault("PGFORK_SEED", "").equals("initdb") ? Phase.bootstrap : Phase.quarantine,
                null);
    }

    private String address(Pod pod) {
        return addressOf.computeIfAbsent(pod.getMetadata().getUid(), uid -> "10.0.0." + addresses.incrementAndGet());
    }

    private Optional<String> claimUid(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getPersistentVolumeClaim() != null)
                .map(volume -> client.persistentVolumeClaims()
                        .inNamespace(pod.getMetadata().getNamespace())
                        .withName(volume.getPersistentVolumeClaim().getClaimName())
                        .get())
                .filter(claim -> claim != null
                        && claim.getStatus() != null
                        && "Bound".equals(claim.getStatus().getPhase()))
                .map(claim -> claim.getMetadata().getUid())
                .findFirst();
    }

    private String configuration(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getConfigMap() != null)
                .map(volume -> Objects.requireNonNull(client.configMaps()
                        .inNamespace(pod.getMetadata().getNamespace())
                        .withName(volume.getConfigMap().getName())
                        .get()))
                .map(map -> Objects.requireNonNull(map.getData().get("postgresql.conf")))
                .findFirst()
                .orElseThrow();
    }

    private String certificate(Pod pod) {
        return pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getSecret() != null)
                .map(volume -> Objects.requireNonNull(client.secrets()
                        .inNamespace(pod.getMetadata().getNamespace())
                        .withName(volume.getSecret().getSecretName())
                        .get()))
                .map(secret -> secret.getData().get("tls.crt"))
                .filter(Objects::nonNull)
                .map(text -> new String(Base64.getDecoder().decode(text), StandardCharsets.US_ASCII))
                .findFirst()
                .orElseThrow();
    }

    private static PodStatus pending(String condition, String reason, String message) {
        return new PodStatusBuilder()
                .withPhase("Pending")
                .addNewCondition()
                .withType(condition)
                .withStatus("False")
                .withReason(reason)
                .withMessage(message)
                .endCondition()
                .build();
    }

    private static PodStatus waiting(Pod pod, String reason, String message) {
        return new PodStatusBuilder()
                .withPhase("Pending")
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("True")
                .endCondition()
                .withContainerStatuses(new ContainerStatusBuilder()
                        .withName(pod.getSpec().getContainers().getFirst().getName())
                        .withReady(false)
                        .withState(new ContainerStateBuilder()
                                .withNewWaiting()
                                .withReason(reason)
                                .withMessage(message)
                                .endWaiting()
                                .build())
                        .build())
                .build();
    }

    private static PodStatus ended(Pod pod) {
        return new PodStatusBuilder()
                .withPhase("Succeeded")
                .withContainerStatuses(new ContainerStatusBuilder()
                        .withName(pod.getSpec().getContainers().getFirst().getName())
                        .withReady(false)
                        .withState(new ContainerStateBuilder()
                                .withNewTerminated()
                                .withExitCode(0)
                                .withReason("Completed")
                                .endTerminated()
                                .build())
                        .build())
                .build();
    }

    private PodStatus running(Pod pod, boolean ready) {
        var started = Optional.ofNullable(pod.getStatus())
                .map(PodStatus::getStartTime)
                .orElseGet(() -> clock.instant().toString());
        return new PodStatusBuilder()
                .withPhase("Running")
                .withPodIP(address(pod))
                .withStartTime(started)
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("True")
                .endCondition()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .withContainerStatuses(new ContainerStatusBuilder()
                        .withName(pod.getSpec().getContainers().getFirst().getName())
                        .withReady(ready)
                        .withState(new ContainerStateBuilder()
                                .withNewRunning()
                                .withStartedAt(started)
                                .endRunning()
                                .build())
                        .build())
                .build();
    }
}
