package dev.pgfork.operator.instance;

import static dev.pgfork.operator.instance.SeenInstances.ended;
import static dev.pgfork.operator.instance.SeenInstances.observation;
import static dev.pgfork.operator.instance.SeenInstances.pod;
import static dev.pgfork.operator.instance.SeenInstances.running;
import static dev.pgfork.operator.instance.SeenInstances.script;
import static dev.pgfork.operator.instance.SeenInstances.serving;
import static dev.pgfork.operator.instance.SeenInstances.unscheduled;
import static dev.pgfork.operator.instance.SeenInstances.volume;
import static dev.pgfork.operator.instance.SeenInstances.waiting;
import static dev.pgfork.operator.instance.SeenInstances.withState;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.instance.InstanceDiagnosis.Step;
import dev.pgfork.operator.instance.ScriptStatus.Phase;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ServerReport;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table: what is seen on the left, what is said of it on the right. */
class InstanceDiagnosisTest {
    private static final String VOLUME = "PersistentVolumeClaim prod/pr-42-g2";
    private static final String SET = "StatefulSet prod/pr-42-g2";
    private static final String POD = "Pod prod/pr-42-g2-0";
    private static final PersistentVolumeClaim BOUND = volume("Bound");
    private static final Looked<ScriptStatus> NO_SCRIPT = new Looked.Absent<>();
    private static final Looked<ServerReport> NO_SERVER = new Looked.Absent<>();
    private static final Looked<ServerReport> REFUSED = new Looked.Unknown<>("connection refused");

