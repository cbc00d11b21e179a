package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.operator.kube.Namespaces;
import dev.pgfork.operator.kube.Triggers;
import dev.pgfork.operator.mock.TestApiServer;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.status.SsaStatusWriter;
import dev.pgfork.operator.status.StatusWriter;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the framework does with reconcilers, set up as ours: retries, isolation, stopping, statuses. */
class ControllerRuntimeTest {
    private final TestApiServer api = new TestApiServer();
    private final KubernetesClient client = ApiClients.forObjects(api.config());
    private final Triggers triggers = new Triggers();
    private final StatusWriter statuses = new SsaStatusWriter();
    private final List<Throwable> broken = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> runs = new ConcurrentHashMap<>();
    private BiConsumer<PostgresDatabase, Context<PostgresDatabase>> behaviour = (database, context) -> {};
    private @Nullable ControllerRuntime runtime;

    @AfterEach
    void close() {
        if (runtime != null) {
            runtime.stop();
        }
        client.close();
        api.close();
    }

    @Test
    void triesAgainAndOneBadResourceBlocksNoOther() {
        start(Duration.ofSeconds(5), (database, context) -> {
            if (database.getMetadata().getName().equals("bad") && runs.get("bad") < 3) {
                throw new IllegalStateException("it is bad");
            }
        });
        create("bad");
        create("good");

        await().until(() -> runs.getOrDefault("good", 0) == 1);
        await().atMost(Duration.ofSeconds(20)).until(() -> runs.getOrDefault("bad", 0) == 3);
    }

    /** The framework takes it to be running still: only another process brings that resource back. */
    @Test
    void saysThatItIsBrokenAfterAnErrorAndNotAfterAnException() {
        var error = new StackOverflowError("far too deep");
        start(Duration.ofSeconds(5), (database, context) -> {
            if (database.getMetadata().getName().equals("worse")) {
                throw error;
            }
            if (runs.get("bad") < 2) {
                throw new IllegalStateException("it is bad");
            }
        });
        create("bad");
        await().atMost(Duration.ofSeconds(20)).until(() -> runs.getOrDefault("bad", 0) == 2);
        assertThat(broken).isEmpty();
        create("worse");
        await().until(() -> !broken.isEmpty());
        assertThat(broken).containsExactly(error);
    }

    @Test
    void reconcilesWhomItIsAskedTo() {
        start(Duration.ofSeconds(5), (database, context) -> {});
        create("shop");
        await().until(() -> runs.getOrDefault("shop", 0) == 1);

        triggers.reconcile("postgresdatabase", "prod", "shop");
        triggers.reconcile("PostgresDatabase", "prod", "nobody");

        await().until(() -> runs.get("shop") == 2);
        assertThat(runs).containsOnlyKeys("shop");
    }

    @Test
    void letsARunningReconciliationEndAndBeginsNoOther() throws InterruptedException {
        var entered = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        var started = start(Duration.ofSeconds(20), (database, context) -> {
            entered.countDown();
            hold(goOn);
            ended.countDown();
        });
        create("shop");
        entered.await();
        triggers.reconcile(PostgresDatabase.KIND, "prod", "shop");
        var stopping = Thread.ofVirtual().start(() -> assertThat(started.stop()).isTrue());

        assertThat(stopping.join(Duration.ofMillis(300))).isFalse();
        goOn.countDown();
        stopping.join();

        assertThat(ended.getCount()).isZero();
        assertThat(runs.get("shop")).isEqualTo(1);
    }

