package dev.pgfork.operator.mock;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** The storage: volumes by the uid of their claim, snapshots by handle. */
final class Disks {
    private final Map<String, Disk> volumes = new ConcurrentHashMap<>();
    private final Map<String, Disk> snapshots = new ConcurrentHashMap<>();

    void create(String claimUid, Disk content) {
        volumes.putIfAbsent(claimUid, content);
    }

    Optional<Disk> volume(String claimUid) {
        return Optional.ofNullable(volumes.get(claimUid));
    }

    void write(String claimUid, UnaryOperator<Disk> change) {
        volumes.computeIfPresent(claimUid, (uid, disk) -> change.apply(disk));
    }

    void cut(String claimUid, String handle) {
        volume(claimUid).ifPresent(disk -> snapshots.putIfAbsent(handle, disk));
    }

    Optional<Disk> snapshot(String handle) {
        return Optional.ofNullable(snapshots.get(handle));
    }

    void dropVolume(String claimUid) {
        volumes.remove(claimUid);
    }

    void dropSnapshot(String handle) {
        snapshots.remove(handle);
    }

    int volumes() {
        return volumes.size();
    }

    int snapshots() {
        return snapshots.size();
    }
}
