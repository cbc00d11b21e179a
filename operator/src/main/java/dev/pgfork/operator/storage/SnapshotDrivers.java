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

    /** What is known of one driver. */
    public record Traits(Atomicity atomicity, Sharing sharing) {}

    /** @param name of a driver, or the end of it: some deployments put a namespace before it */
    private record Known(String name, Traits traits) {
        boolean is(String driver) {
            return driver.equals(name) || driver.endsWith("." + name);
        }
    }

    private static final Traits SHARED = new Traits(Atomicity.Atomic, Sharing.Shared);
    private static final Traits COPIED = new Traits(Atomicity.Atomic, Sharing.Copied);
    private static final Traits ARCHIVED = new Traits(Atomicity.NotAtomic, Sharing.Copied);
    private static final Traits UNKNOWN = new Traits(Atomicity.Unknown, Sharing.Unknown);

    private static final List<Known> ALL = List.of(
            new Known("btrfs.csi.pgfork.dev", SHARED),
            new Known("rbd.csi.ceph.com", SHARED),
            new Known("topolvm.io", SHARED),
            new Known("zfs.csi.openebs.io", SHARED),
            new Known("local.csi.openebs.io", SHARED),
            new Known("driver.longhorn.io", new Traits(Atomicity.Atomic, Sharing.Unknown)),
            new Known("ebs.csi.aws.com", COPIED),
            new Known("disk.csi.azure.com", COPIED),
            // Both archive the live directory with tar.
            new Known("hostpath.csi.k8s.io", ARCHIVED),
            new Known("nfs.csi.k8s.io", ARCHIVED));

    private final Map<String, Atomicity> overrides;

    /** @param overrides by the exact name of the driver */
    public SnapshotDrivers(Map<String, Atomicity> overrides) {
        this.overrides = new HashMap<>(overrides);
    }

    /** @return all unknown for a driver that nobody told of */
    public Traits traits(String driver) {
        var known = ALL.stream()
                .filter(each -> each.is(driver))
                .map(Known::traits)
                .findFirst()
                .orElse(UNKNOWN);
        return new Traits(overrides.getOrDefault(driver, known.atomicity()), known.sharing());
    }
}
