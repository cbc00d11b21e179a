package dev.pgfork.api.v1alpha1;

import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields that every kind has for its own instance (one Postgres server: one pod, one volume). In a fork whatever is
 * {@code null} is inherited from the source.
 */
public interface InstanceSpec {
    @Nullable
    String image();

    @Nullable
    StorageSpec storage();

    @Nullable
    ResourceRequirements resources();

    @Nullable
    Map<String, String> parameters();

    @Nullable
    PodSettings pod();

    @Nullable
    ServiceSettings service();
}
