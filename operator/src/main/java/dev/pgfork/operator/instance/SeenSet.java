package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What new pods of a StatefulSet would start with. */
record SeenSet(StatefulSet set) {

    private Stream<PodTemplateSpec> template() {
        return Stream.ofNullable(set.getSpec())
                .map(StatefulSetSpec::getTemplate)
                .filter(Objects::nonNull);
    }

    /** Name of the ConfigMap with script and configuration. */
    Optional<String> configMap() {
        return template()
                .flatMap(template -> template.getSpec().getVolumes().stream())
                .map(Volume::getConfigMap)
                .filter(Objects::nonNull)
                .map(ConfigMapVolumeSource::getName)
                .findFirst();
    }

    /** Whether the script would be told that. */
    boolean hasEnvironment(List<EnvVar> wanted) {
        var present = template()
                .flatMap(template -> template.getSpec().getContainers().stream())
                .filter(container -> InstancePod.CONTAINER.equals(container.getName()))
                .flatMap(container -> container.getEnv().stream());
        return values(present).equals(values(wanted.stream()));
    }

    /** One that says nothing of it has no other. */
    boolean hasImage(String image) {
        return template()
                .flatMap(template -> template.getSpec().getContainers().stream())
                .allMatch(container -> container.getImage() == null || image.equals(container.getImage()));
    }

    /** At least what is wanted: the API server adds requests to limits. */
    boolean hasResources(ResourceRequirements wanted) {
        return template()
                .flatMap(template -> template.getSpec().getContainers().stream())
                .filter(container -> InstancePod.CONTAINER.equals(container.getName()))
                .allMatch(container -> PodRevision.has(container.getResources(), wanted));
    }

    /** The API server stores no empty values. */
    private static Map<String, String> values(Stream<EnvVar> variables) {
        return variables.collect(
                Collectors.toMap(EnvVar::getName, variable -> Objects.requireNonNullElse(variable.getValue(), "")));
    }

    /** By which they are found for reading. */
    Optional<String> readLabel() {
        return template()
                .map(PodTemplateSpec::getMetadata)
                .filter(metadata -> metadata != null && metadata.getLabels() != null)
                .flatMap(metadata -> Stream.ofNullable(metadata.getLabels().get(Labels.READ)))
                .findFirst();
    }
}
