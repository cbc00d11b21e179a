package dev.pgfork.operator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourceVolumeTest {

    @Test
    void isWhatClaimAndVolumeSayTogether() {
        assertThat(SourceVolume.of(claim("pv-1"), volume("uid-of-claim")))
                .contains(new SourceVolume(
                        "shop-g1", new Quantity("20Gi"), new Quantity("21Gi"), "fast", "disks.example", "volume-7"));
    }

    @Test
    void hasNoDriverWithoutCsi() {
        var local = new PersistentVolumeBuilder(volume("uid-of-claim"))
                .editSpec()
                .withCsi(null)
                .endSpec()
                .build();
        assertThat(SourceVolume.of(claim("pv-1"), local).orElseThrow().driver()).isNull();
    }

    @Test
    void isUnknownWhileTheTwoAreNotBoundToEachOther() {
        assertThat(SourceVolume.of(claim("pv-2"), volume("uid-of-claim"))).isEmpty();
        assertThat(SourceVolume.of(claim("pv-1"), volume("uid-of-an-earlier-claim")))
                .isEmpty();
        var free = new PersistentVolumeBuilder(volume("uid-of-claim"))
                .editSpec()
                .withClaimRef(null)
                .endSpec()
                .build();
        assertThat(SourceVolume.of(claim("pv-1"), free)).isEmpty();
    }

    private static PersistentVolumeClaim claim(String volume) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("shop-g1")
                .withUid("uid-of-claim")
                .endMetadata()
                .withNewSpec()
                .withVolumeName(volume)
                .withStorageClassName("fast")
                .withNewResources()
                .withRequests(Map.of("storage", new Quantity("20Gi")))
                .endResources()
                .endSpec()
                .build();
    }

    private static PersistentVolume volume(String claimUid) {
        return new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("pv-1")
                .endMetadata()
                .withNewSpec()
                .addToCapacity("storage", new Quantity("21Gi"))
                .withNewClaimRef()
                .withUid(claimUid)
                .endClaimRef()
                .withNewCsi()
                .withDriver("disks.example")
                .withVolumeHandle("volume-7")
                .endCsi()
                .endSpec()
                .build();
    }
}
