package dev.pgfork.operator.instance;

import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ServerReport;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Pods, volumes and answers of the fork pr-42 as Kubernetes, its script and its server show them. */
final class SeenInstances {
    static final Instant CREATED = Instant.parse("2026-11-21T10:00:00Z");
    private static final InstanceResources RESOURCES = new InstanceResources(Templates.configuration());

    private SeenInstances() {}

    static InstanceObservation observation(
            PersistentVolumeClaim volume, Optional<Pod> pod, Looked<ScriptStatus> script, Looked<ServerReport> server) {
        var template = Templates.fork();
        return new InstanceObservation(
                Optional.empty(),
                Optional.of(RESOURCES.claimService(template)),
                Optional.empty(),
                Optional.empty(),
                Optional.of(RESOURCES.configMap(template)),
                Optional.of(volume),
                Optional.of(RESOURCES.statefulSet(template)),
                pod,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                script,
                server,
                Growth.NONE,
                Trial.NONE,
                Optional.empty());
    }

    static PersistentVolumeClaim volume(String phase) {
        return new PersistentVolumeClaimBuilder(RESOURCES.volume(Templates.fork()))
                .editMetadata()
                .withCreationTimestamp(CREATED.toString())
                .endMetadata()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }

    static PodBuilder pod() {
        return new PodBuilder()
                .withNewMetadata()
                .withName("pr-42-g2-0")
                .withNamespace("prod")
                .withUid("uid-of-pod")
                .withCreationTimestamp(CREATED.toString())
                .addToAnnotations(Labels.OWNER_UID, Templates.PR_42.uid())
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("postgres")
                .withImage("registry.example/postgres:17.6")
                .endContainer()
                .endSpec();
    }

    static Pod running(boolean ready) {
        return withState(
                new ContainerStateBuilder().withNewRunning().endRunning().build(), null, ready);
    }

    static Pod waiting(String reason, @Nullable String message) {
        return withState(
                new ContainerStateBuilder()
                        .withNewWaiting()
                        .withReason(reason)
                        .withMessage(message)
                        .endWaiting()
                        .build(),
                null,
                false);
    }

    static ContainerState ended(int exitCode, String reason) {
        return new ContainerStateBuilder()
                .withNewTerminated()
                .withExitCode(exitCode)
                .withReason(reason)
                .endTerminated()
                .build();
    }

    static Pod withState(ContainerState state, @Nullable ContainerState last, boolean ready) {
        return pod().withNewStatus()
                .withPhase("Running")
                .withPodIP("10.1.2.3")
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("True")
                .endCondition()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .addNewContainerStatus()
                .withName("postgres")
                .withState(state)
                .withLastState(last)
                .endContainerStatus()
                .endStatus()
                .build();
    }

    static Pod unscheduled(String message) {
        return pod().withNewStatus()
                .withPhase("Pending")
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage(message)
                .endCondition()
                .endStatus()
                .build();
    }

    static Looked<ScriptStatus> script(Phase phase) {
        return script(phase, null, null, null, null, null);
    }

    static Looked<ScriptStatus> script(
            Phase phase,
            @Nullable String step,
            @Nullable String reason,
            @Nullable String message,
            @Nullable String sqlstate,
            @Nullable Integer line) {
        return new Looked.Found<>(new ScriptStatus(
                phase, "primary", 1, "", null, null, null, step, reason, message, sqlstate, line, null, null, null,
                null, 0, null, null, null, Map.of()));
    }

    static ServerReport report(String uid, int generation) {
        return new ServerReport(uid, generation, "rev", "17.6", "7550", 4, false, CREATED, "ab12");
    }

    static Looked<ServerReport> serving() {
        return new Looked.Found<>(report(Templates.PR_42.uid(), 2));
    }
}
