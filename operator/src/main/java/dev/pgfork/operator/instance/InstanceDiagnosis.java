package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.ApiErrors;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ServerReport;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimStatus;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says why an instance does not serve: the first thing on its way up that is not done yet. Whether that takes too long
 * is for planners to say.
 *
 * <table>
 * <caption>Findings, in the order of the steps</caption>
 * <tr><th>step</th><th>reasons</th></tr>
 * <tr><td>POD</td><td>PodNotCreated, QuotaExceeded, PodTerminating, PodFailed</td></tr>
 * <tr><td>VOLUME</td><td>VolumeLost, VolumeNotBound</td></tr>
 * <tr><td>SCHEDULING</td><td>PodUnschedulable</td></tr>
 * <tr><td>IMAGE</td><td>ImagePullFailed</td></tr>
 * <tr><td>CONTAINER</td><td>ContainerCreating, ContainerNotStarted, ContainerCrashing</td></tr>
 * <tr><td>PRIVATE_PHASE</td><td>Bootstrap, Quarantine, and what the script says of a failure</td></tr>
 * <tr><td>SERVER</td><td>Starting, Stopping, Fenced, NotAnswering, PodNotReady, and what the script says of
 * a failure</td></tr>
 * </table>
 */
public final class InstanceDiagnosis {
    /** Steps of an instance on its way up. */
    public enum Step {
        POD,
        VOLUME,
        SCHEDULING,
        IMAGE,
        CONTAINER,
        PRIVATE_PHASE,
        SERVER
    }

    /**
     * What is not done yet, or has failed.
     *
     * @param object kind, namespace and name
     * @param reason CamelCase
     * @param message for people; names the object
     * @param needsSomebody true: it does not get better by waiting
     */
    public record Finding(Step step, String object, String reason, String message, boolean needsSomebody) {}

    /** Waiting reasons of the kubelet that are about the image. */
    private static final Set<String> IMAGE_REASONS = Set.of(
            "ErrImagePull",
            "ImagePullBackOff",
            "ErrImageNeverPull",
            "InvalidImageName",
            "ImageInspectError",
            "RegistryUnavailable",
            "SignatureValidationFailed");

    /** Waiting reasons of the kubelet that only mean that it is at work. */
    private static final Set<String> WORKING_REASONS = Set.of("ContainerCreating", "PodInitializing");

    /** Failures of the script that it gets over by itself. */
    private static final Set<String> PASSING_REASONS = Set.of("PostmasterCrashed", "VolumeInUse");

    /** Another start does not help against that, and must not hide it. */
    private static final String DISK_FULL = "DiskFull";

    private static final String UNBOUND = "unbound immediate PersistentVolumeClaims";

    private final InstanceObservation seen;
    private final Optional<String> warning;

    private InstanceDiagnosis(InstanceObservation seen, Optional<String> warning) {
        this.seen = seen;
        this.warning = warning;
    }

    /**
     * Diagnoses an instance whose StatefulSet and volume have been made.
     *
     * @param warning Kubernetes' latest Warning event about the object that is to blame
     * @return empty if it serves, or if there is nothing to judge yet
     */
    public static Optional<Finding> of(InstanceObservation seen, Optional<String> warning) {
        if (seen.statefulSet().isEmpty() || seen.volume().isEmpty()) {
            return Optional.empty();
        }
        var diagnosis = new InstanceDiagnosis(seen, warning);
        var pod = seen.pod().map(SeenPod::new);
        return diagnosis
                .lostVolume()
                .or(() -> pod.flatMap(diagnosis::unschedulable))
                .or(diagnosis::unboundVolume)
                .or(() -> pod.isEmpty() ? Optional.of(diagnosis.noPod()) : Optional.empty())
                .or(() -> pod.flatMap(diagnosis::endingPod))
                .or(() -> pod.flatMap(diagnosis::container))
                .or(diagnosis::script)
                .or(() -> pod.flatMap(diagnosis::server));
    }

