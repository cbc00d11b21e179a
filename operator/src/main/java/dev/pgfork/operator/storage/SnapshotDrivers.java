package dev.pgfork.operator.storage;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of the snapshots of CSI drivers, which cannot be asked: whether a snapshot is one instant of the
 * volume, and whether a volume made from it shares its blocks. From the documentation and the source of the drivers;
 * whoever runs a cluster may know better and says so in the operator's configuration.
 */
public final class SnapshotDrivers {

    /** Whether a snapshot of a busy volume is one instant of it. A copy of many instants is silently corrupt. */
    public enum Atomicity {
        Atomic,
        NotAtomic,
        Unknown
    }

    /** Whether a volume made from a snapshot shares its blocks instead of copying them. */
    public enum Sharing {
        Shared,
        Copied,
        Unknown
    }

    /** What is known of one driver, by its name. */
    public record Traits(String driver, Atomicity atomicity, Sharing sharing) {}

    /** @param name of a driver, or the end of it: some deployments put a namespace before it */
    private record Known(String name, Atomicity atomicity, Sharing sharing) {
        boolean is(String driver) {
            return driver.equals(name) || driver.endsWith("." + name);
        }
    }

    private static final List<Known> ALL = List.of(
            new Known("btrfs.csi.pgfork.dev", Atomicity.Atomic, Sharing.Shared),
            new Known("rbd.csi.ceph.com", Atomicity.Atomic, Sharing.Shared),
            new Known("topolvm.io", Atomicity.Atomic, Sharing.Shared),
            new Known("zfs.csi.openebs.io", Atomicity.Atomic, Sharing.Shared),
            new Known("local.csi.openebs.io", Atomicity.Atomic, Sharing.Shared),
            new Known("driver.longhorn.io", Atomicity.Atomic, Sharing.Unknown),
            new Known("ebs.csi.aws.com", Atomicity.Atomic, Sharing.Copied),
            new Known("disk.csi.azure.com", Atomicity.Atomic, Sharing.Copied),
            // Both archive the live directory with tar.
            new Known("hostpath.csi.k8s.io", Atomicity.NotAtomic, Sharing.Copied),
            new Known("nfs.csi.k8s.io", Atomicity.NotAtomic, Sharing.Copied));

    private final Map<String, Atomicity> overrides;

    /** @param overrides by the exact name of the driver */
    public SnapshotDrivers(Map<String, Atomicity> overrides) {
        this.overrides = new HashMap<>(overrides);
    }

    /** @return all unknown for a driver that nobody told of */
    public Traits traits(String driver) {
        var known = ALL.stream()
                .filter(each -> each.is(driver))
                .findFirst()
                .orElse(new Known(driver, Atomicity.Unknown, Sharing.Unknown));
        return new Traits(driver, overrides.getOrDefault(driver, known.atomicity()), known.sharing());
    }
}
