package dev.pgfork.operator;

import dev.pgfork.api.v1alpha1.DatabasePhase;
import dev.pgfork.api.v1alpha1.FollowerPhase;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresDatabaseStatus;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFollowerStatus;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.operator.action.ActionExecutor;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.action.InstanceActions;
import dev.pgfork.operator.action.PlanRunner;
import dev.pgfork.operator.action.StoredCredentials;
import dev.pgfork.operator.action.VirtualThreadBesideWork;
import dev.pgfork.operator.cut.SourceObserver;
import dev.pgfork.operator.database.DatabaseObserver;
import dev.pgfork.operator.database.DatabasePlanner;
import dev.pgfork.operator.database.DatabaseReconciler;
import dev.pgfork.operator.follower.FollowerObserver;
import dev.pgfork.operator.follower.FollowerPlanner;
import dev.pgfork.operator.follower.FollowerReconciler;
import dev.pgfork.operator.fork.ForkObserver;
import dev.pgfork.operator.fork.ForkPlanner;
import dev.pgfork.operator.fork.ForkReconciler;
import dev.pgfork.operator.fork.Leftovers;
import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.kube.EventRecorder;
import dev.pgfork.operator.kube.FabricKubeWriter;
import dev.pgfork.operator.kube.FabricObjectReader;
import dev.pgfork.operator.kube.Informers;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Triggers;
import dev.pgfork.operator.metrics.LagGauges;
import dev.pgfork.operator.metrics.MeteredStatusWriter;
import dev.pgfork.operator.metrics.Meters;
import dev.pgfork.operator.postgres.Parameters;
import dev.pgfork.operator.postgres.Passwords;
import dev.pgfork.operator.standby.ReplicationObserver;
import dev.pgfork.operator.standby.StandbyObserver;
import dev.pgfork.operator.status.SsaStatusWriter;
import dev.pgfork.operator.status.StatusWriter;
import dev.pgfork.operator.storage.SnapshotClasses;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The object graph of an operator that may act, built by hand: who needs what can be read here. */
final class Wiring {
    private static final Logger log = LoggerFactory.getLogger(Wiring.class);
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration SWEEP = Duration.ofMinutes(10);

    final Triggers triggers = new Triggers();
    final Meters meters;
    private final LagGauges lags;
    final ObjectReader objects;
    final StatusWriter statuses;
    final InstanceResources instanceResources;
    final InstanceObserver instances;
    final Certificates certificates;
    final BesideWork besideWork;
    final ActionExecutor executor;
    private final Informers informers;
    private final VirtualThreadBesideWork work;
    private final ControllerRuntime controllers;
    private final Leftovers leftovers;
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("leftovers").factory());

    /** @param broken called when something has stopped for good that only a restart brings back */
    Wiring(
            OperatorConfig config,
            KubernetesClient client,
            MeterRegistry registry,
            Surroundings surroundings,
            Consumer<Throwable> broken) {
        var clock = surroundings.clock();
        var random = new SecureRandom();
        informers = new Informers(client, config.watched(), triggers, surroundings.snapshotCheck());
        objects = new FabricObjectReader(informers, client);
        var writer = new FabricKubeWriter(client, informers::remember);

        var configuration = new InstanceConfiguration(InstanceScript.load());
        leftovers = new Leftovers(objects, writer);
        instanceResources = new InstanceResources(configuration);
        instances = new InstanceObserver(objects, configuration, surroundings.verbs(), surroundings.server());
        certificates = new Certificates(config.clusterDomain(), random, clock);
        var credentials = new Credentials(certificates, new Passwords(random), random);

        meters = new Meters(registry);
        lags = new LagGauges(registry);
        countPhases();
        statuses = new MeteredStatusWriter(new SsaStatusWriter(), meters);
        work = new VirtualThreadBesideWork(triggers::reconcile);
        besideWork = work;
        executor = new ActionExecutor(
                writer,
                new EventRecorder(client, clock),
                new StoredCredentials(objects, writer, credentials, configuration),
                surroundings.verbs(),
                surroundings.server(),
                work,
                meters.and(surroundings.actions()));

        controllers = new ControllerRuntime(
                client, config.watched(), MicrometerMetrics.withoutPerResourceMetrics(registry), GRACE, broken);
        register(config, surroundings);
    }

    private void register(OperatorConfig config, Surroundings surroundings) {
        var actions = new InstanceActions(instanceResources, certificates, Parameters.load());
        var runner = new PlanRunner(executor, statuses);
        var source = new SourceObserver(objects, surroundings.server(), new SnapshotClasses(config.snapshotDrivers()));
        var histories = new TimelineHistories(surroundings.verbs());
        var standbys = new StandbyObserver(
                objects, source, instances, new ReplicationObserver(surroundings.server(), histories), besideWork);
        controllers.register(new DatabaseReconciler(
                new DatabaseObserver(objects, instances, standbys, surroundings.server(), histories, besideWork),
                new DatabasePlanner(actions, config.stepDeadline(), config.acrossNamespaces()),
                runner,
                triggers,
                besideWork,
                surroundings.clock()));
        controllers.register(new ForkReconciler(
                new ForkObserver(
                        objects,
                        new ForkableSources(objects, config.acrossNamespaces()),
                        source,
                        instances,
                        besideWork),
                new ForkPlanner(actions, config.stepDeadline()),
                runner,
                triggers,
                besideWork,
                surroundings.clock()));
        controllers.register(new FollowerReconciler(
                new FollowerObserver(objects, new FollowedLeaders(objects), standbys),
                new FollowerPlanner(actions, config.stepDeadline()),
                runner,
                triggers,
                besideWork,
                new MeteredLags(lags),
                surroundings.clock()));
    }

    private void countPhases() {
        meters.countPhases(
                PostgresDatabase.KIND,
                DatabasePhase.values(),
                () -> informers
                        .all(PostgresDatabase.class)
                        .map(PostgresDatabase::getStatus)
                        .filter(Objects::nonNull)
                        .map(PostgresDatabaseStatus::phase));
        meters.countPhases(
                PostgresFollower.KIND,
                FollowerPhase.values(),
                () -> informers
                        .all(PostgresFollower.class)
                        .map(PostgresFollower::getStatus)
                        .filter(Objects::nonNull)
                        .map(PostgresFollowerStatus::phase));
        meters.countPhases(
                PostgresFork.KIND,
                ForkPhase.values(),
                () -> informers
                        .all(PostgresFork.class)
                        .map(PostgresFork::getStatus)
                        .filter(Objects::nonNull)
                        .map(PostgresForkStatus::phase));
    }

    /** Returns when the caches are full and the reconcilers work. */
    void start() {
        informers.start();
        controllers.start();
        var _ = sweeper.scheduleWithFixedDelay(this::sweep, 0, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** One that fails must not be the last. */
    private void sweep() {
        try {
            leftovers.sweep();
        } catch (RuntimeException e) {
            log.warn("could not look for what forks have left in other namespaces", e);
        }
    }

    boolean isStarted() {
        return controllers.isStarted();
    }

    /** What is not heard of at the moment. */
    List<String> deaf() {
        var deaf = new ArrayList<>(informers.deaf());
        deaf.addAll(controllers.deaf());
        return deaf;
    }

    /**
     * Begins nothing new and waits for what runs.
     *
     * @return false if something may still act
     */
    boolean stop() {
        sweeper.shutdownNow();
        work.close();
        var ended = controllers.stop();
        informers.close();
        return ended;
    }
}
