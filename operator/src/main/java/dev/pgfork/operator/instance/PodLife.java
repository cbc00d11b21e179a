package dev.pgfork.operator.instance;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether anything of a pod may run, as its kubelet wrote it down.
 *
 * <table>
 * <caption>First match wins</caption>
 * <tr><th>status</th><th>life</th></tr>
 * <tr><td>phase Succeeded or Failed, every container terminated with an exit code of its own</td><td>ENDED</td></tr>
 * <tr><td>phase Succeeded or Failed otherwise: pod garbage collection writes it without asking a kubelet, and
 * {@code ContainerStatusUnknown} is a container that the kubelet has lost</td><td>UNPROVEN</td></tr>
 * <tr><td>the container runs</td><td>RUNS</td></tr>
 * <tr><td>anything else</td><td>RESTARTS</td></tr>
 * </table>
 *
 * <p>A terminated container alone is no end: the kubelet starts it again, and says so later. Only the phase is final:
 * of a pod that always restarts, a kubelet writes it once everything has stopped for good.
 */
public enum PodLife {
    /** Its container runs: it can be asked. */
    RUNS,
    /** Its container does not run at the moment, and may be started at any time. */
    RESTARTS,
    /** Everything in it has stopped and is never started again. */
    ENDED,
    /** Said to be over by somebody who cannot know. */
    UNPROVEN;

    private static final Set<String> FINAL_PHASES = Set.of("Succeeded", "Failed");
    private static final String LOST = "ContainerStatusUnknown";

    public static PodLife of(Pod pod) {
        var seen = new SeenPod(pod);
        if (seen.status().filter(PodLife::isFinal).isPresent()) {
            return seen.status().filter(PodLife::allTerminated).isPresent() ? ENDED : UNPROVEN;
        }
        return seen.containerRuns() ? RUNS : RESTARTS;
    }

    private static boolean isFinal(PodStatus status) {
        return FINAL_PHASES.contains(Objects.requireNonNullElse(status.getPhase(), ""));
    }

    private static boolean allTerminated(PodStatus status) {
        var ends = Stream.ofNullable(status.getContainerStatuses())
                .flatMap(List::stream)
                .map(container -> container.getState() == null
                        ? null
                        : container.getState().getTerminated())
                .toList();
        return !ends.isEmpty() && ends.stream().allMatch(PodLife::isKnown);
    }

    private static boolean isKnown(@Nullable ContainerStateTerminated end) {
        return end != null && !LOST.equals(end.getReason());
    }
}
