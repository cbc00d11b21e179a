package dev.pgfork.operator;

import static org.awaitility.Awaitility.await;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.ThrowingRunnable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A simulated cluster with resources in the namespace prod, and the operators that look after it one after the other.
 */
final class Life implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Life.class);
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final SimulatedCluster cluster;
    private final Death death;
    private final List<TestOperator> operators = new ArrayList<>();

    Life(SimulatedCluster cluster, Death death) {
        this.cluster = cluster;
        this.death = death;
        operators.add(TestOperator.start(cluster, death.clock(), DEADLINE, death));
    }

    /**
     * A life that got stuck is lived once more: now and then the simulated API server stops answering anybody when an
     * operator dies while it is being sent an event. What the operator does wrong, it does wrong again.
     *
     * @param life whether the operator died in it
     */
    static boolean diedAt(Death.Moment moment, int number, Predicate<Death> life) {
        try {
            return life.test(new Death(moment, number));
        } catch (ConditionTimeoutException e) {
            log.warn("stuck after a death {} action {}; once more", moment, number, e);
            return life.test(new Death(moment, number));
        }
    }

    /** Starts another operator if the first dies on the way. */
    void goOnUntil(ThrowingRunnable assertion) {
        await().dontCatchUncaughtExceptions()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(() -> {
                    if (death.hasCome() && operators.size() == 1) {
                        operators.add(TestOperator.start(cluster, Clock.systemUTC()));
                    }
                    assertion.run();
                });
    }

    PostgresDatabase database() {
        return get(PostgresDatabase.class, "shop");
    }

    PostgresFork fork() {
        return get(PostgresFork.class, "pr-1");
    }

    PostgresFollower follower() {
        return get(PostgresFollower.class, "replica");
    }

    private <R extends HasMetadata> R get(Class<R> kind, String name) {
        return client().resources(kind).inNamespace("prod").withName(name).require();
    }

    long resources() {
        return Stream.of(PostgresDatabase.class, PostgresFork.class, PostgresFollower.class)
                .mapToLong(kind -> client().resources(kind)
                        .inAnyNamespace()
                        .list()
                        .getItems()
                        .size())
                .sum();
    }

    int secrets() {
        return client().secrets().inNamespace("prod").list().getItems().size();
    }

    void delete(CustomResource<?, ?> resource) {
        client().resource(resource).delete();
    }

    void make(String yaml) {
        HasMetadata object = client().getKubernetesSerialization().unmarshal(yaml);
        client().resource(object).create();
    }

    KubernetesClient client() {
        return cluster.client();
    }

    @Override
    public void close() {
        operators.forEach(TestOperator::close);
    }
}
