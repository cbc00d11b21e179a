package dev.pgfork.operator.instance;

import dev.pgfork.operator.postgres.Lsn;
import dev.pgfork.operator.postgres.PostgresqlConf;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What an instance was rendered from, read back from its objects.
 *
 * @param parameters in its configuration
 */
public record StartedInstance(PodSpec pod, Container container, Map<String, String> parameters) {

    /** @return empty: it is not of pgfork's making, or its configuration is gone */
    public static Optional<StartedInstance> of(StatefulSet set, List<ConfigMap> configurations) {
        if (set.getSpec() == null || set.getSpec().getTemplate() == null) {
            return Optional.empty();
        }
        var pod = set.getSpec().getTemplate().getSpec();
        var name = new SeenSet(set).configMap();
        var parameters = configurations.stream()
                .filter(map -> name.filter(map.getMetadata().getName()::equals).isPresent())
                .flatMap(map -> Optional.ofNullable(map.getData()).stream())
                .flatMap(data -> Optional.ofNullable(data.get(InstanceConfiguration.PARAMETERS)).stream())
                .map(PostgresqlConf::parameters)
                .findFirst();
        return parameters.flatMap(known -> pod.getContainers().stream()
                .filter(container -> InstancePod.CONTAINER.equals(container.getName()))
                .findFirst()
                .map(container -> new StartedInstance(pod, container, known)));
    }

    /** Of the cluster that it was copied from; empty: it was not copied. */
    public Optional<String> systemIdentifier() {
        return value("PGFORK_SYSTEM_IDENTIFIER");
    }

    /** That its copy is past; empty: it is not a fork. */
    public Optional<Lsn> cut() {
        return value("PGFORK_CUT_LSN").map(Lsn::parse);
    }

    /** Of its source, when that was copied; empty: it was not copied. */
    public Optional<Integer> sourceTimeline() {
        return value("PGFORK_SOURCE_TIMELINE").map(Integer::valueOf);
    }

    private Optional<String> value(String name) {
        return container.getEnv().stream()
                .filter(variable -> variable.getName().equals(name))
                .map(EnvVar::getValue)
                .filter(Objects::nonNull)
                .findFirst();
    }
}
