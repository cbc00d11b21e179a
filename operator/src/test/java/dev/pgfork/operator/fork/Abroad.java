package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.ForkSource;
import dev.pgfork.api.v1alpha1.PostgresForkSpec;
import dev.pgfork.operator.storage.HandOver.Handle;
import dev.pgfork.operator.storage.SnapshotState;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContentBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContentSpecBuilder;
import java.util.List;
import java.util.Optional;

/** What there is of a fork in preview whose source is in prod. */
final class Abroad {
    static final String TAKEN = "pr-42-g1-cut1-" + ForkWorld.UID;

    private Abroad() {}

    static ForkWorld abroad(ForkWorld world) {
        world.fork.getMetadata().setNamespace("preview");
        return from(world, new ForkSource(null, "shop", "prod"));
    }

    static ForkWorld from(ForkWorld world, ForkSource source) {
        var old = world.fork.getSpec();
        world.fork.setSpec(new PostgresForkSpec(
                old.image(),
                old.storage(),
                old.resources(),
                old.parameters(),
                old.pod(),
                old.service(),
                source,
                old.checkpoint(),
                old.ttl(),
                old.suspend(),
                old.resetAt(),
                old.sanitize(),
                old.access(),
                old.forks()));
        return world;
    }

    /** Its snapshot does not say of which volume it is: drivers need not. */
    static void withoutVolume(ForkWorld world) {
        var handle = ForkFacts.HANDLE;
        var unsaid = new Handle(handle.driver(), handle.handle(), handle.className(), handle.volumeMode(), null);
        world.snapshot = world.snapshot.map(taken -> new SnapshotState(
                taken.object(), taken.cutTime(), taken.readyToUse(), taken.restoreSize(), taken.error(), unsaid));
    }

    /** What stands for the snapshot in the fork's namespace. */
    static ForkWorld handedOver(ForkWorld world, boolean ready) {
        var object = new VolumeSnapshotBuilder()
                .withMetadata(new ObjectMetaBuilder(ForkFacts.meta("pr-42-g1-cut1"))
                        .withNamespace("preview")
                        .build())
                .build();
        world.handedOver = Optional.of(new SnapshotState(object, null, ready, null, null, ForkFacts.HANDLE));
        return belongings(world, List.of(content()));
    }

    /**
     * @param content what it is bound to; empty: to nothing yet, {@code going}: it is deleted, {@code missing}: there
     *     is none
     * @param here whether a VolumeSnapshot that is not ready stands for it
     */
    static ForkWorld between(ForkWorld world, String content, boolean here) {
        world.handedOver = Optional.empty();
        if (here) {
            handedOver(world, false);
            world.handedOver.orElseThrow().object().getMetadata().setUid("uid-of-it");
        }
        if (content.equals("missing")) {
            return belongings(world, List.of());
        }
        var standsFor = content();
        if (content.equals("going")) {
            standsFor.getMetadata().setDeletionTimestamp(ForkWorld.START.toString());
        }
        standsFor.setSpec(new VolumeSnapshotContentSpecBuilder()
                .withNewVolumeSnapshotRef()
                .withUid(content.isEmpty() ? null : content)
                .endVolumeSnapshotRef()
                .build());
        return belongings(world, List.of(standsFor));
    }

    /** Nothing stands for it any more. */
    static ForkWorld takenBack(ForkWorld world, boolean contentRemains) {
        world.handedOver = Optional.empty();
        return belongings(world, contentRemains ? List.of(content()) : List.of());
    }

    private static VolumeSnapshotContent content() {
        return new VolumeSnapshotContentBuilder()
                .withMetadata(new ObjectMetaBuilder(ForkFacts.meta(TAKEN))
                        .withNamespace(null)
                        .build())
                .build();
    }

    private static ForkWorld belongings(ForkWorld world, List<VolumeSnapshotContent> handOvers) {
        world.belongings = new Belongings(
                world.statefulSet.stream().toList(),
                world.pod.stream().toList(),
                world.volume.stream().toList(),
                world.handedOver.map(SnapshotState::object).stream().toList(),
                world.config.stream().toList(),
                handOvers,
                world.snapshot.map(SnapshotState::object).stream().toList());
        return world;
    }
}
