package dev.pgfork.e2e.cluster;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Comparator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one looks at first when a test fails. Bounded, and without Secrets.
 *
 * @param namespace of the test
 */
record Diagnosis(KubernetesClient client, String namespace) {

    private static final int EVENTS = 25;
    private static final int POD_LOG_LINES = 25;
    private static final int OPERATOR_LOG_LINES = 60;

    String text() {
        return Stream.of(
                        "--- resources",
                        statuses(PostgresDatabase.class),
                        statuses(PostgresFork.class),
                        statuses(PostgresFollower.class),
                        "--- events",
                        events(),
                        "--- pods",
                        client.pods().inNamespace(namespace).list().getItems().stream()
                                .map(this::pod)
                                .collect(Collectors.joining("\n")),
                        "--- operator",
                        new Operator(client).log(OPERATOR_LOG_LINES))
                .collect(Collectors.joining("\n"));
    }

    private <T extends CustomResource<?, ?>> String statuses(Class<T> kind) {
        return client.resources(kind).inNamespace(namespace).list().getItems().stream()
                .map(this::status)
                .collect(Collectors.joining("\n"));
    }

    private String status(CustomResource<?, ?> resource) {
        return "%s %s: %s"
                .formatted(
                        resource.getKind(),
                        resource.getMetadata().getName(),
                        client.getKubernetesSerialization().asJson(resource.getStatus()));
    }

    private String events() {
        var events = client.v1().events().inNamespace(namespace).list().getItems().stream()
                .sorted(Comparator.comparingInt((Event event) ->
                                event.getMetadata().getResourceVersion().length())
                        .thenComparing(event -> event.getMetadata().getResourceVersion()))
                .map(event -> "%s %s/%s %s: %s"
                        .formatted(
                                event.getLastTimestamp(),
                                event.getInvolvedObject().getKind(),
                                event.getInvolvedObject().getName(),
                                event.getReason(),
                                event.getMessage()))
                .toList();
        return String.join("\n", events.subList(Math.max(0, events.size() - EVENTS), events.size()));
    }

    private String pod(Pod pod) {
        var containers = pod.getStatus().getContainerStatuses().stream()
                .map(this::container)
                .collect(Collectors.joining(", "));
        return "%s %s %s%n%s"
                .formatted(pod.getMetadata().getName(), pod.getStatus().getPhase(), containers, log(pod));
    }

    private String container(ContainerStatus container) {
        return "%s ready=%s restarts=%d %s"
                .formatted(
                        container.getName(),
                        container.getReady(),
                        container.getRestartCount(),
                        client.getKubernetesSerialization().asJson(container.getState()));
    }

    private String log(Pod pod) {
        try {
            return client.pods().resource(pod).tailingLines(POD_LOG_LINES).getLog();
        } catch (KubernetesClientException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }
}