    private Optional<Finding> lostVolume() {
        return seen.volume()
                .filter(claim -> "Lost".equals(phase(claim)))
                .map(claim -> finding(
                        Step.VOLUME,
                        claim,
                        "VolumeLost",
                        "has lost its PersistentVolume. Bring that back; pgfork makes no empty volume in its place",
                        true));
    }

    /** A pod that waits for its volume is unschedulable as well, but the volume is the reason then. */
    private Optional<Finding> unschedulable(SeenPod pod) {
        return pod.condition("PodScheduled")
                .filter(condition -> "False".equals(condition.getStatus()))
                .map(condition -> Objects.requireNonNullElse(condition.getMessage(), "no reason given"))
                .filter(message -> !message.contains(UNBOUND))
                .map(message ->
                        finding(Step.SCHEDULING, pod.pod(), "PodUnschedulable", "finds no node: " + message, false));
    }

    private Optional<Finding> unboundVolume() {
        return seen.volume()
                .filter(claim -> !"Bound".equals(phase(claim)))
                .map(claim -> finding(Step.VOLUME, claim, "VolumeNotBound", describeUnbound(claim), false));
    }

    private static String describeUnbound(PersistentVolumeClaim claim) {
        var storageClass = claim.getSpec().getStorageClassName();
        return "is not bound to a volume of "
                + (storageClass == null ? "the default storage class" : "storage class " + storageClass);
    }

    private Finding noPod() {
        var set = seen.statefulSet().orElseThrow();
        return warning.filter(ApiErrors::isOverQuota).isPresent()
                ? finding(Step.POD, set, "QuotaExceeded", "gets no pod: a ResourceQuota has no room for it", true)
                : finding(Step.POD, set, "PodNotCreated", "has no pod", false);
    }

    private Optional<Finding> endingPod(SeenPod pod) {
        if (pod.isTerminating()) {
            return Optional.of(finding(
                    Step.POD,
                    pod.pod(),
                    "PodTerminating",
                    "is stopping; a new one comes when it is gone. Should its node be dead, delete the Node or taint it"
                            + " node.kubernetes.io/out-of-service; never delete the pod by force",
                    false));
        }
        return pod.status()
                .filter(status -> "Failed".equals(status.getPhase()))
                .map(status -> finding(
                        Step.POD,
                        pod.pod(),
                        "PodFailed",
                        "has failed: %s %s"
                                .formatted(orEmpty(status.getReason()), orEmpty(status.getMessage()))
                                .strip(),
                        false));
    }

    private Optional<Finding> container(SeenPod pod) {
        var state = pod.state();
        if (state.isEmpty()) {
            return Optional.of(finding(Step.CONTAINER, pod.pod(), "ContainerCreating", "is being started", false));
        }
        if (state.get().getTerminated() != null) {
            return Optional.of(crashing(pod, state.get().getTerminated()));
        }
        return Optional.ofNullable(state.get().getWaiting()).map(waiting -> waiting(pod, waiting));
    }

    private Finding waiting(SeenPod pod, ContainerStateWaiting waiting) {
        var reason = orEmpty(waiting.getReason());
        if (IMAGE_REASONS.contains(reason)) {
            return finding(
                    Step.IMAGE,
                    pod.pod(),
                    "ImagePullFailed",
                    "cannot get its image %s: %s %s"
                            .formatted(pod.image(), reason, orEmpty(waiting.getMessage()))
                            .strip(),
                    reason.equals("InvalidImageName"));
        }
        if (reason.isEmpty() || WORKING_REASONS.contains(reason)) {
            return finding(Step.CONTAINER, pod.pod(), "ContainerCreating", "is being started", false);
        }
        var last = pod.container().orElseThrow().getLastState();
        if (reason.equals("CrashLoopBackOff") && last != null && last.getTerminated() != null) {
            return crashing(pod, last.getTerminated());
        }
        return finding(
                Step.CONTAINER,
                pod.pod(),
                "ContainerNotStarted",
                "cannot be started: %s %s"
                        .formatted(reason, orEmpty(waiting.getMessage()))
                        .strip(),
                false);
    }

