package dev.pgfork.operator.instance;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** A pod as Kubernetes reports it. */
record SeenPod(Pod pod) {

    boolean containerRuns() {
        return state().filter(state -> state.getRunning() != null).isPresent();
    }

    boolean isTerminating() {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    boolean isReady() {
        return condition("Ready")
                .filter(condition -> "True".equals(condition.getStatus()))
                .isPresent();
    }

    /** Whether Services send new connections to it. */
    boolean isEndpoint() {
        return isReady() && !isTerminating();
    }

    Optional<PodCondition> condition(String type) {
        return status().map(PodStatus::getConditions).stream()
                .flatMap(List::stream)
                .filter(condition -> type.equals(condition.getType()))
                .findFirst();
    }

    /** Of the only container. */
    Optional<ContainerStatus> container() {
        return status().map(PodStatus::getContainerStatuses).stream()
                .flatMap(List::stream)
                .filter(container -> InstancePod.CONTAINER.equals(container.getName()))
                .findFirst();
    }

    Optional<ContainerState> state() {
        return container().map(ContainerStatus::getState);
    }

    /** That its script was started with. */
    Optional<Long> epoch() {
        return Stream.ofNullable(pod.getSpec())
                .flatMap(spec -> spec.getContainers().stream())
                .filter(container -> InstancePod.CONTAINER.equals(container.getName()))
                .flatMap(container -> container.getEnv().stream())
                .filter(variable -> "PGFORK_EPOCH".equals(variable.getName()))
                .map(variable -> Long.parseLong(variable.getValue()))
                .findFirst();
    }

    String image() {
        return Stream.ofNullable(pod.getSpec())
                .flatMap(spec -> spec.getContainers().stream())
                .map(Container::getImage)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
    }

    Optional<PodStatus> status() {
        return Optional.ofNullable(pod.getStatus());
    }
}
