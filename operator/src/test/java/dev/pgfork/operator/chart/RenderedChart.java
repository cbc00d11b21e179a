package dev.pgfork.operator.chart;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What {@code helm install pgfork helm/pgfork --namespace pgfork-system} would apply.
 *
 * @param yaml as Helm prints it
 */
public record RenderedChart(String yaml) {

    static final Path CHART = Path.of("../helm/pgfork");

    /**
     * @param values YAML, over the chart's own
     * @throws RuntimeException if the chart refuses the values
     */
    public static RenderedChart with(String values) {
        try {
            var file = Files.createTempFile("values", ".yaml");
            try {
                Files.writeString(file, values);
                return new RenderedChart(new Helm(CHART)
                        .template()
                        .withName("pgfork")
                        .withNamespace("pgfork-system")
                        .withKubeVersion("1.30.0")
                        .withValuesFile(file)
                        .call());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static RenderedChart withDefaults() {
        return with("{}");
    }

    List<HasMetadata> objects() {
        var serialization = new KubernetesSerialization();
        return Arrays.stream(yaml.split("(?m)^---\\s*$"))
                .filter(document -> document.lines().anyMatch(line -> line.startsWith("kind:")))
                .map(document -> (HasMetadata) serialization.unmarshal(document))
                .toList();
    }

    <T extends HasMetadata> List<T> all(Class<T> type) {
        return objects().stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** @throws IllegalStateException unless there is exactly one */
    public <T extends HasMetadata> T only(Class<T> type) {
        var found = all(type);
        if (found.size() != 1) {
            throw new IllegalStateException("%d objects of %s".formatted(found.size(), type.getSimpleName()));
        }
        return found.getFirst();
    }
}
