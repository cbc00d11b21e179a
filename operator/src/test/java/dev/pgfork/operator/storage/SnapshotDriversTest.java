package dev.pgfork.operator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.storage.SnapshotDrivers.Atomicity;
import dev.pgfork.operator.storage.SnapshotDrivers.Sharing;
import dev.pgfork.operator.storage.SnapshotDrivers.Traits;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnapshotDriversTest {
    @ParameterizedTest
    @CsvSource({
        "btrfs.csi.pgfork.dev,          Atomic,    Shared",
        "rbd.csi.ceph.com,              Atomic,    Shared",
        "storage.rbd.csi.ceph.com,      Atomic,    Shared",
        "ebs.csi.aws.com,               Atomic,    Copied",
        "hostpath.csi.k8s.io,           NotAtomic, Copied",
        "nfs.csi.k8s.io,                NotAtomic, Copied",
        "otherrbd.csi.ceph.com,         Unknown,   Unknown",
        "disks.example,                 Unknown,   Unknown",
    })
    void knows(String driver, Atomicity atomicity, Sharing sharing) {
        assertThat(new SnapshotDrivers(Map.of()).traits(driver)).isEqualTo(new Traits(driver, atomicity, sharing));
    }

    @Test
    void believesWhoeverRunsTheCluster() {
        var drivers =
                new SnapshotDrivers(Map.of("disks.example", Atomicity.Atomic, "rbd.csi.ceph.com", Atomicity.NotAtomic));
        assertThat(drivers.traits("disks.example").atomicity()).isEqualTo(Atomicity.Atomic);
        assertThat(drivers.traits("rbd.csi.ceph.com"))
                .isEqualTo(new Traits("rbd.csi.ceph.com", Atomicity.NotAtomic, Sharing.Shared));
    }
}
