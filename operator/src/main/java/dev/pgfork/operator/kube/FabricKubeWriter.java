package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes with the fabric8 client. An object that does not carry the owner's uid is refused before anything is sent. */
public final class FabricKubeWriter implements KubeWriter {
    private static final Logger log = LoggerFactory.getLogger(FabricKubeWriter.class);

    private static final int FINALIZER_ATTEMPTS = 5;

    private final KubernetesClient client;
    private final Consumer<HasMetadata> written;

    /** @param written gets every object as the API server stored it */
    public FabricKubeWriter(KubernetesClient client, Consumer<HasMetadata> written) {
        this.client = client;
        this.written = written;
    }

    @Override
    public void create(Owner owner, HasMetadata object) {
        demandOwned(owner, object);
        try {
            written.accept(client.resource(object).create());
            log.info("created {}", name(object));
        } catch (KubernetesClientException e) {
            if (!ApiErrors.isConflict(e)) {
                throw e;
            }
            var existing = client.resource(object).get();
            if (existing == null) {
                // It went away between the two calls: the conflict is the truth, the next reconciliation tries again.
                throw e;
            }
            demandNotForeign(owner, existing);
        }
    }

    @Override
    public void apply(Owner owner, HasMetadata object) {
        demandOwned(owner, object);
        var existing = client.resource(object).get();
        if (existing == null) {
            applyNew(owner, object);
            return;
        }
        demandNotForeign(owner, existing);
        if (FieldOwnership.createdWithoutApply(existing)) {
            client.resource(existing).edit(FieldOwnership::owningByApply);
        }
        patch(object, existing.getMetadata().getUid(), true);
        log.debug("applied {}", name(object));
    }

    /**
     * Not forced: nothing can conflict with an object that is not there, so a conflict means that somebody made it
     * meanwhile, and then it must not be overwritten.
     */
    private void applyNew(Owner owner, HasMetadata object) {
        try {
            patch(object, null, false);
            log.info("created {}", name(object));
        } catch (KubernetesClientException e) {
            var existing = ApiErrors.isConflict(e) ? client.resource(object).get() : null;
            if (existing != null) {
                demandNotForeign(owner, existing);
            }
            throw e;
        }
    }

