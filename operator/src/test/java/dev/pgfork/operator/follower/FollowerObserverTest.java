package dev.pgfork.operator.follower;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.cut.SourceObserver;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceResources;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.instance.TimelineHistories;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.standby.LeaderInstance;
import dev.pgfork.operator.standby.ReplicationObserver;
import dev.pgfork.operator.standby.StandbyObservation;
import dev.pgfork.operator.standby.StandbyObserver;
import dev.pgfork.operator.storage.SnapshotClasses;
import dev.pgfork.operator.storage.SnapshotDrivers;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whom a follower takes for its leader; nothing of either is there. */
class FollowerObserverTest extends FollowerPlanning {
    private static final Owner SHOP_MADE_AGAIN = new Owner(
            FollowerWorld.SHOP.apiVersion(),
            FollowerWorld.SHOP.kind(),
            FollowerWorld.SHOP.namespace(),
            FollowerWorld.SHOP.name(),
            "77aa-made-again");

    private final ObjectsInMemory objects = new ObjectsInMemory();
    private final Server server = nobodyAsks(Server.class);

    @Test
    void followsNobodyElseOfItsLeadersName() {
        var world = new FollowerWorld().noted(streamed());
        assertThat(leaderOf(world, FollowerWorld.SHOP)).isPresent();
        assertThat(leaderOf(world, SHOP_MADE_AGAIN))
                .as("its history is another one")
                .isEmpty();
        assertThat(leaderOf(new FollowerWorld(), SHOP_MADE_AGAIN))
                .as("nothing has been copied yet")
                .isPresent();
    }

    @Test
    void seesWhatIsLeftOfEarlierAttempts() {
        var own = Owner.of(new FollowerWorld().follower);
        objects.cached(
                snapshot("shop-replica-g1-cut-1", own),
                snapshot("shop-replica-g1-cut-2", own),
                snapshot("shop-replica-g0-cut-1", own),
                snapshot("shop-replica-g0-cut-9", new Owner("v1", "Other", "prod", "shop-replica", "77aa-other")));
        assertThat(observe(new FollowerWorld().noted(streamed()), FollowerWorld.SHOP)
                        .otherSnapshots())
                .extracting(snapshot -> snapshot.getMetadata().getName())
                .containsExactlyInAnyOrder("shop-replica-g1-cut-2", "shop-replica-g0-cut-1");
    }

    @Test
    void settingsThatAreNotNotedAreThoseOfItsStatefulSet() {
        var world = new FollowerWorld().noted(streamed());
        var owner = Owner.of(world.follower);
        var template =
                of(owner, world.seen().leader().orElseThrow().template()).withParameters(Map.of("work_mem", "8MB"));
        var resources = new InstanceResources(Templates.configuration());
        objects.cached(
                new StatefulSetBuilder(resources.statefulSet(template))
                        .editMetadata()
                        .withCreationTimestamp(CUT.toString())
                        .endMetadata()
                        .build(),
                resources.configMap(template));
        var observer = observer(FollowerWorld.SHOP, world);
        var known = observer.recall(world.follower);
        assertThat(known.getStatus().configuration().parameters()).containsEntry("work_mem", "8MB");
        assertThat(known.getStatus().seed())
                .isEqualTo(world.follower.getStatus().seed());
        assertThat(world.follower.getStatus().configuration())
                .as("what is written is written upon this")
                .isNull();
        assertThat(observer.recall(known)).isSameAs(known);
    }

    private static VolumeSnapshot snapshot(String name, Owner owner) {
        return new VolumeSnapshotBuilder(FollowerObjects.snapshot(name))
                .editMetadata()
                .withLabels(Labels.of(owner))
                .withOwnerReferences(owner.reference())
                .endMetadata()
                .build();
    }

    private Optional<LeaderInstance> leaderOf(FollowerWorld world, Owner present) {
        return observe(world, present).leader();
    }

    private StandbyObservation observe(FollowerWorld world, Owner present) {
        return observer(present, world).observe(world.follower, CUT);
    }

    private FollowerObserver observer(Owner present, FollowerWorld world) {
        var known = world.seen().leader().orElseThrow();
        var leader = new LeaderInstance(
                of(present, known.template()),
                known.primary(),
                known.epoch(),
                known.synchronous(),
                known.deletionPolicy(),
                known.changing(),
                known.stopping(),
                known.isStandby(),
                known.isDeleting(),
                known.serves(),
                known.trouble(),
                known.forks());
        var verbs = nobodyAsks(InstanceVerbs.class);
        var standbys = new StandbyObserver(
                objects,
                new SourceObserver(objects, server, new SnapshotClasses(new SnapshotDrivers(Map.of()))),
                new InstanceObserver(objects, Templates.configuration(), verbs, server),
                new ReplicationObserver(server, new TimelineHistories(verbs)),
                (BesideWork) Proxy.newProxyInstance(
                        BesideWork.class.getClassLoader(),
                        new Class<?>[] {BesideWork.class},
                        (proxy, method, arguments) -> Optional.empty()));
        return new FollowerObserver(objects, (namespace, follows) -> Optional.of(leader), standbys);
    }

    private static InstanceTemplate of(Owner owner, InstanceTemplate template) {
        return new InstanceTemplate(
                owner,
                template.generation(),
                template.image(),
                template.storageSize(),
                template.storageClassName(),
                template.volumeSnapshotClassName(),
                template.accessMode(),
                template.resources(),
                template.parameters(),
                template.pod(),
                template.service(),
                template.seed(),
                template.role(),
                template.epoch(),
                template.database(),
                template.databaseOwner(),
                template.superuserAccess(),
                Membership.independent(owner));
    }

    private static <T> T nobodyAsks(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    throw new AssertionError("nothing runs, and yet somebody asks: " + method);
                }));
    }
}