    @Test
    void saysSoWhenAReconciliationCannotBeEnded() {
        var entered = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var started = start(Duration.ofMillis(100), (database, context) -> {
            entered.countDown();
            var interrupted = false;
            while (goOn.getCount() > 0) {
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            assertThat(interrupted).isTrue();
        });
        create("shop");
        await().until(() -> entered.getCount() == 0);

        assertThat(started.stop()).isFalse();

        goOn.countDown();
    }

    @Test
    void writesAStatusOnceAndSeesItInTheNextRun() {
        var seen = new CopyOnWriteArrayList<Long>();
        var written = new CopyOnWriteArrayList<Boolean>();
        start(Duration.ofSeconds(5), (database, context) -> {
            var epoch = database.getStatus() == null || database.getStatus().epoch() == null
                    ? 0L
                    : database.getStatus().epoch();
            if (epoch < 3) {
                // Refused if this is an old view: then the run counts for nothing, and there is another.
                written.add(statuses.write(database, status(epoch + 1, "2026-11-21T10:00:00Z"), context));
                // The same again in the same run, as after a persisted intent: nothing to write.
                written.add(statuses.write(database, status(epoch + 1, "2026-11-21T11:00:00Z"), context));
                triggers.reconcile(PostgresDatabase.KIND, "prod", "shop");
            }
            seen.add(epoch);
        });

        create("shop");

        await().until(() -> seen.contains(3L));
        assertThat(seen).startsWith(0L, 1L, 2L, 3L);
        assertThat(written).containsExactly(true, false, true, false, true, false);
        assertThat(stored().getSpec().storage().size()).isNotNull();
    }

    /** Whoever decided on something that is not so any more must not put an intent on record. */
    @Test
    void persistsNoIntentOverWhatSomebodyElseWrote() {
        var refused = new CopyOnWriteArrayList<Integer>();
        var persisted = new CopyOnWriteArrayList<Long>();
        start(Duration.ofSeconds(5), (database, context) -> {
            if (refused.isEmpty()) {
                client.resource(database).edit(this::relabelled);
                try {
                    statuses.persist(database, status(8, "2026-11-21T10:00:00Z"), context);
                } catch (KubernetesClientException e) {
                    refused.add(e.getCode());
                    throw e;
                }
            }
            var once = statuses.persist(database, status(9, "2026-11-21T10:00:00Z"), context);
            // Upon its own write.
            persisted.add(statuses.persist(once, status(10, "2026-11-21T10:00:00Z"), context)
                    .getStatus()
                    .epoch());
        });

        create("shop");

        await().atMost(Duration.ofSeconds(20)).until(() -> !persisted.isEmpty());
        assertThat(refused).containsExactly(409);
        assertThat(persisted).first().isEqualTo(10L);
        assertThat(stored().getStatus().epoch()).isEqualTo(10);
    }

    private PostgresDatabase relabelled(PostgresDatabase database) {
        database.getMetadata().setLabels(Map.of("team", "shop"));
        return database;
    }

    @Test
    void aStatusThatHasLostFieldsLosesThem() {
        start(Duration.ofSeconds(5), (database, context) -> {
            var first = database.getStatus() == null;
            statuses.write(database, first ? status(1, "2026-11-21T10:00:00Z") : PostgresDatabaseStatus.EMPTY, context);
            triggers.reconcile(PostgresDatabase.KIND, "prod", "shop");
        });

        create("shop");

        await().until(() -> {
            var status = stored().getStatus();
            return status != null && status.epoch() == null && runs.get("shop") > 1;
        });
    }

    @Test
    void aResourceThatIsGoneHasNoStatusToWrite() {
        var written = new CopyOnWriteArrayList<Boolean>();
        start(Duration.ofSeconds(5), (database, context) -> {
            client.resource(database).delete();
            written.add(statuses.write(database, status(1, "2026-11-21T10:00:00Z"), context));
        });

        create("shop");

        await().until(() -> !written.isEmpty());
        assertThat(written).containsExactly(false);
    }

    private ControllerRuntime start(
            Duration grace, BiConsumer<PostgresDatabase, Context<PostgresDatabase>> reconciliation) {
        behaviour = reconciliation;
        runtime = new ControllerRuntime(client, Namespaces.ALL, Metrics.NOOP, grace, broken::add);
        runtime.register(new Counting());
        runtime.start();
        return runtime;
    }

    private static PostgresDatabaseStatus status(long epoch, String transition) {
        var conditions = List.of(new Condition(transition, "It is", 1L, "Ready", "True", Conditions.READY));
        return new PostgresDatabaseStatus(
                DatabasePhase.Ready,
                conditions,
                1L,
                null,
                null,
                null,
                epoch,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private void create(String name) {
        client.resource(database(name)).create();
    }

    private PostgresDatabase database(String name) {
        var yaml = "apiVersion: pgfork.dev/v1alpha1\nkind: PostgresDatabase\nspec: {storage: {size: 1Gi}}\n";
        var database = client.getKubernetesSerialization().unmarshal(yaml, PostgresDatabase.class);
        database.setMetadata(
                new ObjectMetaBuilder().withNamespace("prod").withName(name).build());
        return database;
    }

    private PostgresDatabase stored() {
        return Objects.requireNonNull(client.resources(PostgresDatabase.class)
                .inNamespace("prod")
                .withName("shop")
                .get());
    }

    private static void hold(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @ControllerConfiguration(name = "counting")
    private final class Counting implements Reconciler<PostgresDatabase> {
        @Override
        public List<EventSource<?, PostgresDatabase>> prepareEventSources(
                EventSourceContext<PostgresDatabase> context) {
            return List.of(triggers.sourceFor(PostgresDatabase.class));
        }

        @Override
        public UpdateControl<PostgresDatabase> reconcile(PostgresDatabase resource, Context<PostgresDatabase> context) {
            runs.merge(resource.getMetadata().getName(), 1, Integer::sum);
            behaviour.accept(resource, context);
            return UpdateControl.noUpdate();
        }
    }
}