    /** @param uid of the object that must be there: the API server answers 409 if it is another one by now */
    private void patch(HasMetadata object, @Nullable String uid, boolean force) {
        var copy = client.getKubernetesSerialization().clone(object);
        copy.getMetadata().setUid(uid);
        written.accept(client.resource(copy)
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(FieldOwnership.NAME)
                        .withForce(force)
                        .build()));
    }

    @Override
    public void label(Owner owner, HasMetadata observed, String label, @Nullable String value) {
        var labels = new HashMap<String, @Nullable String>();
        labels.put(label, value);
        mark(owner, observed, "labels", labels);
    }

    @Override
    public void annotate(Owner owner, HasMetadata observed, String annotation, @Nullable String value) {
        var annotations = new HashMap<String, @Nullable String>();
        annotations.put(annotation, value);
        mark(owner, observed, "annotations", annotations);
    }

    /** @param field of the metadata; what else there is in it stays */
    private void mark(Owner owner, HasMetadata observed, String field, Map<String, ? extends @Nullable String> values) {
        demandOwned(owner, observed);
        // The API server refuses the patch if another object has the name by now.
        var patch = Map.of("metadata", Map.of("uid", demandObserved(observed), field, values));
        try {
            written.accept(patched(observed, patch));
            log.debug("set {} of {}", field, name(observed));
        } catch (KubernetesClientException e) {
            if (!ApiErrors.isNotFound(e) && !ApiErrors.isOtherUid(e)) {
                throw e;
            }
            log.debug("{} whose {} were to be set is gone already", name(observed), field);
        }
    }

    @Override
    public void grow(Owner owner, PersistentVolumeClaim observed, Quantity size) {
        demandOwned(owner, observed);
        var asks = observed.getSpec().getResources().getRequests().get("storage");
        if (Quantity.getAmountInBytes(size).compareTo(Quantity.getAmountInBytes(asks)) <= 0) {
            throw new IllegalArgumentException(
                    "%s asks for %s already, and never shrinks to %s".formatted(name(observed), asks, size));
        }
        var metadata = Map.of(
                "uid", demandObserved(observed),
                "resourceVersion", observed.getMetadata().getResourceVersion());
        var requests = Map.of("storage", size.toString());
        try {
            written.accept(patched(
                    observed, Map.of("metadata", metadata, "spec", Map.of("resources", Map.of("requests", requests)))));
            log.info("{} asks for {} now, after {}", name(observed), size, asks);
        } catch (KubernetesClientException e) {
            if (!ApiErrors.isNotFound(e) && !ApiErrors.isConflict(e)) {
                throw e;
            }
            log.debug("{} has changed meanwhile and is looked at again", name(observed));
        }
    }

    @Override
    public void addFinalizer(Owner owner, HasMetadata observed, String finalizer) {
        finalizers(owner, observed, present -> {
            if (present.getMetadata().getDeletionTimestamp() == null) {
                present.addFinalizer(finalizer);
            }
        });
    }

    @Override
    public void removeFinalizer(Owner owner, HasMetadata observed, String finalizer) {
        finalizers(owner, observed, present -> present.removeFinalizer(finalizer));
    }

    /** A list can only be replaced as a whole: upon what is there now, and only if it still is. */
    private void finalizers(Owner owner, HasMetadata observed, Consumer<HasMetadata> change) {
        demandOwned(owner, observed);
        var uid = demandObserved(observed);
        for (var attempt = 1; ; attempt++) {
            var present = client.resource(observed).get();
            if (present == null || !uid.equals(present.getMetadata().getUid())) {
                log.debug("{} whose finalizers were to be changed is gone already", name(observed));
                return;
            }
            var before = List.copyOf(present.getFinalizers());
            change.accept(present);
            if (before.equals(present.getFinalizers())) {
                return;
            }
            try {
                var patch = new HashMap<String, Object>();
                patch.put("uid", uid);
                patch.put("resourceVersion", present.getMetadata().getResourceVersion());
                patch.put("finalizers", present.getFinalizers());
                written.accept(patched(observed, Map.of("metadata", patch)));
                log.info("changed the finalizers of {} from {} to {}", name(observed), before, present.getFinalizers());
                return;
            } catch (KubernetesClientException e) {
                if (ApiErrors.isNotFound(e) || ApiErrors.isOtherUid(e)) {
                    log.debug("{} whose finalizers were to be changed is gone already", name(observed));
                    return;
                }
                // Its kubelet writes its status all the time.
                if (!ApiErrors.isConflict(e) || attempt == FINALIZER_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private HasMetadata patched(HasMetadata observed, Map<String, ?> patch) {
        return client.resource(observed)
                .patch(
                        new PatchContext.Builder()
                                .withPatchType(PatchType.JSON_MERGE)
                                .withFieldManager(FieldOwnership.NAME)
                                .build(),
                        client.getKubernetesSerialization().asJson(patch));
    }

    @Override
    public void delete(Owner owner, HasMetadata observed) {
        demandOwned(owner, observed);
        var uid = demandObserved(observed);
        // The client's own delete knows no precondition on the uid.
        var options = new DeleteOptionsBuilder()
                .withNewPreconditions()
                .withUid(uid)
                .endPreconditions()
                .withPropagationPolicy("Background")
                .build();
        try {
            client.raw(path(observed), "DELETE", options);
            log.info("deleted {}", name(observed));
        } catch (KubernetesClientException e) {
            if (!ApiErrors.isNotFound(e) && !ApiErrors.isConflict(e)) {
                throw e;
            }
            log.debug("{} with uid {} is gone already", name(observed), uid);
        }
    }

    private static void demandOwned(Owner owner, HasMetadata object) {
        if (!owner.owns(object)) {
            throw new IllegalArgumentException(
                    name(object) + " does not carry the uid of " + owner.kind() + " " + owner.name());
        }
    }

    private static String demandObserved(HasMetadata observed) {
        var uid = observed.getMetadata().getUid();
        if (uid == null) {
            throw new IllegalArgumentException(name(observed) + " was never observed: it has no uid");
        }
        return uid;
    }

    private static void demandNotForeign(Owner owner, HasMetadata existing) {
        if (!owner.owns(existing)) {
            throw new NameTakenException(name(existing) + " exists and belongs to " + holder(existing)
                    + ": rename or delete it, or use another name for " + owner.kind() + " " + owner.name());
        }
    }

    private static String holder(HasMetadata object) {
        return object.getMetadata().getOwnerReferences().stream()
                .findFirst()
                .map(reference -> reference.getKind() + " " + reference.getName())
                .orElse("somebody else");
    }

    private static String name(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getName();
    }

    private static String path(HasMetadata object) {
        var apiVersion = object.getApiVersion();
        var namespace = object.getMetadata().getNamespace();
        return (apiVersion.contains("/") ? "/apis/" : "/api/") + apiVersion
                + (namespace == null ? "" : "/namespaces/" + namespace)
                + "/" + object.getPlural() + "/" + object.getMetadata().getName();
    }
}