    private Finding crashing(SeenPod pod, ContainerStateTerminated end) {
        return finding(
                Step.CONTAINER,
                pod.pod(),
                "ContainerCrashing",
                "ended with exit code %d (%s) and is started again; kubectl logs --previous says why"
                        .formatted(end.getExitCode(), orEmpty(end.getReason())),
                false);
    }

    private Optional<Finding> script() {
        return switch (seen.script()) {
            case Looked.Found<ScriptStatus>(ScriptStatus status) -> script(status);
            case Looked.Absent<ScriptStatus> absent -> Optional.empty();
            case Looked.Unknown<ScriptStatus>(String reason) ->
                seen.server().found().isPresent()
                        ? Optional.empty()
                        : going(Step.SERVER, "NotAnswering", "cannot be asked: " + reason);
        };
    }

    private Optional<Finding> script(ScriptStatus status) {
        return switch (status.phase()) {
            case running -> Optional.empty();
            case starting ->
                DISK_FULL.equals(status.reason())
                        ? Optional.of(failed(status))
                        : going(Step.SERVER, "Starting", "is starting Postgres");
            case stopping -> going(Step.SERVER, "Stopping", "is stopping Postgres");
            case bootstrap -> going(Step.PRIVATE_PHASE, "Bootstrap", "is making the new database");
            case quarantine ->
                going(Step.PRIVATE_PHASE, "Quarantine", "is in quarantine" + in(status) + "; nobody can connect yet");
            case fenced -> going(Step.SERVER, "Fenced", "is fenced: another instance is the primary");
            case failed -> Optional.of(failed(status));
        };
    }

    private Optional<Finding> going(Step step, String reason, String message) {
        return Optional.of(finding(step, thePod(), reason, message, false));
    }

    private Finding failed(ScriptStatus status) {
        var reason = Objects.requireNonNullElse(status.reason(), "Failed");
        var place = in(status)
                + (status.line() == null ? "" : ", line " + status.line())
                + (status.sqlstate() == null ? "" : ", SQLSTATE " + status.sqlstate());
        return finding(
                status.step() == null ? Step.SERVER : Step.PRIVATE_PHASE,
                thePod(),
                reason,
                "failed" + place + ": " + Objects.requireNonNullElse(status.message(), reason),
                !PASSING_REASONS.contains(reason));
    }

    private static String in(ScriptStatus status) {
        return status.step() == null ? "" : " (step " + status.step() + ")";
    }

    private Optional<Finding> server(SeenPod pod) {
        return switch (seen.server()) {
            case Looked.Absent<ServerReport> absent ->
                going(
                        Step.SERVER,
                        "NotAnswering",
                        "cannot be asked: it has no address yet, or its Secrets are not complete");
            case Looked.Unknown<ServerReport>(String reason) ->
                going(Step.SERVER, "NotAnswering", "does not answer: " + reason);
            case Looked.Found<ServerReport>(ServerReport report)
            when !pod.isReady() -> going(Step.SERVER, "PodNotReady", "serves, but Kubernetes has not noticed yet");
            case Looked.Found<ServerReport> found -> Optional.empty();
        };
    }

    private HasMetadata thePod() {
        return seen.pod()
                .<HasMetadata>map(pod -> pod)
                .orElseGet(() -> seen.statefulSet().orElseThrow());
    }

    private Finding finding(Step step, HasMetadata about, String reason, String message, boolean needsSomebody) {
        var meta = about.getMetadata();
        var object = "%s %s/%s".formatted(about.getKind(), meta.getNamespace(), meta.getName());
        var detail = warning.map(text -> " (" + text + ")").orElse("");
        return new Finding(step, object, reason, object + " " + message + detail, needsSomebody);
    }

    private static String phase(PersistentVolumeClaim claim) {
        return Optional.ofNullable(claim.getStatus())
                .map(PersistentVolumeClaimStatus::getPhase)
                .orElse("Pending");
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
