package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The label by which the Service {@code <leader>-ro} finds the pods that clients may read from. */
public final class ReadLabel {
    private ReadLabel() {}

    /** @return what brings the pod's label to what is wanted, nothing if it is so already */
    public static List<Action> on(Optional<Pod> pod, InstanceTemplate template, boolean wanted) {
        @Nullable String value = wanted ? template.membership().authority().name() : null;
        return pod.filter(seen -> !Objects.equals(value, present(seen)))
                .<List<Action>>map(seen -> List.of(new Action.LabelPod(template.owner(), seen, Labels.READ, value)))
                .orElse(List.of());
    }

    private static @Nullable String present(Pod pod) {
        return Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.<String, String>of())
                .get(Labels.READ);
    }
}
