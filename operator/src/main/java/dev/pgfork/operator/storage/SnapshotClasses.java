package dev.pgfork.operator.storage;

import dev.pgfork.operator.storage.SnapshotClassChoice.Chosen;
import dev.pgfork.operator.storage.SnapshotClassChoice.Missing;
import dev.pgfork.operator.storage.SnapshotClassChoice.Wrong;
import dev.pgfork.operator.storage.SnapshotDrivers.Atomicity;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClass;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the VolumeSnapshotClass of a cut, of a driver whose snapshots can be trusted. The snapshot controller would
 * choose one, too, but says only in an event why it could not.
 */
public final class SnapshotClasses {
    /** As the snapshot controller defines it: one default class per driver. */
    private static final String DEFAULT = "snapshot.storage.kubernetes.io/is-default-class";

    /** The class whose snapshots outlive their VolumeSnapshot. */
    private static final String RETAIN = "Retain";

    private final SnapshotDrivers drivers;

    public SnapshotClasses(SnapshotDrivers drivers) {
        this.drivers = drivers;
    }

    /** For a cluster that does not know the kind VolumeSnapshotClass. */
    public static SnapshotClassChoice notInstalled() {
        return new Missing(
                "SnapshotsNotInstalled",
                "This cluster does not know VolumeSnapshots. Install the CRDs and the snapshot controller of"
                        + " kubernetes-csi/external-snapshotter");
    }

    /**
     * Chooses a class.
     *
     * @param wanted named by the user; {@code null}: the default class of the volume's driver, or its only class
     * @param classes of the cluster
     */
    public SnapshotClassChoice choose(SourceVolume source, @Nullable String wanted, List<VolumeSnapshotClass> classes) {
        var driver = source.driver();
        if (driver == null) {
            return new Wrong(
                    "NotACsiVolume",
                    "PersistentVolumeClaim %s is not on a CSI volume, and only those have snapshots. Use a StorageClass of a CSI driver that has them"
                            .formatted(source.claim()));
        }
        if (drivers.traits(driver).atomicity() == Atomicity.NotAtomic) {
            return new Wrong(
                    "SnapshotsNotAtomic",
                    "Driver %s, which has the volume of PersistentVolumeClaim %s, does not snapshot a volume at one instant: a fork of a running database would be silently corrupt. Move the data to a driver with atomic snapshots"
                            .formatted(driver, source.claim()));
        }
        return wanted == null ? byDriver(source, driver, classes) : named(source, driver, wanted, classes);
    }

    private SnapshotClassChoice named(
            SourceVolume source, String driver, String wanted, List<VolumeSnapshotClass> classes) {
        var found = classes.stream().filter(each -> name(each).equals(wanted)).findFirst();
        if (found.isEmpty()) {
            return new Missing(
                    "NoSnapshotClass",
                    "There is no VolumeSnapshotClass %s. Create it for driver %s, or name another one in storage.volumeSnapshotClassName"
                            .formatted(wanted, driver));
        }
        if (!driver.equals(found.get().getDriver())) {
            return new Wrong(
                    "WrongSnapshotClassDriver",
                    "VolumeSnapshotClass %s is of driver %s, but PersistentVolumeClaim %s is a volume of driver %s. Name a class of that driver in storage.volumeSnapshotClassName"
                            .formatted(wanted, found.get().getDriver(), source.claim(), driver));
        }
        return checked(found.get());
    }

    private SnapshotClassChoice byDriver(SourceVolume source, String driver, List<VolumeSnapshotClass> classes) {
        var usable =
                classes.stream().filter(each -> driver.equals(each.getDriver())).toList();
        var defaults = usable.stream().filter(SnapshotClasses::isDefault).toList();
        if (defaults.size() > 1) {
            return new Wrong(
                    "AmbiguousSnapshotClass",
                    "VolumeSnapshotClasses %s are all default classes of driver %s. Name one in storage.volumeSnapshotClassName, or take the annotation %s from all but one"
                            .formatted(names(defaults), driver, DEFAULT));
        }
        if (defaults.size() == 1) {
            return checked(defaults.getFirst());
        }
        if (usable.size() == 1) {
            return checked(usable.getFirst());
        }
        return usable.isEmpty()
                ? new Missing(
                        "NoSnapshotClass",
                        "There is no VolumeSnapshotClass of driver %s, which has the volume of PersistentVolumeClaim %s. Create one"
                                .formatted(driver, source.claim()))
                : new Missing(
                        "NoSnapshotClass",
                        "None of the VolumeSnapshotClasses %s of driver %s is the default. Name one in storage.volumeSnapshotClassName, or annotate one with %s: \"true\""
                                .formatted(names(usable), driver, DEFAULT));
    }

    private SnapshotClassChoice checked(VolumeSnapshotClass choice) {
        return RETAIN.equals(choice.getDeletionPolicy())
                ? new Wrong(
                        "SnapshotClassRetains",
                        "VolumeSnapshotClass %s has deletionPolicy Retain: the storage would keep the snapshot of every fork for ever. Name a class with deletionPolicy Delete in storage.volumeSnapshotClassName"
                                .formatted(name(choice)))
                : new Chosen(name(choice), drivers.traits(choice.getDriver()));
    }

    private static boolean isDefault(VolumeSnapshotClass each) {
        var annotations =
                Optional.ofNullable(each.getMetadata().getAnnotations()).orElse(Map.of());
        return "true".equals(annotations.get(DEFAULT));
    }

    private static String name(VolumeSnapshotClass each) {
        return each.getMetadata().getName();
    }

    private static String names(List<VolumeSnapshotClass> classes) {
        return classes.stream().map(SnapshotClasses::name).sorted().collect(Collectors.joining(", "));
    }
}
