package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.ServiceSettings;
import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The objects of an instance as they should be. The same template gives the same objects, byte for byte. */
public final class InstanceResources {
    private final InstanceConfiguration configuration;

    public InstanceResources(InstanceConfiguration configuration) {
        this.configuration = configuration;
    }

    /** Headless, and the first object to be made: whoever has it has the name over all kinds. */
    public Service claimService(InstanceTemplate template) {
        return new ServiceBuilder()
                .withMetadata(metadata(template, template.names().claimService()))
                .withNewSpec()
                .withType(ServiceSettings.Type.ClusterIP.name())
                .withClusterIP("None")
                // Followers stream from a server that is not ready for clients, too.
                .withPublishNotReadyAddresses(true)
                .withSelector(selector(template))
                .withPorts(port())
                .endSpec()
                .build();
    }

    /** For clients: the instance of this generation, while Kubernetes finds it ready. */
    public Service service(InstanceTemplate template) {
        return service(template, template.names());
    }

    /**
     * For clients of a database.
     *
     * @param primary whose pod they are led to: the database's own instance, or a follower's
     */
    public Service service(InstanceTemplate template, InstanceNames primary) {
        return clientService(template, template.names().service(), selector(primary));
    }

    /** Pods that carry the label of reading, whatever instance they are of. */
    public Service readOnlyService(InstanceTemplate template) {
        var names = template.names();
        return clientService(template, names.readOnlyService(), Map.of(Labels.READ, names.name()));
    }

    private static Service clientService(InstanceTemplate template, String name, Map<String, String> selector) {
        var settings = template.service();
        var metadata = metadata(template, name);
        if (settings.annotations() != null && !settings.annotations().isEmpty()) {
            var annotations = new TreeMap<>(settings.annotations());
            // Others annotate Services, too: by this an annotation that is wanted no more is told from theirs.
            annotations.put(
                    Labels.ANNOTATED,
                    String.join(",", new TreeSet<>(settings.annotations().keySet())));
            metadata.setAnnotations(annotations);
        }
        var type = Objects.requireNonNullElse(settings.type(), ServiceSettings.Type.ClusterIP);
        return new ServiceBuilder()
                .withMetadata(metadata)
                .withNewSpec()
                .withType(type.name())
                .withSelector(selector)
                .withPorts(port())
                .endSpec()
                .build();
    }

    /** Script and configuration. It never changes: another content is another object. */
    public ConfigMap configMap(InstanceTemplate template) {
        return new ConfigMapBuilder()
                .withMetadata(metadata(template, configuration.configMapName(template)))
                .withImmutable(true)
                .withData(configuration.files(template))
                .build();
    }

    /** Its identity is in the annotations, so that it can be recognised when its owner is gone. */
    public PersistentVolumeClaim volume(InstanceTemplate template) {
        var metadata = metadata(template, template.names().generationName());
        metadata.setAnnotations(volumeAnnotations(template));
        if (template.volumeMayOutliveOwner()) {
            metadata.setOwnerReferences(List.of());
            metadata.getLabels().remove(Labels.APP_INSTANCE);
            metadata.getAnnotations().put(Labels.ARGO_CD_SYNC, Labels.ARGO_CD_KEEPS);
        }
        var claim = new PersistentVolumeClaimBuilder()
                .withMetadata(metadata)
                .withNewSpec()
                .withAccessModes(template.accessMode().name())
                .withStorageClassName(template.storageClassName())
                .withNewResources()
                .withRequests(Map.of("storage", template.storageSize()))
                .endResources()
                .endSpec();
        template.snapshotName()
                .ifPresent(snapshot -> claim.editSpec()
                        .withNewDataSource("snapshot.storage.k8s.io", "VolumeSnapshot", snapshot)
                        .endSpec());
        return claim.build();
    }

