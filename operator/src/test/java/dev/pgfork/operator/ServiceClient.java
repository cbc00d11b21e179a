package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.mock.Commit;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes through the Service {@code shop}. */
final class ServiceClient {
    private final Lives life;
    private final SimulatedCluster cluster;
    private final List<Commit> acknowledged = new ArrayList<>();

    ServiceClient(Lives life, SimulatedCluster cluster) {
        this.life = life;
        this.cluster = cluster;
    }

    void write() {
        assertThat(tryToWrite()).as("a server behind the Service").isTrue();
    }

    boolean tryToWrite() {
        var commit = endpoint().flatMap(pod -> cluster.instances().commit(uid(pod)));
        commit.ifPresent(acknowledged::add);
        return commit.isPresent();
    }

    private Optional<Pod> endpoint() {
        var selector = life.client()
                .services()
                .inNamespace("prod")
                .withName("shop")
                .require()
                .getSpec()
                .getSelector();
        return life.client().pods().inNamespace("prod").withLabels(selector).list().getItems().stream()
                .findFirst();
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    void assertNothingLost() {
        var primary = uid(endpoint().orElseThrow());
        assertThat(acknowledged).allMatch(commit -> cluster.instances().has(primary, commit), "is still there");
    }
}
