package dev.pgfork.operator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.storage.SnapshotClassChoice.Chosen;
import dev.pgfork.operator.storage.SnapshotClassChoice.Missing;
import dev.pgfork.operator.storage.SnapshotClassChoice.Wrong;
import dev.pgfork.operator.storage.SnapshotDrivers.Atomicity;
import dev.pgfork.operator.storage.SnapshotDrivers.Sharing;
import dev.pgfork.operator.storage.SnapshotDrivers.Traits;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClass;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClassBuilder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SnapshotClassesTest {
    private static final SourceVolume SOURCE = new SourceVolume(
            "shop-g1", new Quantity("20Gi"), new Quantity("20Gi"), "fast", "disks.example", "volume-7");
    private static final VolumeSnapshotClass PLAIN = snapshotClass("plain", "disks.example");
    private static final SnapshotClasses CLASSES = new SnapshotClasses(new SnapshotDrivers(Map.of()));
    private static final VolumeSnapshotClass DEFAULT = byDefault("usual", "disks.example");
    private static final VolumeSnapshotClass SECOND_DEFAULT = byDefault("newer", "disks.example");
    private static final VolumeSnapshotClass OTHERS_DEFAULT = byDefault("other", "files.example");

    @Test
    void takesTheDefaultOfTheVolumesDriver() {
        assertThat(choose(null, PLAIN, DEFAULT, OTHERS_DEFAULT)).isEqualTo(chosen("usual"));
    }

    @Test
    void takesTheOnlyOneOfTheVolumesDriver() {
        assertThat(choose(null, PLAIN, OTHERS_DEFAULT)).isEqualTo(chosen("plain"));
    }

    @Test
    void takesTheOneThatIsNamed() {
        assertThat(choose("plain", PLAIN, DEFAULT)).isEqualTo(chosen("plain"));
        assertThat(choose("usual", DEFAULT, SECOND_DEFAULT)).isEqualTo(chosen("usual"));
    }

    @Test
    void waitsForAClassOfTheDriver() {
        missing(choose(null, OTHERS_DEFAULT), "NoSnapshotClass", "disks.example", "shop-g1");
    }

    @Test
    void waitsForTheNamedClass() {
        missing(choose("fast", DEFAULT), "NoSnapshotClass", "VolumeSnapshotClass fast", "disks.example");
    }

    @Test
    void doesNotChooseAmongSeveralWithoutADefault() {
        missing(
                choose(null, PLAIN, snapshotClass("another", "disks.example")),
                "NoSnapshotClass",
                "another, plain",
                "storage.volumeSnapshotClassName");
    }

    @Test
    void doesNotChooseAmongTwoDefaults() {
        wrong(choose(null, DEFAULT, SECOND_DEFAULT), "AmbiguousSnapshotClass", "newer, usual", "is-default-class");
    }

    @Test
    void refusesTheClassOfAnotherDriver() {
        wrong(
                choose("other", DEFAULT, OTHERS_DEFAULT),
                "WrongSnapshotClassDriver",
                "VolumeSnapshotClass other",
                "files.example",
                "disks.example",
                "shop-g1");
    }

    @Test
    void refusesAClassThatKeepsSnapshotsForEver() {
        var keeps = new VolumeSnapshotClassBuilder(DEFAULT)
                .withDeletionPolicy("Retain")
                .build();
        wrong(choose(null, keeps), "SnapshotClassRetains", "usual", "deletionPolicy Delete");
        wrong(choose("usual", keeps), "SnapshotClassRetains", "usual");
    }

    @Test
    void refusesADriverWhoseSnapshotsAreNotOfOneInstant() {
        var untrusted = new SnapshotClasses(new SnapshotDrivers(Map.of(SOURCE.driver(), Atomicity.NotAtomic)));
        wrong(untrusted.choose(SOURCE, null, List.of(DEFAULT)), "SnapshotsNotAtomic", SOURCE.driver(), "shop-g1");
    }

    @Test
    void refusesAVolumeWithoutACsiDriver() {
        var local = new SourceVolume("shop-g1", new Quantity("1Gi"), new Quantity("1Gi"), null, null, null);
        wrong(CLASSES.choose(local, null, List.of(DEFAULT)), "NotACsiVolume", "shop-g1");
    }

    @Test
    void saysWhatToInstall() {
        missing(SnapshotClasses.notInstalled(), "SnapshotsNotInstalled", "external-snapshotter");
    }

    private static SnapshotClassChoice choose(@Nullable String wanted, VolumeSnapshotClass... classes) {
        return CLASSES.choose(SOURCE, wanted, List.of(classes));
    }

    private static Chosen chosen(String name) {
        return new Chosen(name, new Traits("disks.example", Atomicity.Unknown, Sharing.Unknown));
    }

    private static void missing(SnapshotClassChoice choice, String reason, String... words) {
        assertThat(choice).isInstanceOfSatisfying(Missing.class, missing -> {
            assertThat(missing.reason()).isEqualTo(reason);
            assertThat(missing.message()).contains(words);
        });
    }

    private static void wrong(SnapshotClassChoice choice, String reason, String... words) {
        assertThat(choice).isInstanceOfSatisfying(Wrong.class, wrong -> {
            assertThat(wrong.reason()).isEqualTo(reason);
            assertThat(wrong.message()).contains(words);
        });
    }

    private static VolumeSnapshotClass snapshotClass(String name, String driver) {
        return new VolumeSnapshotClassBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withDriver(driver)
                .withDeletionPolicy("Delete")
                .build();
    }

    private static VolumeSnapshotClass byDefault(String name, String driver) {
        return new VolumeSnapshotClassBuilder(snapshotClass(name, driver))
                .editMetadata()
                .addToAnnotations("snapshot.storage.kubernetes.io/is-default-class", "true")
                .endMetadata()
                .build();
    }
}
