package dev.pgfork.operator.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStatus;
import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.FailoverStatus;
import dev.pgfork.api.v1alpha1.PrimaryPosition;
import dev.pgfork.operator.action.VirtualThreadBesideWork;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceScript;
import dev.pgfork.operator.instance.Member;
import dev.pgfork.operator.instance.NodeState;
import dev.pgfork.operator.instance.PodLife;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.instance.UnexpectedVerbs;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Server;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The primary shop does not answer; its pod was on node-1. */
class FailoverObserverTest {
    private static final Owner SHOP = new Owner("pgfork.dev/v1alpha1", "PostgresDatabase", "prod", "shop", "uid-s");
    private static final PrimaryPosition ON_NODE_1 =
            new PrimaryPosition("shop", "0/1D000000", 7, "7439281", "2026-11-21T09:59:50Z", "node-1", null, null);

    private final ObjectsInMemory objects = new ObjectsInMemory();
    private final Server server = (Server) Proxy.newProxyInstance(
            Server.class.getClassLoader(), new Class<?>[] {Server.class}, (proxy, method, arguments) -> {
                throw new AssertionError("nobody has an address");
            });
    private final VirtualThreadBesideWork beside = new VirtualThreadBesideWork(owner -> {});
    private final FailoverObserver observer = new FailoverObserver(
            objects,
            new InstanceObserver(
                    objects, new InstanceConfiguration(InstanceScript.load()), new UnexpectedVerbs() {}, server),
            new ChangeoverObserver(server, new TimelineHistories(new UnexpectedVerbs() {}), beside),
            beside);

    @BeforeEach
    void run() {
        objects.stored(node("node-1", true), node("node-2", true));
    }

    @AfterEach
    void close() {
        beside.close();
    }

    @Test
    void asksTheNodeThatItsPodIsOn() {
        var pod = pod("uid-1", "node-1", "Pending");
        objects.stored(pod);
        assertThat(before(pod, null).fence().node()).isEqualTo(NodeState.READY);
        assertThat(before(pod, null).node()).isEqualTo("node-1");
        objects.stored(node("node-1", false));
        assertThat(before(pod, null).health()).isInstanceOf(PrimaryHealth.Unseen.class);
        objects.remove(node("node-1", false));
        assertThat(before(pod, null).health()).isInstanceOf(PrimaryHealth.Down.class);
    }

    /** Kubernetes deletes the pods of a Node that was deleted: only the record tells where it was. */
    @Test
    void remembersTheNodeOfAPodThatIsGone() {
        objects.remove(node("node-1", true));
        assertThat(before(null, ON_NODE_1).health())
                .isEqualTo(new PrimaryHealth.Down("NodeGone", "Instance shop was on a node that was deleted"));
        assertThat(before(null, ON_NODE_1).node()).isEqualTo("node-1");
        assertThat(before(null, null).health()).isInstanceOf(PrimaryHealth.Unseen.class);
        var another = new PrimaryPosition("other", "0/1D000000", 7, "7439281", ON_NODE_1.at(), "node-1", null, null);
        assertThat(before(null, another).health()).isInstanceOf(PrimaryHealth.Unseen.class);
    }

    @Test
    void aNodeThatIsWellSaysNothingOfAPodThatIsNotOnIt() {
        var unplaced = pod("uid-2", null, "Pending");
        objects.stored(unplaced);
        assertThat(before(unplaced, ON_NODE_1).fence().node()).isEqualTo(NodeState.UNKNOWN);
        assertThat(before(unplaced, ON_NODE_1).health()).isInstanceOf(PrimaryHealth.Unseen.class);
        assertThat(before(null, ON_NODE_1).health()).isInstanceOf(PrimaryHealth.Unseen.class);
    }

    /** The deletion of the Node that it was on proves nothing of a pod that was started elsewhere since. */
    @Test
    void asksTheNodeThatAnotherPodWasStartedOn() {
        objects.remove(node("node-1", true));
        objects.stored(pod("uid-2", "node-2", "Running"));
        assertThat(during(null).fence().node()).isEqualTo(NodeState.READY);
        objects.remove(pod("uid-2", "node-2", "Running"));
        assertThat(during(null).fence().node()).isEqualTo(NodeState.DELETED);
    }

    /** The cache may be a moment behind, and another pod may run under the name by now. */
    @Test
    void anEndCountsOnlyWhileNoOtherPodHasTheName() {
        var ended = pod("uid-1", "node-1", "Succeeded");
        assertThat(during(ended).fence().pod()).isEqualTo(new Looked.Found<>(PodLife.ENDED));
        objects.stored(pod("uid-2", "node-1", "Running"));
        assertThat(during(ended).fence().pod()).isEqualTo(new Looked.Found<>(PodLife.RUNS));
    }

    @Test
    void noPodCanComeOnceItsControllerHasSeenThatNoneIsWanted() {
        var set = new StatefulSetBuilder()
                .withNewMetadata()
                .withName("shop-g1")
                .withNamespace("prod")
                .withGeneration(2L)
                .endMetadata()
                .withNewSpec()
                .withReplicas(0)
                .endSpec()
                .withNewStatus()
                .withObservedGeneration(1L)
                .endStatus()
                .build();
        objects.stored(set);
        assertThat(during(null).fence().noReplicas()).isFalse();
        set.getStatus().setObservedGeneration(2L);
        assertThat(during(null).fence().noReplicas()).isTrue();
        set.getSpec().setReplicas(1);
        assertThat(during(null).fence().noReplicas()).isFalse();
    }

    private FailoverObservation before(@Nullable Pod pod, @Nullable PrimaryPosition lastSeen) {
        return observer.before(SHOP, "shop", lastSeen, List.of(member(pod)));
    }

    private FailoverObservation during(@Nullable Pod pod) {
        var failover =
                FailoverStatus.begin(true, false, false, "node-1", ON_NODE_1).stopping();
        var changeover = ChangeoverStatus.begin("shop", "shop-replica", 8, ON_NODE_1.at())
                .at(ChangeoverStep.Fencing, ON_NODE_1.at())
                .withFailover(failover);
        return observer.during(SHOP, changeover, failover, List.of(member(pod)));
    }

    private static Member member(@Nullable Pod cached) {
        return new Member(SHOP, 1, true, false, Optional.ofNullable(cached), Optional.empty());
    }

    private static Pod pod(String uid, @Nullable String node, String phase) {
        var running = phase.equals("Running");
        return new PodBuilder()
                .withNewMetadata()
                .withName("shop-g1-0")
                .withNamespace("prod")
                .withUid(uid)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .addNewContainerStatus()
                .withName("postgres")
                .withNewState()
                .withNewTerminated()
                .withExitCode(0)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build()
                .edit()
                .editStatus()
                .editFirstContainerStatus()
                .withNewState()
                .withRunning(running ? new io.fabric8.kubernetes.api.model.ContainerStateRunning() : null)
                .withTerminated(
                        phase.equals("Succeeded")
                                ? new io.fabric8.kubernetes.api.model.ContainerStateTerminated()
                                : null)
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();
    }

    private static Node node(String name, boolean ready) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "Unknown")
                .endCondition()
                .endStatus()
                .build();
    }
}