    private static SortedMap<String, String> volumeAnnotations(InstanceTemplate template) {
        var annotations = new TreeMap<String, String>();
        annotations.put(Labels.OWNER_UID, template.owner().uid());
        annotations.put(Labels.VOLUME_INSTANCE, template.owner().name());
        annotations.put(Labels.VOLUME_EPOCH, Long.toString(template.epoch()));
        annotations.put(Labels.VOLUME_BOOTSTRAP_DATABASE, template.database());
        annotations.put(Labels.VOLUME_BOOTSTRAP_OWNER, template.databaseOwner());
        if (template.seed() instanceof Seed.Snapshot snapshot
                && !snapshot.sanitize().equals(SanitizeRecord.NONE)) {
            annotations.put(Labels.VOLUME_SANITIZE, snapshot.sanitize().text());
        }
        if (template.isDatabase()) {
            annotations.put(Labels.VOLUME_DATABASE, template.owner().name());
        }
        return annotations;
    }

    /** The pod is not evicted while it serves: a node is drained once another instance is the primary. */
    public PodDisruptionBudget disruptionBudget(InstanceTemplate template) {
        return new PodDisruptionBudgetBuilder()
                .withMetadata(metadata(template, template.names().disruptionBudget()))
                .withNewSpec()
                .withNewMinAvailable(1)
                .withNewSelector()
                .addToMatchLabels(Labels.INSTANCE, template.owner().name())
                .endSelector()
                .withUnhealthyPodEvictionPolicy("AlwaysAllow")
                .endSpec()
                .build();
    }

    /** One pod, which Kubernetes replaces only when it is gone, and never has twice. */
    public StatefulSet statefulSet(InstanceTemplate template) {
        var names = template.names();
        return new StatefulSetBuilder()
                .withMetadata(metadata(template, names.generationName()))
                .withNewSpec()
                .withReplicas(replicas(template))
                .withServiceName(names.claimService())
                .withPodManagementPolicy("Parallel")
                .withNewUpdateStrategy()
                // A new template must not restart a server: whoever wants that deletes the pod.
                .withType("OnDelete")
                .endUpdateStrategy()
                .withNewSelector()
                .withMatchLabels(selector(template))
                .endSelector()
                .withTemplate(InstancePod.template(template, configuration.configMapName(template)))
                .endSpec()
                .build();
    }

