package dev.pgfork.e2e.cluster;

import io.fabric8.kubernetes.api.model.Binding;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Objects;

/**
 * A Node without a machine: what Kubernetes knows of one that is lost. Pods that are placed on it run nowhere, and
 * nobody says so. While it is there, the scheduler places nothing anywhere, so that the test decides.
 */
public final class LostNode implements AutoCloseable {
    public static final String NAME = "pgfork-lost";

    private final KubernetesClient client;
    private final List<String> cordoned;

    public LostNode(KubernetesClient client) {
        this.client = client;
        this.cordoned = client.nodes().list().getItems().stream()
                .filter(node -> !Boolean.TRUE.equals(node.getSpec().getUnschedulable()))
                .map(node -> node.getMetadata().getName())
                .toList();
        cordoned.forEach(node -> cordon(node, true));
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(NAME)
                        .endMetadata()
                        .build())
                .create();
    }

    /** Places a pod that no scheduler has placed. */
    public void take(Pod pod) {
        Binding binding = new BindingBuilder()
                .withNewMetadata()
                .withName(pod.getMetadata().getName())
                .endMetadata()
                .withNewTarget()
                .withKind("Node")
                .withName(NAME)
                .endTarget()
                .build();
        var path = "/api/v1/namespaces/%s/pods/%s/binding"
                .formatted(pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        Objects.requireNonNull(client.raw(path, "POST", binding));
    }

    /** Somebody says that there is no such machine any more. */
    public void delete() {
        client.nodes().withName(NAME).delete();
    }

    /** The scheduler works again. */
    @Override
    public void close() {
        cordoned.forEach(node -> cordon(node, false));
        delete();
    }

    private void cordon(String node, boolean wanted) {
        client.nodes().withName(node).edit((Node present) -> {
            present.getSpec().setUnschedulable(wanted ? true : null);
            return present;
        });
    }
}
