package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Looked;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of the pod in which an image, and where a pod may run, are tried.
 *
 * @param pod empty: there is none
 * @param reach nodes from which the instance's volume can be reached, none being all; Absent: there is nothing to try
 */
public record Trial(Optional<Pod> pod, Looked<Optional<NodeSelector>> reach) {
    public static final Trial NONE = new Trial(Optional.empty(), new Looked.Absent<>());

    /** How it ended with {@code bash try-image.sh}. */
    private static final int FIT = 0;

    private static final int OTHER_MAJOR = 2;

    /** What a trial has found. */
    public sealed interface Finding {
        /** It is at work. */
        record Running() implements Finding {}

        /**
         * It tells nothing any more: another one is to be made.
         *
         * @param ofAnotherSpec or it was given up because it took too long, or ended otherwise
         */
        record Stale(Pod pod, boolean ofAnotherSpec) implements Finding {}

        record Fit() implements Finding {}

        /**
         * @param reason CamelCase
         * @param message for people
         */
        record Unfit(String reason, String message) implements Finding {}
    }

    public Finding finding(Pod trial, InstanceTemplate wanted) {
        if (trial.getMetadata().getDeletionTimestamp() != null) {
            return new Finding.Running();
        }
        var isOfThat = PodRevision.of(trial, wanted)
                .place()
                .equals(PodRevision.of(wanted).place());
        var status = Optional.ofNullable(trial.getStatus()).orElseGet(PodStatus::new);
        if (!isOfThat || "DeadlineExceeded".equals(status.getReason())) {
            return new Finding.Stale(trial, !isOfThat);
        }
        return unschedulable(status)
                .or(() -> state(status).flatMap(state -> ended(state.getTerminated(), wanted)))
                .or(() -> state(status).flatMap(state -> waits(state.getWaiting(), wanted)))
                .or(() -> evicted(trial, status))
                .orElseGet(Finding.Running::new);
    }

    private static Optional<Finding> unschedulable(PodStatus status) {
        return Stream.ofNullable(status.getConditions())
                .flatMap(List::stream)
                .filter(condition -> "PodScheduled".equals(condition.getType())
                        && "False".equals(condition.getStatus())
                        && "Unschedulable".equals(condition.getReason()))
                .findFirst()
                .map(condition -> new Finding.Unfit(
                        "NotSchedulable",
                        "A pod with image and pod settings of the spec finds no node from which the volume can be"
                                + " reached: " + condition.getMessage()));
    }

    private static Optional<Finding> ended(@Nullable ContainerStateTerminated end, InstanceTemplate wanted) {
        if (end == null) {
            return Optional.empty();
        }
        var said = Objects.requireNonNullElse(end.getMessage(), String.valueOf(end.getReason()));
        return Optional.of(
                switch (Objects.requireNonNullElse(end.getExitCode(), 1)) {
                    case FIT -> new Finding.Fit();
                    case OTHER_MAJOR ->
                        new Finding.Unfit(
                                "ImageRefused",
                                "Image %s is of another major version than the data: %s. An image changes the minor version only. To move to another major version, make a new database with that image, and dump and restore the data"
                                        .formatted(wanted.image(), said));
                    default ->
                        new Finding.Unfit(
                                "ImageRefused", "Image %s cannot be used: %s".formatted(wanted.image(), said));
                });
    }

    private static Optional<Finding> waits(@Nullable ContainerStateWaiting waiting, InstanceTemplate wanted) {
        var reason = waiting == null ? "" : Objects.requireNonNullElse(waiting.getReason(), "");
        return reason.isEmpty() || reason.equals("ContainerCreating") || reason.equals("PodInitializing")
                ? Optional.empty()
                : Optional.of(new Finding.Unfit(
                        "ImageRefused",
                        "Image %s cannot be used: %s %s"
                                .formatted(
                                        wanted.image(),
                                        reason,
                                        Objects.requireNonNullElse(
                                                Objects.requireNonNull(waiting).getMessage(), ""))
                                .strip()));
    }

    /** Its node had no room any more, or went. */
    private static Optional<Finding> evicted(Pod trial, PodStatus status) {
        return "Failed".equals(status.getPhase()) ? Optional.of(new Finding.Stale(trial, false)) : Optional.empty();
    }

    private static Optional<ContainerState> state(PodStatus status) {
        return Stream.ofNullable(status.getContainerStatuses())
                .flatMap(List::stream)
                .filter(container -> TrialPod.CONTAINER.equals(container.getName()))
                .findFirst()
                .map(ContainerStatus::getState);
    }
}
