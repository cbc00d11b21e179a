package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;

/**
 * Operators that look after one simulated cluster, one after the other, and what they make in the namespace prod. In
 * each life the operator dies one action or plan later than in the one before; the next operator goes on, and is the
 * one of the next life.
 */
final class Lives implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final SimulatedCluster cluster;
    private final List<TestOperator> dead = new ArrayList<>();
    private final Duration deadline;
    private Death death;
    private TestOperator operator;

    Lives(SimulatedCluster cluster, Death.Moment moment) {
        this(cluster, moment, DEADLINE);
    }

    /** @param deadline of a step; where it is short, the operator looks oftener */
    Lives(SimulatedCluster cluster, Death.Moment moment, Duration deadline) {
        this.cluster = cluster;
        this.deadline = deadline;
        death = new Death(moment, 1);
        operator = start(death);
    }

    private TestOperator start(Death death) {
        return TestOperator.start(cluster, death.clock(), deadline, death);
    }

    /**
     * The same again and again, until no operator dies in it any more.
     *
     * @param life ends as it began, so that it can be lived again
     * @return the deaths
     */
    int live(Runnable life) {
        var deaths = 0;
        while (diedIn(life)) {
            deaths++;
        }
        return deaths;
    }

    private boolean diedIn(Runnable life) {
        bury();
        var mortal = operator;
        death.arm();
        life.run();
        death.disarm();
        succeed();
        return operator != mortal;
    }

    /** PostgresDatabase shop, until it is Ready. */
    void makeDatabase() {
        make("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop, namespace: prod}
                spec: {storage: {size: 1Gi}, deletionPolicy: Delete}
                """);
        goOnUntil(() -> assertThat(database().getStatus())
                .isNotNull()
                .returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase));
    }

    /** PostgresFollower replica of shop, until it is Ready. */
    void makeFollower() {
        make("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: replica, namespace: prod}
                spec: {follows: {name: shop}}
                """);
        goOnUntil(this::assertFollowerIsReady);
    }

    void assertFollowerIsReady() {
        assertThat(follower().getStatus()).isNotNull().returns(FollowerPhase.Ready, PostgresFollowerStatus::phase);
    }

    /** For the rest of this life nobody dies who has not died yet. */
    void spare() {
        death.disarm();
    }

    /** Starts another operator if this one dies on the way. */
    void goOnUntil(ThrowingRunnable assertion) {
        await(death.toString())
                .dontCatchUncaughtExceptions()
                .atMost(Duration.ofSeconds(60))
                // Each look is several requests, and the simulated cluster shares the processors.
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> {
                    succeed();
                    assertion.run();
                });
    }

    private void succeed() {
        if (death.hasCome()) {
            dead.add(operator);
            death = death.later();
            operator = start(death);
        }
    }

    private void bury() {
        dead.forEach(TestOperator::close);
        dead.clear();
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

    void change(HasMetadata resource, String patch) {
        client().resource(resource).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
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
        bury();
        operator.close();
    }
}
