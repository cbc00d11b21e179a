package dev.pgfork.operator.cut;

import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceNames;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import dev.pgfork.operator.postgres.ServerAddress;
import dev.pgfork.operator.storage.SnapshotClassChoice;
import dev.pgfork.operator.storage.SnapshotClasses;
import dev.pgfork.operator.storage.SnapshotState;
import dev.pgfork.operator.storage.Snapshots;
import dev.pgfork.operator.storage.SourceVolume;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClass;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks at the instance that is copied: its volume, its server, and what its storage offers. */
public final class SourceObserver {
    private final ObjectReader objects;
    private final Server server;
    private final SnapshotClasses snapshotClasses;

    public SourceObserver(ObjectReader objects, Server server, SnapshotClasses snapshotClasses) {
        this.objects = objects;
        this.server = server;
        this.snapshotClasses = snapshotClasses;
    }

    /** @return empty: there is none, or it is not bound yet */
    public Optional<SourceVolume> volume(String namespace, InstanceNames source) {
        return objects.get(PersistentVolumeClaim.class, namespace, source.generationName())
                .filter(claim -> claim.getSpec().getVolumeName() != null)
                .flatMap(claim -> objects.getUncached(
                                PersistentVolume.class, null, claim.getSpec().getVolumeName())
                        .flatMap(volume -> SourceVolume.of(claim, volume)));
    }

    /** @param wanted name of the class; {@code null}: the default of the volume's driver */
    public SnapshotClassChoice snapshotClass(SourceVolume volume, @Nullable String wanted) {
        return objects.isServed(VolumeSnapshot.class)
                ? snapshotClasses.choose(volume, wanted, objects.listUncached(VolumeSnapshotClass.class, null))
                : SnapshotClasses.notInstalled();
    }

    public Optional<ServerAddress> address(String namespace, InstanceNames names) {
        return Credentials.address(
                objects.get(Pod.class, namespace, names.pod()),
                objects.get(Secret.class, namespace, names.tlsSecret()),
                objects.get(Secret.class, namespace, names.rolesSecret()));
    }

    /** Only the very server of the source counts: at its pod's address somebody else may answer by now. */
    public Looked<ForkSafety> safety(Owner source, Optional<ServerAddress> address) {
        if (address.isEmpty()) {
            return new Looked.Absent<>();
        }
        try {
            var facts = server.forkSafety(address.get());
            return facts.uid().equals(source.uid())
                    ? new Looked.Found<>(facts)
                    : new Looked.Unknown<>("another server answers at " + address.get());
        } catch (ServerException e) {
            return new Looked.Unknown<>(String.valueOf(e.getMessage()));
        }
    }

    /**
     * The driver that a new volume of a StorageClass would be of.
     *
     * @return empty: there is no such class, or it cannot be seen
     */
    public Optional<String> driverOf(String storageClass) {
        return objects.getUncached(StorageClass.class, null, storageClass).map(StorageClass::getProvisioner);
    }

    public Optional<SnapshotState> snapshot(String namespace, String name) {
        return objects.isServed(VolumeSnapshot.class)
                ? objects.get(VolumeSnapshot.class, namespace, name).map(this::state)
                : Optional.empty();
    }

    private SnapshotState state(VolumeSnapshot snapshot) {
        var content =
                Snapshots.contentName(snapshot).flatMap(name -> objects.get(VolumeSnapshotContent.class, null, name));
        return Snapshots.state(snapshot, content);
    }
}
