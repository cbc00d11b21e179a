package dev.pgfork.operator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotBuilder;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContentBuilder;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnapshotsTest {
    private static final Owner FORK = new Owner("pgfork.dev/v1alpha1", "PostgresFork", "prod", "pr-42", "uid-of-fork");
    private static final Instant CUT = Instant.parse("2026-11-21T10:00:00.123456789Z");
    private static final VolumeSnapshot NEW = new VolumeSnapshotBuilder(
                    Snapshots.snapshot(FORK, "cut", "shop-g1", "usual"))
            .editMetadata()
            .withUid("uid-of-cut")
            .endMetadata()
            .build();
    private static final VolumeSnapshotContent ITS_CONTENT = content("content-1", "prod", "cut", "uid-of-cut");

    @Test
    void isOfTheClaimAndClassAndGoesWithTheFork() {
        assertThat(NEW.getSpec().getSource().getPersistentVolumeClaimName()).isEqualTo("shop-g1");
        assertThat(NEW.getSpec().getVolumeSnapshotClassName()).isEqualTo("usual");
        assertThat(NEW.getMetadata().getLabels()).containsAllEntriesOf(Labels.of(FORK));
        assertThat(FORK.owns(NEW)).isTrue();
        assertThat(Snapshots.describe(NEW)).isEqualTo("VolumeSnapshot prod/cut");
    }

    @Test
    void nothingIsKnownOfANewOne() {
        assertThat(Snapshots.contentName(NEW)).isEmpty();
        assertThat(Snapshots.state(NEW, Optional.empty()))
                .isEqualTo(new SnapshotState(NEW, null, false, null, null, null));
    }

    @Test
    void theCutIsKnownToTheNanosecondBeforeItIsReady() {
        var state = Snapshots.state(bound(false), Optional.of(ITS_CONTENT));
        assertThat(state.cutTime()).isEqualTo(CUT);
        assertThat(state.readyToUse()).isFalse();
    }

    @Test
    void aReadyOneTellsTheLeastSizeOfAVolume() {
        assertThat(Snapshots.contentName(bound(true))).contains("content-1");
        var state = Snapshots.state(bound(true), Optional.of(ITS_CONTENT));
        assertThat(state.readyToUse()).isTrue();
        assertThat(state.restoreSize()).isEqualTo(new Quantity("1073741824"));
        assertThat(state.error()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "content-2, prod,  cut,   uid-of-cut",
        "content-1, other, cut,   uid-of-cut",
        "content-1, prod,  other, uid-of-cut",
        "content-1, prod,  cut,   uid-of-another",
    })
    void contentThatIsNotBoundBothWaysIsNotBelieved(String name, String namespace, String snapshot, String uid) {
        var state = Snapshots.state(bound(true), Optional.of(content(name, namespace, snapshot, uid)));
        assertThat(state.cutTime()).isNull();
        assertThat(state.readyToUse()).isFalse();
        assertThat(state.restoreSize()).isNull();
    }

    @Test
    void aSnapshotWhoseContentWasNotFoundIsNotBelieved() {
        assertThat(Snapshots.state(bound(true), Optional.empty()).readyToUse()).isFalse();
    }

    @Test
    void theStoragesErrorIsTold() {
        var failing = new VolumeSnapshotBuilder(NEW)
                .withNewStatus()
                .withNewError("no space left", null)
                .endStatus()
                .build();
        assertThat(Snapshots.state(failing, Optional.empty()).error()).isEqualTo("no space left");
        var content = new VolumeSnapshotContentBuilder(ITS_CONTENT)
                .editStatus()
                .withNewError("driver is away", null)
                .endStatus()
                .build();
        assertThat(Snapshots.state(bound(false), Optional.of(content)).error()).isEqualTo("driver is away");
    }

    /** wanted, restored at least to (unset: not said), size of the volume; the source asked for 20Gi and got 20.5Gi. */
    @ParameterizedTest
    @CsvSource({
        "    ,  20Gi,        20Gi",
        "    ,  21Gi,        21Gi",
        "    ,  19Gi,        20Gi",
        "    ,  ,            20.5Gi",
        "20Gi,  ,            20.5Gi",
        "50Gi,  21474836480, 50Gi",
        "50Gi,  ,            50Gi",
        "21G,   20Gi,        20Gi",
    })
    void aVolumeIsAsLargeAsWantedAndAsTheStorageNeeds(
            @Nullable String wanted, @Nullable String restoreSize, String size) {
        assertThat(Snapshots.volumeSize(quantity(wanted), source(), quantity(restoreSize)))
                .isEqualTo(new Quantity(size));
    }

    @Test
    void lessThanTheSourceAskedForIsTooSmall() {
        assertThat(Snapshots.tooSmall(new Quantity("19Gi"), source()).orElseThrow())
                .contains("19Gi", "20Gi", "leave it out");
        assertThat(Snapshots.tooSmall(new Quantity("20Gi"), source()))
                .as("the storage has rounded the source up")
                .isEmpty();
        assertThat(Snapshots.tooSmall(new Quantity("20480Mi"), source())).isEmpty();
        assertThat(Snapshots.tooSmall(null, source())).isEmpty();
    }

    private static SourceVolume source() {
        return new SourceVolume(
                "shop-g1", new Quantity("20Gi"), new Quantity("20.5Gi"), "fast", "disks.example", "volume-7");
    }

    private static @Nullable Quantity quantity(@Nullable String text) {
        return text == null ? null : new Quantity(text);
    }

    private static VolumeSnapshot bound(boolean ready) {
        return new VolumeSnapshotBuilder(NEW)
                .withNewStatus()
                .withBoundVolumeSnapshotContentName("content-1")
                .withReadyToUse(ready)
                .endStatus()
                .build();
    }

    private static VolumeSnapshotContent content(String name, String namespace, String snapshot, String uid) {
        return new VolumeSnapshotContentBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNewVolumeSnapshotRef()
                .withNamespace(namespace)
                .withName(snapshot)
                .withUid(uid)
                .endVolumeSnapshotRef()
                .endSpec()
                .withNewStatus()
                .withCreationTime(CUT.getEpochSecond() * 1_000_000_000L + CUT.getNano())
                .withRestoreSize(1073741824L)
                .endStatus()
                .build();
    }
}
