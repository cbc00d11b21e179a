package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.kube.Owner;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which settings an instance was given, where its status does not say: it was lost, or is of an earlier version of
 * pgfork, or no server was seen to run yet. They are what its StatefulSet starts a server with. Others must not take
 * their place there before they have been seen to work.
 */
public final class ConfigurationRecall {
    private final ObjectReader objects;

    public ConfigurationRecall(ObjectReader objects) {
        this.objects = objects;
    }

    /** @return empty: the status says it, or there is nothing that could */
    public Optional<ConfigurationStatus> of(Owner owner, int generation, @Nullable ConfigurationStatus noted) {
        return ProvedParameters.areAny(noted)
                ? Optional.empty()
                : objects.get(
                                StatefulSet.class,
                                owner.namespace(),
                                new InstanceNames(owner.name(), generation).generationName())
                        .filter(owner::owns)
                        .flatMap(set -> started(owner, set)
                                .map(started -> new ConfigurationStatus(
                                        set.getMetadata().getCreationTimestamp(),
                                        started.parameters(),
                                        noted == null ? null : noted.rejected())));
    }

    private Optional<StartedInstance> started(Owner owner, StatefulSet set) {
        var configuration = new SeenSet(set)
                .configMap()
                .flatMap(name -> objects.get(ConfigMap.class, owner.namespace(), name))
                .filter(owner::owns);
        return StartedInstance.of(set, configuration.stream().toList());
    }
}
