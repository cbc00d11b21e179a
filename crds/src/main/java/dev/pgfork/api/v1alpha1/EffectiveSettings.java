package dev.pgfork.api.v1alpha1;

import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The instance block of a fork with everything inherited filled in. It is recorded before the cut, so that the fork
 * needs its source no more: a source may change or go.
 *
 * @param parameters those that are inherited; the spec's own go over them
 * @param database the source's bootstrap database
 * @param owner the role that the fork's Secret is for
 */
public record EffectiveSettings(
        @Nullable String image,
        @Nullable StorageSpec storage,
        @Nullable ResourceRequirements resources,
        @Nullable Map<String, String> parameters,
        @Nullable PodSettings pod,
        @Nullable ServiceSettings service,
        @Nullable String database,
        @Nullable String owner) {

    /** The same, inheriting other parameters. */
    public EffectiveSettings inheriting(Map<String, String> changed) {
        return new EffectiveSettings(image, storage, resources, changed, pod, service, database, owner);
    }

    /** The same, whose pod is made of something else. */
    public EffectiveSettings inheriting(
            @Nullable String newImage, @Nullable ResourceRequirements newResources, @Nullable PodSettings newPod) {
        return new EffectiveSettings(newImage, storage, newResources, parameters, newPod, service, database, owner);
    }
}
