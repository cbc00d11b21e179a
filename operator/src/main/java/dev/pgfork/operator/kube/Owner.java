package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;

/**
 * The custom resource that an object belongs to. Only objects that carry its uid are ever changed or deleted: a name
 * alone proves nothing.
 *
 * @param uid tells a resource from an earlier one of the same name
 */
public record Owner(String apiVersion, String kind, String namespace, String name, String uid) {

    public static Owner of(HasMetadata resource) {
        var meta = resource.getMetadata();
        return new Owner(
                resource.getApiVersion(), resource.getKind(), meta.getNamespace(), meta.getName(), meta.getUid());
    }

    /** For objects that must go with the resource. */
    public OwnerReference reference() {
        return new OwnerReferenceBuilder()
                .withApiVersion(apiVersion)
                .withKind(kind)
                .withName(name)
                .withUid(uid)
                .withController(true)
                .build();
    }

    /** Whether the object is this resource's, by ownerReference or, for volumes that outlive it, by annotation. */
    public boolean owns(HasMetadata object) {
        var meta = object.getMetadata();
        return (meta.getOwnerReferences() != null
                        && meta.getOwnerReferences().stream().anyMatch(reference -> uid.equals(reference.getUid())))
                || (meta.getAnnotations() != null
                        && uid.equals(meta.getAnnotations().get(Labels.OWNER_UID)));
    }
}
