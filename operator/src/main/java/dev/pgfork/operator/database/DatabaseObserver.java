package dev.pgfork.operator.database;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceObservation;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.ForkSafety;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Looks at everything that decides about a database; changes nothing. */
public final class DatabaseObserver {
    private final ObjectReader objects;
    private final InstanceObserver instances;
    private final Server server;

    public DatabaseObserver(ObjectReader objects, InstanceObserver instances, Server server) {
        this.objects = objects;
        this.instances = instances;
        this.server = server;
    }

    /** @param now for the age of objects */
    public DatabaseObservation observe(PostgresDatabase resource, Instant now) {
        var template = DatabaseResources.template(resource);
        var instance = instances.observe(template.owner(), template.generation(), Optional.of(template), false);
        return new DatabaseObservation(
                instance,
                retainedVolumes(template.owner()),
                instance.serves(template) ? Optional.empty() : instances.diagnose(instance, now),
                safety(instance, template),
                objects.forksOf(template.owner().namespace(), template.owner().name())
                        .size());
    }

    private List<String> retainedVolumes(Owner owner) {
        return objects.list(PersistentVolumeClaim.class, owner.namespace(), Map.of()).stream()
                .filter(claim -> !owner.owns(claim))
                .filter(claim -> owner.name().equals(annotations(claim).get(Labels.VOLUME_DATABASE)))
                .map(claim -> claim.getMetadata().getName())
                .sorted()
                .toList();
    }

    private Looked<ForkSafety> safety(InstanceObservation instance, InstanceTemplate template) {
        if (!instance.serves(template)) {
            return new Looked.Absent<>();
        }
        try {
            return Credentials.address(instance.pod(), instance.tls(), instance.roles())
                    .<Looked<ForkSafety>>map(address -> new Looked.Found<>(server.forkSafety(address)))
                    .orElseGet(Looked.Absent::new);
        } catch (ServerException e) {
            return new Looked.Unknown<>(String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, String> annotations(PersistentVolumeClaim claim) {
        return Objects.requireNonNullElse(claim.getMetadata().getAnnotations(), Map.of());
    }
}
