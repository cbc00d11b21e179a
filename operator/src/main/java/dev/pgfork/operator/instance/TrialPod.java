package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.NodeAffinity;
import io.fabric8.kubernetes.api.model.NodeAffinityBuilder;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.NodeSelectorTermBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A pod without the volume, in which an image, and where a pod with it may run, are tried before an instance gets them.
 * It can go where the instance's pod could, as far as nodes are concerned; other pods are not looked at, because the
 * running one, which will not be there any more, might be in the way.
 */
final class TrialPod {
    static final String CONTAINER = "trial";

    /** No Service leads to it: nobody ever says that this condition is true. */
    private static final String NEVER = Labels.PREFIX + "serves";

    /** For the pull of the image, most of all. */
    private static final long DEADLINE_SECONDS = 300;

    private static final String SCRIPT = script();

    private TrialPod() {}

    /**
     * @param node of the running pod, where the image will mostly be needed; {@code null}: not known
     * @param reach nodes from which the volume can be reached; empty: all
     * @param major version of the running server
     */
    static Pod of(InstanceTemplate template, @Nullable String node, Optional<NodeSelector> reach, String major) {
        var owner = template.owner();
        var labels = new TreeMap<>(Labels.of(owner));
        labels.keySet().removeAll(Labels.recommended(owner).keySet());
        var like = InstancePod.template(template, "").getSpec();
        return new PodBuilder()
                .withNewMetadata()
                .withName(template.names().trialPod())
                .withNamespace(owner.namespace())
                .withLabels(labels)
                .withAnnotations(Map.of(Labels.POD, PodRevision.of(template).text()))
                .withOwnerReferences(owner.reference())
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withActiveDeadlineSeconds(DEADLINE_SECONDS)
                .withTerminationGracePeriodSeconds(1L)
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .addNewReadinessGate(NEVER)
                .withSecurityContext(like.getSecurityContext())
                .withNodeSelector(like.getNodeSelector())
                .withAffinity(affinity(like, node, reach))
                .withTolerations(like.getTolerations())
                .withPriorityClassName(like.getPriorityClassName())
                .withImagePullSecrets(like.getImagePullSecrets())
                .withContainers(container(like.getContainers().getFirst(), major))
                .addNewVolume()
                .withName("tmp")
                .withEmptyDir(new EmptyDirVolumeSource())
                .endVolume()
                .endSpec()
                .build();
    }

    private static Container container(Container like, String major) {
        return new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(like.getImage())
                .withCommand("bash", "-c", SCRIPT, "try-image.sh", major)
                .withSecurityContext(like.getSecurityContext())
                .withNewResources()
                .addToRequests("cpu", new Quantity("10m"))
                .addToRequests("memory", new Quantity("32Mi"))
                .addToLimits("cpu", new Quantity("500m"))
                .addToLimits("memory", new Quantity("128Mi"))
                .endResources()
                .addNewVolumeMount()
                .withName("tmp")
                .withMountPath("/tmp")
                .endVolumeMount()
                .build();
    }

    private static @Nullable Affinity affinity(PodSpec like, @Nullable String node, Optional<NodeSelector> reach) {
        var wanted = Optional.ofNullable(like.getAffinity()).map(Affinity::getNodeAffinity);
        var affinity = new NodeAffinityBuilder(wanted.orElseGet(NodeAffinity::new));
        reach.ifPresent(volume -> affinity.withRequiredDuringSchedulingIgnoredDuringExecution(
                wanted.map(NodeAffinity::getRequiredDuringSchedulingIgnoredDuringExecution)
                        .map(users -> both(users, volume))
                        .orElse(volume)));
        if (node != null) {
            affinity.addNewPreferredDuringSchedulingIgnoredDuringExecution()
                    .withWeight(100)
                    .withNewPreference()
                    .addNewMatchField()
                    .withKey("metadata.name")
                    .withOperator("In")
                    .withValues(node)
                    .endMatchField()
                    .endPreference()
                    .endPreferredDuringSchedulingIgnoredDuringExecution();
        }
        var all = affinity.build();
        return all.equals(new NodeAffinity())
                ? null
                : new AffinityBuilder().withNodeAffinity(all).build();
    }

    /** Of the terms of a selector one must hold; of both selectors, one of each. */
    private static NodeSelector both(NodeSelector one, NodeSelector other) {
        return new NodeSelectorBuilder()
                .withNodeSelectorTerms(one.getNodeSelectorTerms().stream()
                        .flatMap(term -> other.getNodeSelectorTerms().stream().map(with -> both(term, with)))
                        .toList())
                .build();
    }

    private static NodeSelectorTerm both(NodeSelectorTerm one, NodeSelectorTerm other) {
        return new NodeSelectorTermBuilder()
                .withMatchExpressions(joined(one.getMatchExpressions(), other.getMatchExpressions()))
                .withMatchFields(joined(one.getMatchFields(), other.getMatchFields()))
                .build();
    }

    private static List<NodeSelectorRequirement> joined(
            List<NodeSelectorRequirement> some, List<NodeSelectorRequirement> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    private static String script() {
        try (var text = TrialPod.class.getResourceAsStream("/dev/pgfork/operator/trial/try-image.sh")) {
            return new String(
                    Objects.requireNonNull(text, "packed with the program").readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("try-image.sh cannot be read from the program", e);
        }
    }
}
