package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds what stands where an instance wants to put its objects. The API server is asked, since caches show only what
 * pgfork made; so this is for resources that have not claimed their name yet.
 */
final class NameConflicts {
    private final ObjectReader objects;

    NameConflicts(ObjectReader objects) {
        this.objects = objects;
    }

    /** @return for people: the first object in the way, and whose it is */
    Optional<String> find(Owner owner, InstanceNames names) {
        var claim = objects.getUncached(Service.class, owner.namespace(), names.claimService());
        if (claim.isPresent()) {
            // The owner's own: the cache has not heard of it yet.
            return claim.filter(service -> !owner.owns(service)).map(service -> describe(owner, service));
        }
        return places(owner, names)
                .flatMap(place -> objects.getUncached(place.type(), owner.namespace(), place.name()).stream())
                .filter(object -> !owner.owns(object))
                .filter(object -> !(InstanceTemplate.isDatabase(owner) && isEarlierVolume(owner, object)))
                .findFirst()
                .map(object -> describe(owner, object));
    }

    /** Where an object of the instance will be. */
    private record Place(Class<? extends HasMetadata> type, String name) {}

    private static Stream<Place> places(Owner owner, InstanceNames names) {
        return Stream.of(
                        Stream.of(new Place(Service.class, names.service())),
                        InstanceTemplate.isDatabase(owner)
                                ? Stream.of(new Place(Service.class, names.readOnlyService()))
                                : Stream.<Place>empty(),
                        Stream.of(
                                        names.authoritySecret(),
                                        names.tlsSecret(),
                                        names.rolesSecret(),
                                        names.appSecret(),
                                        names.superuserSecret())
                                .map(name -> new Place(Secret.class, name)),
                        Stream.of(
                                new Place(StatefulSet.class, names.generationName()),
                                new Place(PersistentVolumeClaim.class, names.generationName())))
                .flatMap(places -> places);
    }

    /** A database tells an earlier one's volume from a stranger's, and has a better answer to it. */
    private static boolean isEarlierVolume(Owner owner, HasMetadata volume) {
        return owner.name().equals(annotations(volume).get(Labels.VOLUME_DATABASE));
    }

    private static String describe(Owner owner, HasMetadata object) {
        var meta = object.getMetadata();
        return "%s %s/%s is in the way: it %s. Choose another name, or delete it if nobody needs it"
                .formatted(object.getKind(), meta.getNamespace(), meta.getName(), belonging(owner, object));
    }

    private static String belonging(Owner owner, HasMetadata object) {
        var holder = object.getMetadata().getOwnerReferences().stream()
                .filter(reference -> Boolean.TRUE.equals(reference.getController()))
                .findFirst();
        if (holder.isPresent()) {
            return "belongs to " + describe(owner, holder.get());
        }
        var database = annotations(object).get(Labels.VOLUME_DATABASE);
        return database == null
                ? "was not made by pgfork for this resource"
                : "holds the data of an earlier PostgresDatabase " + database;
    }

    private static String describe(Owner owner, OwnerReference holder) {
        var same = holder.getKind().equals(owner.kind()) && holder.getName().equals(owner.name());
        return same
                ? "an earlier %s %s, and goes with it".formatted(holder.getKind(), holder.getName())
                : holder.getKind() + " " + holder.getName();
    }

    private static Map<String, String> annotations(HasMetadata object) {
        return Optional.ofNullable(object.getMetadata().getAnnotations()).orElse(Map.of());
    }
}