    record Row(
            String name,
            InstanceObservation seen,
            Step step,
            String object,
            String reason,
            boolean needsSomebody,
            String message) {

        Row says(Step said, String about, String because, String words) {
            return new Row(name, seen, said, about, because, false, words);
        }

        Row andSomebodyIsNeeded() {
            return new Row(name, seen, step, object, reason, true, message);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Row> table() {
        return Stream.of(volumes(), pods(), containers(), privatePhase(), servers())
                .flatMap(rows -> rows);
    }

    private static Stream<Row> volumes() {
        var full = unscheduled("0/3 nodes are available: 3 Insufficient memory");
        var unbound = unscheduled("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims");
        return Stream.of(
                row("lost volume", outside(volume("Lost"), running(true)))
                        .says(Step.VOLUME, VOLUME, "VolumeLost", "has lost")
                        .andSomebodyIsNeeded(),
                row("unbound", outside(volume("Pending"), null))
                        .says(Step.VOLUME, VOLUME, "VolumeNotBound", "storage class fast"),
                row("pod waits for its volume", outside(volume("Pending"), unbound))
                        .says(Step.VOLUME, VOLUME, "VolumeNotBound", "is not bound"),
                row("volume waits for its pod", outside(volume("Pending"), full))
                        .says(Step.SCHEDULING, POD, "PodUnschedulable", "3 Insufficient memory"));
    }

    private static Stream<Row> pods() {
        return Stream.of(
                row("no pod", outside(BOUND, null)).says(Step.POD, SET, "PodNotCreated", "has no pod"),
                row("no node", outside(BOUND, unscheduled("0/1 nodes are available")))
                        .says(Step.SCHEDULING, POD, "PodUnschedulable", "0/1 nodes"),
                row("stopping", outside(BOUND, stopping())).says(Step.POD, POD, "PodTerminating", "out-of-service"),
                row("evicted", outside(BOUND, evicted())).says(Step.POD, POD, "PodFailed", "Evicted The node was low"));
    }

    private static Stream<Row> containers() {
        var assigned = pod().withNewStatus().withPhase("Pending").endStatus().build();
        return Stream.of(
                row("assigned to a node", outside(BOUND, assigned))
                        .says(Step.CONTAINER, POD, "ContainerCreating", "is being started"),
                row("mounting", outside(BOUND, waiting("ContainerCreating", null)))
                        .says(Step.CONTAINER, POD, "ContainerCreating", "is being started"),
                row("no image", outside(BOUND, waiting("ImagePullBackOff", "Back-off pulling")))
                        .says(Step.IMAGE, POD, "ImagePullFailed", "postgres:17.6: ImagePullBackOff Back-off pulling"),
                row("no name of an image", outside(BOUND, waiting("InvalidImageName", "couldn't parse")))
                        .says(Step.IMAGE, POD, "ImagePullFailed", "couldn't parse")
                        .andSomebodyIsNeeded(),
                row("refused by the runtime", outside(BOUND, waiting("CreateContainerError", "no bash")))
                        .says(Step.CONTAINER, POD, "ContainerNotStarted", "CreateContainerError no bash"),
                row("just ended", outside(BOUND, withState(ended(137, "OOMKilled"), null, false)))
                        .says(Step.CONTAINER, POD, "ContainerCrashing", "exit code 137 (OOMKilled)"),
                row("ends again and again", outside(BOUND, withState(backOff(), ended(1, "Error"), false)))
                        .says(Step.CONTAINER, POD, "ContainerCrashing", "exit code 1 (Error)"));
    }

    private static Stream<Row> privatePhase() {
        var recovery = script(Phase.quarantine, "recovery", null, null, null, null);
        var roles = script(Phase.failed, "roles", "QuarantineFailed", "roles.sql failed", "42501", 7);
        var tooOld = script(Phase.failed, "proof", "NotPastTheCut", "the data ends", null, null);
        return Stream.of(
                row("bootstrap", within(script(Phase.bootstrap), REFUSED))
                        .says(Step.PRIVATE_PHASE, POD, "Bootstrap", "new database"),
                row("quarantine", within(recovery, REFUSED))
                        .says(Step.PRIVATE_PHASE, POD, "Quarantine", "(step recovery)"),
                row("quarantine failed", within(roles, REFUSED))
                        .says(
                                Step.PRIVATE_PHASE,
                                POD,
                                "QuarantineFailed",
                                "failed (step roles), line 7, SQLSTATE 42501: roles.sql failed")
                        .andSomebodyIsNeeded(),
                row("data of before the cut", within(tooOld, REFUSED))
                        .says(Step.PRIVATE_PHASE, POD, "NotPastTheCut", "the data ends")
                        .andSomebodyIsNeeded());
    }

    private static Stream<Row> servers() {
        var foreign = script(Phase.failed, null, "WrongSystemIdentifier", "the volume holds", null, null);
        var crashed = script(Phase.failed, null, "PostmasterCrashed", "it died", null, null);
        var noEndpoint = observation(BOUND, Optional.of(running(false)), NO_SCRIPT, serving());
        return Stream.of(
                row(
                                "starting again on a full volume",
                                within(script(Phase.starting, null, "DiskFull", "no space", null, null), REFUSED))
                        .says(Step.SERVER, POD, "DiskFull", "no space")
                        .andSomebodyIsNeeded(),
                row("starting", within(script(Phase.starting), REFUSED))
                        .says(Step.SERVER, POD, "Starting", "is starting"),
                row("stops", within(script(Phase.stopping), REFUSED)).says(Step.SERVER, POD, "Stopping", "is stopping"),
                row("fenced", within(script(Phase.fenced), REFUSED))
                        .says(Step.SERVER, POD, "Fenced", "another instance"),
                row("somebody else's data", within(foreign, REFUSED))
                        .says(Step.SERVER, POD, "WrongSystemIdentifier", "failed: the volume holds")
                        .andSomebodyIsNeeded(),
                row("crashed, and on its way again", within(crashed, REFUSED))
                        .says(Step.SERVER, POD, "PostmasterCrashed", "it died"),
                row("script silent", within(new Looked.Unknown<>("exec timed out"), REFUSED))
                        .says(Step.SERVER, POD, "NotAnswering", "exec timed out"),
                row("server silent", within(script(Phase.running), REFUSED))
                        .says(Step.SERVER, POD, "NotAnswering", "connection refused"),
                row("nothing to ask with", within(script(Phase.running), NO_SERVER))
                        .says(Step.SERVER, POD, "NotAnswering", "Secrets are not complete"),
                row("no endpoint yet", noEndpoint).says(Step.SERVER, POD, "PodNotReady", "Kubernetes has not noticed"));
    }

    @ParameterizedTest
    @MethodSource("table")
    void saysWhatIsNotDoneYet(Row row) {
        var finding = InstanceDiagnosis.of(row.seen(), Optional.empty()).orElseThrow();
        assertThat(finding.step()).isEqualTo(row.step());
        assertThat(finding.object()).isEqualTo(row.object());
        assertThat(finding.reason()).isEqualTo(row.reason());
        assertThat(finding.needsSomebody()).isEqualTo(row.needsSomebody());
        assertThat(finding.message()).startsWith(row.object() + " ").contains(row.message());
    }

    @Test
    void aWarningOfKubernetesIsAdded() {
        var finding = InstanceDiagnosis.of(
                        outside(volume("Pending"), null), Optional.of("ProvisioningFailed: no space left"))
                .orElseThrow();
        assertThat(finding.message()).endsWith("(ProvisioningFailed: no space left)");
    }

    @Test
    void anInstanceThatServesHasNoFinding() {
        assertThat(InstanceDiagnosis.of(
                        observation(BOUND, Optional.of(running(true)), script(Phase.running), serving()),
                        Optional.empty()))
                .isEmpty();
        assertThat(InstanceDiagnosis.of(
                        observation(BOUND, Optional.of(running(true)), new Looked.Unknown<>("exec failed"), serving()),
                        Optional.empty()))
                .as("it serves, whatever the script")
                .isEmpty();
    }

    @Test
    void whatHasNotBeenMadeIsNotJudged() {
        var seen = outside(BOUND, null);
        var bare = new InstanceObservation(
                seen.nameTaken(),
                seen.claim(),
                seen.service(),
                seen.readOnlyService(),
                seen.config(),
                seen.volume(),
                Optional.empty(),
                seen.pod(),
                seen.authority(),
                seen.tls(),
                seen.roles(),
                seen.app(),
                seen.superuser(),
                seen.script(),
                seen.server(),
                Growth.NONE,
                Trial.NONE,
                Optional.empty());
        assertThat(InstanceDiagnosis.of(bare, Optional.empty())).isEmpty();
    }

    private static Row row(String name, InstanceObservation seen) {
        return new Row(name, seen, Step.POD, "", "", false, "");
    }

    private static InstanceObservation outside(PersistentVolumeClaim volume, @Nullable Pod pod) {
        return observation(volume, Optional.ofNullable(pod), NO_SCRIPT, NO_SERVER);
    }

    private static InstanceObservation within(Looked<ScriptStatus> script, Looked<ServerReport> server) {
        return observation(BOUND, Optional.of(running(false)), script, server);
    }

    private static Pod stopping() {
        return pod().editMetadata()
                .withDeletionTimestamp("2026-11-21T10:01:00Z")
                .endMetadata()
                .build();
    }

    private static Pod evicted() {
        return pod().withNewStatus()
                .withPhase("Failed")
                .withReason("Evicted")
                .withMessage("The node was low on resource: memory")
                .endStatus()
                .build();
    }

    private static ContainerState backOff() {
        return new ContainerStateBuilder()
                .withNewWaiting()
                .withReason("CrashLoopBackOff")
                .endWaiting()
                .build();
    }
}
