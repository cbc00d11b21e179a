package dev.pgfork.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** The operator, as {@code helm install pgfork helm/pgfork --namespace pgfork-system} put it into the cluster. */
public record Operator(KubernetesClient client) {

    private static final String NAMESPACE = "pgfork-system";
    private static final String NAME = "pgfork";
    /** How the API server begins, once it has named the user. */
    private static final String REFUSED = "system:serviceaccount:" + NAMESPACE + ":" + NAME + "\" cannot";

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private RollableScalableResource<Deployment> deployment() {
        return client.apps().deployments().inNamespace(NAMESPACE).withName(NAME);
    }

    private List<Pod> pods() {
        return client.pods()
                .inNamespace(NAMESPACE)
                .withLabel("app.kubernetes.io/name", "pgfork")
                .list()
                .getItems();
    }

    /** Stops all replicas and waits until their pods are gone. */
    public void stop() {
        scale(0);
        await("the operator is gone", () -> assertThat(pods()).isEmpty());
    }

    public void start() {
        scale(1);
        awaitRolledOut();
    }

    private void scale(int replicas) {
        deployment().edit(deployment -> {
            deployment.getSpec().setReplicas(replicas);
            return deployment;
        });
    }

    /**
     * Restarts it with another setting.
     *
     * @return the value it had
     */
    public String set(String variable, String value) {
        var before = environment(Objects.requireNonNull(deployment().get()), variable);
        deployment().edit(deployment -> {
            environment(deployment, variable).setValue(value);
            return deployment;
        });
        awaitRolledOut();
        return before.getValue();
    }

    private static EnvVar environment(Deployment deployment, String variable) {
        return deployment.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
                .filter(candidate -> candidate.getName().equals(variable))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the operator has no setting " + variable));
    }

    /** Ends it by SIGKILL, without a chance to clean up. Kubernetes starts it again. */
    public void kill() {
        pods().forEach(pod -> new ContainerKill(client).of(pod));
    }

    /**
     * Makes new pods of it. Whoever kills it begins with this: Kubernetes starts a container that was killed before
     * only after a pause, which doubles each time.
     */
    public void replace() {
        var old = pods().stream().map(pod -> pod.getMetadata().getUid()).toList();
        pods().forEach(pod -> client.pods().resource(pod).delete());
        await(
                "the operator's pods are others",
                () -> assertThat(pods())
                        .noneMatch(pod -> old.contains(pod.getMetadata().getUid())));
        awaitRolledOut();
    }

    /** Waits until all replicas run the present template and none of an older one is left. */
    public void awaitRolledOut() {
        await("the operator is rolled out", () -> {
            var deployment = Objects.requireNonNull(deployment().get());
            var status = deployment.getStatus();
            assertThat(status.getObservedGeneration())
                    .isEqualTo(deployment.getMetadata().getGeneration());
            assertThat(status.getUpdatedReplicas())
                    .isEqualTo(deployment.getSpec().getReplicas());
            assertThat(status.getReadyReplicas()).isEqualTo(deployment.getSpec().getReplicas());
            assertThat(pods()).hasSize(deployment.getSpec().getReplicas());
        });
    }

    private void await(String what, org.awaitility.core.ThrowingRunnable assertion) {
        Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .untilAsserted(assertion);
    }

    /**
     * Asserts that the API server has refused it nothing for want of RBAC. What is simulated in the operator's own
     * tests, such as commands in pods, shows here only.
     */
    public void wasAllowedEverything() {
        assertThat(log(10_000).lines().filter(line -> line.contains(REFUSED)))
                .as("what RBAC refused the operator")
                .isEmpty();
    }

    /** The last lines of its log, for people. */
    public String log(int lines) {
        return pods().stream().map(pod -> log(pod, lines)).collect(Collectors.joining("\n"));
    }

    private String log(Pod pod, int lines) {
        try {
            return client.pods().resource(pod).tailingLines(lines).getLog();
        } catch (KubernetesClientException e) {
            return "(no log of " + pod.getMetadata().getName() + ": " + e.getMessage() + ")";
        }
    }
}
