package dev.pgfork.cli;

import dev.pgfork.cli.resource.Kind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** Objects that tests describe. */
public final class Yaml {
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private Yaml() {}

    public static HasMetadata read(String yaml) {
        HasMetadata object = SERIALIZATION.unmarshal(yaml);
        return Kind.named(object.getKind())
                .<HasMetadata>map(kind -> SERIALIZATION.unmarshal(yaml, kind.type()))
                .orElse(object);
    }
}
