package dev.pgfork.api.v1alpha1;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The Services that clients connect to. */
public record ServiceSettings(@Nullable Type type, @Nullable Map<String, String> annotations) {

    /** Kubernetes' Service types that make sense for a database. */
    public enum Type {
        ClusterIP,
        NodePort,
        LoadBalancer
    }
}