    /**
     * The same, but that new pods have the image, and run where, they do by the one that is there: others have to be
     * tried first.
     */
    public StatefulSet statefulSet(InstanceTemplate template, StatefulSet observed) {
        var wanted = statefulSet(template);
        if (hasPlace(template, observed)) {
            return wanted;
        }
        var present = observed.getSpec().getTemplate().getSpec();
        return new StatefulSetBuilder(wanted)
                .editSpec()
                .editTemplate()
                .editMetadata()
                .addToAnnotations(Labels.POD, revision(template, observed).text())
                .endMetadata()
                .editSpec()
                .withNodeSelector(present.getNodeSelector())
                .withAffinity(present.getAffinity())
                .withTolerations(present.getTolerations())
                .withTopologySpreadConstraints(present.getTopologySpreadConstraints())
                .withPriorityClassName(present.getPriorityClassName())
                .withImagePullSecrets(present.getImagePullSecrets())
                .editFirstContainer()
                .withImage(present.getContainers().getFirst().getImage())
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    /**
     * In which it is tried what an instance is to get.
     *
     * @param running the pod that it has
     * @param reach nodes from which its volume can be reached; empty: all
     * @param major version of its server
     */
    public Pod trialPod(InstanceTemplate template, Pod running, Optional<NodeSelector> reach, String major) {
        return TrialPod.of(
                template, running.getSpec() == null ? null : running.getSpec().getNodeName(), reach, major);
    }

    /** Whether new pods of it have the image that is wanted, and run where they should. */
    public static boolean hasPlace(InstanceTemplate template, StatefulSet observed) {
        return revision(template, observed).equals(PodRevision.of(template));
    }

    /**
     * Whether a pod that does not say it has what is wanted, because an earlier pgfork made it of that template. What
     * others have changed in it on the way does not count: an admission webhook may have put a mirror's name before its
     * image.
     */
    public static boolean isMadeOf(Pod pod, InstanceTemplate template, StatefulSet observed) {
        return !PodRevision.isOn(pod)
                && PodRevision.of(observed).isEmpty()
                && new SeenSet(observed).hasImage(template.image())
                && new SeenSet(observed).hasResources(template.resources());
    }

    /** What new pods of it are to be until another place has been tried. */
    private static PodRevision revision(InstanceTemplate template, StatefulSet observed) {
        var wanted = PodRevision.of(template);
        var present = PodRevision.of(observed);
        // An earlier pgfork changed no image, so that one is no news.
        return present.isEmpty() && new SeenSet(observed).hasImage(template.image())
                ? wanted
                : wanted.withPlaceOf(present);
    }

    /** Whether a new pod of it would start with another script or configuration, or in another role, than it should. */
    public boolean isOutdated(InstanceTemplate template, StatefulSet observed) {
        var seen = new SeenSet(observed);
        return seen.configMap()
                .filter(name -> !Objects.equals(observed.getSpec().getReplicas(), replicas(template))
                        || !name.equals(configuration.configMapName(template))
                        || !seen.hasEnvironment(InstanceEnvironment.of(template))
                        || !PodRevision.of(observed).equals(Optional.of(revision(template, observed)))
                        || !seen.readLabel()
                                .equals(Optional.ofNullable(
                                        InstancePod.labels(template).get(Labels.READ))))
                .isPresent();
    }

    /** Whether a Service leads to another instance or generation than it should, or in another way. */
    public static boolean isOutdated(Service desired, Service observed) {
        return observed.getSpec() != null
                && !(desired.getSpec().getSelector().equals(observed.getSpec().getSelector())
                        && desired.getSpec()
                                .getType()
                                .equals(Objects.requireNonNullElse(
                                        observed.getSpec().getType(), ServiceSettings.Type.ClusterIP.name()))
                        && hasAnnotations(observed, desired));
    }

    private static boolean hasAnnotations(Service observed, Service desired) {
        var wanted = annotations(desired);
        var present = annotations(observed);
        return present.entrySet().containsAll(wanted.entrySet())
                && Objects.equals(present.get(Labels.ANNOTATED), wanted.get(Labels.ANNOTATED));
    }

    private static Map<String, String> annotations(Service service) {
        return Objects.requireNonNullElse(service.getMetadata().getAnnotations(), Map.of());
    }

    /** Which generation a Service leads to; empty: it says nothing of that. */
    public static Optional<Integer> generation(Service observed) {
        return Optional.ofNullable(observed.getSpec())
                .map(ServiceSpec::getSelector)
                .map(selector -> selector.get(Labels.GENERATION))
                .map(Integer::valueOf);
    }

    private static Integer replicas(InstanceTemplate template) {
        return template.membership().stopped() ? 0 : 1;
    }

    /** What a server reports as its revision once the configuration of the day is in force. */
    public String revision(InstanceTemplate template) {
        return configuration.revision(template);
    }

    static SortedMap<String, String> selector(InstanceTemplate template) {
        return selector(template.names());
    }

    private static SortedMap<String, String> selector(InstanceNames names) {
        var labels = new TreeMap<String, String>();
        labels.put(Labels.INSTANCE, names.name());
        labels.put(Labels.GENERATION, Integer.toString(names.generation()));
        return labels;
    }

    static SortedMap<String, String> labels(InstanceTemplate template) {
        var labels = Labels.of(template.owner());
        labels.putAll(selector(template));
        return labels;
    }

    /** Of an object that goes with its owner. */
    static ObjectMeta metadata(InstanceTemplate template, String name) {
        return new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(template.owner().namespace())
                .withLabels(labels(template))
                .withOwnerReferences(template.owner().reference())
                .build();
    }

    private static ServicePort port() {
        return new ServicePortBuilder()
                .withName("postgresql")
                .withProtocol("TCP")
                .withPort(InstancePod.PORT)
                .withNewTargetPort(InstancePod.PORT)
                .build();
    }
}
