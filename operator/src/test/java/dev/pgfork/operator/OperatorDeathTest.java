package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.Action;
import dev.pgfork.operator.action.ActionListener;
import dev.pgfork.operator.mock.SimulatedCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator dies at every single action of the life of a database and a fork, from their making to their deletion,
 * and another one, which knows only what the cluster knows, goes on.
 */
class OperatorDeathTest {
    private static final Logger log = LoggerFactory.getLogger(OperatorDeathTest.class);
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    /** When the operator dies: the world has not seen the action yet, or it has and nobody noted it. */
    enum Moment {
        BEFORE,
        AFTER
    }

    @ParameterizedTest
    @EnumSource
    void anotherOneGoesOnWhereverItDies(Moment moment) {
        var number = 1;
        while (diedAt(moment, number)) {
            number++;
        }
        assertThat(number).as("actions of a life").isGreaterThan(20);
    }

    /**
     * A life that got stuck is lived once more: now and then the simulated API server stops answering anybody, and
     * cannot be closed, when an operator dies while it is being sent an event. What the operator does wrong, it does
     * wrong again.
     */
    private static boolean diedAt(Moment moment, int number) {
        try {
            return diedInALife(new Death(moment, number));
        } catch (ConditionTimeoutException | IllegalStateException e) {
            log.warn("stuck after a death {} action {}; once more", moment, number, e);
            return diedInALife(new Death(moment, number));
        }
    }

    /** @return false if the life has fewer actions, so that the operator lived through it */
    private static boolean diedInALife(Death death) {
        try (var cluster = SimulatedCluster.withSnapshots(Clock.systemUTC());
                var life = new Life(cluster, death)) {
            life.make();
            life.goOnUntil(() -> {
                assertThat(life.fork().getStatus()).isNotNull().returns(ForkPhase.Ready, PostgresForkStatus::phase);
                assertThat(life.database().getStatus()).returns(DatabasePhase.Ready, PostgresDatabaseStatus::phase);
                assertThat(cluster.snapshots()).isZero();
            });
            assertThat(cluster.volumes()).as("volumes after %s", death).isEqualTo(2);
            life.delete(life.fork());
            life.goOnUntil(() -> assertThat(cluster.volumes()).isEqualTo(1));
            life.delete(life.database());
            life.goOnUntil(() -> {
                assertThat(cluster.volumes()).isZero();
                assertThat(life.resources()).isZero();
                assertThat(life.secrets()).as("Secrets left after %s", death).isZero();
            });
            return death.hasCome();
        }
    }

    /** A database and a fork of it, and the operators that look after them one after the other. */
    private static final class Life implements AutoCloseable {
        private final SimulatedCluster cluster;
        private final Death death;
        private final List<TestOperator> operators = new ArrayList<>();

        Life(SimulatedCluster cluster, Death death) {
            this.cluster = cluster;
            this.death = death;
            operators.add(TestOperator.start(cluster, death.clock(), DEADLINE, death));
        }

        void make() {
            apply("""
                    apiVersion: pgfork.dev/v1alpha1
                    kind: PostgresDatabase
                    metadata: {name: shop, namespace: prod}
                    spec: {storage: {size: 1Gi}, deletionPolicy: Delete}
                    """);
            apply("""
                    apiVersion: pgfork.dev/v1alpha1
                    kind: PostgresFork
                    metadata: {name: pr-1, namespace: prod}
                    spec: {from: {name: shop}}
                    """);
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
            return client().resources(PostgresDatabase.class)
                    .inNamespace("prod")
                    .withName("shop")
                    .require();
        }

        PostgresFork fork() {
            return client().resources(PostgresFork.class)
                    .inNamespace("prod")
                    .withName("pr-1")
                    .require();
        }

        int resources() {
            return client().resources(PostgresDatabase.class).list().getItems().size()
                    + client().resources(PostgresFork.class).list().getItems().size();
        }

        int secrets() {
            return client().secrets().inNamespace("prod").list().getItems().size();
        }

        void delete(CustomResource<?, ?> resource) {
            client().resource(resource).delete();
        }

        private void apply(String yaml) {
            HasMetadata object = client().getKubernetesSerialization().unmarshal(yaml);
            client().resource(object).create();
        }

        private KubernetesClient client() {
            return cluster.client();
        }

        @Override
        public void close() {
            operators.forEach(TestOperator::close);
        }
    }

    /** The end of an operator at the n-th action; from then on it does nothing more. */
    private static final class Death implements ActionListener {
        private final Moment moment;
        private final int number;
        private final AtomicInteger before = new AtomicInteger();
        private final AtomicInteger after = new AtomicInteger();
        private volatile @Nullable Action at;

        Death(Moment moment, int number) {
            this.moment = moment;
            this.number = number;
        }

        boolean hasCome() {
            return at != null;
        }

        /** Every reconciliation asks for the time before it does anything: a dead operator gets no further. */
        Clock clock() {
            InstantSource source = () -> {
                if (hasCome()) {
                    throw new Dead();
                }
                return Instant.now();
            };
            return source.withZone(ZoneOffset.UTC);
        }

        @Override
        public void before(Action action) {
            comeAt(Moment.BEFORE, before, action);
        }

        @Override
        public void after(Action action) {
            comeAt(Moment.AFTER, after, action);
        }

        private void comeAt(Moment now, AtomicInteger actions, Action action) {
            if (now == moment && actions.incrementAndGet() == number) {
                at = action;
            }
            if (hasCome()) {
                throw new Dead();
            }
        }

        @Override
        public String toString() {
            var action = at;
            return "death " + moment + " action " + number
                    + (action == null ? "" : ", " + action.getClass().getSimpleName());
        }
    }

    private static final class Dead extends Error {
        private static final long serialVersionUID = 1L;
    }
}
