package dev.pgfork.operator.standby;

import dev.pgfork.api.v1alpha1.StorageSpec;
import dev.pgfork.operator.status.Wait;
import dev.pgfork.operator.storage.SnapshotClassChoice.Chosen;
import dev.pgfork.operator.storage.SnapshotClassChoice.Missing;
import dev.pgfork.operator.storage.SnapshotClassChoice.Wrong;
import dev.pgfork.operator.storage.Snapshots;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Optional;
import java.util.Set;

/**
 * How a follower's volume is made. Storage that cannot snapshot, or not at one instant, is no reason to refuse: a
 * follower can also stream a full copy. What a person got wrong is one.
 */
sealed interface CopyMethod {

    /** Wrong choices of a class that are the storage's fault, and nobody's mistake. */
    Set<String> CANNOT_SNAPSHOT = Set.of("NotACsiVolume", "SnapshotsNotAtomic");

    /** Copy-on-write. */
    record Snapshot(Chosen choice) implements CopyMethod {}

    /** @param why no snapshot is taken, for people */
    record BaseBackup(String why) implements CopyMethod {}

    record NotYet(Wait missing) implements CopyMethod {}

    record Refused(String reason, String message) implements CopyMethod {}

    static CopyMethod of(StandbySpec spec, LeaderInstance leader, CopySource source) {
        if (source.volume().isEmpty() || source.snapshotClass().isEmpty()) {
            return new NotYet(Wait.forReason("LeaderNotReady", "The primary has no bound volume yet"));
        }
        if (source.otherDriver().isPresent()) {
            return new BaseBackup(
                    "its StorageClass is of driver " + source.otherDriver().get() + ", which the primary's is not");
        }
        var storage = Optional.ofNullable(spec.block().storage());
        var named = leader.template().volumeSnapshotClassName() != null
                || storage.map(StorageSpec::volumeSnapshotClassName).isPresent();
        return switch (source.snapshotClass().get()) {
            case Chosen choice ->
                Snapshots.tooSmall(
                                storage.map(StorageSpec::size)
                                        .map(Quantity::new)
                                        .orElse(null),
                                source.volume().get())
                        .<CopyMethod>map(message -> new Refused("StorageSmaller", "spec." + message))
                        .orElseGet(() -> new Snapshot(choice));
            case Missing(String reason, String message) ->
                named ? new NotYet(Wait.forReason(reason, message)) : new BaseBackup(message);
            case Wrong(String reason, String message) ->
                CANNOT_SNAPSHOT.contains(reason) ? new BaseBackup(message) : new Refused(reason, message);
        };
    }
}
