package dev.pgfork.operator.standby;

import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.action.CutPreparation;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.SourceVolume;
import java.util.Optional;

/**
 * The primary as what a standby's volume is made of; not looked at once there is one.
 *
 * @param volume empty: none, or not bound yet
 * @param safety what the primary's server says; Absent: not asked, or there is none
 * @param snapshotClass empty: there is no volume
 * @param otherDriver the driver of the follower's StorageClass, where that is not the primary's: no snapshot gets there
 * @param preparation how far the work before the copy is; empty: not begun
 */
public record CopySource(
        Optional<SourceVolume> volume,
        Looked<ForkSafety> safety,
        Optional<SnapshotClassChoice> snapshotClass,
        Optional<String> otherDriver,
        Optional<Progress<CutPreparation>> preparation) {

    public static final CopySource NOT_LOOKED_AT = new CopySource(
            Optional.empty(), new Looked.Absent<>(), Optional.empty(), Optional.empty(), Optional.empty());
}
