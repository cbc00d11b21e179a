package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ConfigurationStatus;
import dev.pgfork.operator.kube.ObjectsInMemory;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is in force is taken from what is there, where nothing is noted. */
class ConfigurationRecallTest {
    private static final Map<String, String> THERE = Map.of("work_mem", "8MB", "search_path", "it's");
    private static final InstanceTemplate SHOP = Templates.database().withParameters(THERE);

    private final InstanceResources resources = new InstanceResources(Templates.configuration());
    private final ObjectsInMemory objects = new ObjectsInMemory();
    private final ConfigurationRecall recall = new ConfigurationRecall(objects);

    @Test
    void theStatefulSetTellsWhatItsServersAreStartedWith() {
        objects.cached(set(), resources.configMap(SHOP));
        var found = recall(null);
        assertThat(found.since()).isEqualTo("2026-11-22T10:00:00Z");
        assertThat(found.parameters()).containsAllEntriesOf(THERE);
        assertThat(resources.isOutdated(SHOP.withParameters(found.parameters()), set()))
                .as("its pods would start with the same")
                .isFalse();
        assertThat(ProvedParameters.usable(Map.of("shared_preload_libraries", "no_such"), found))
                .isEqualTo(found.parameters());
    }

    @Test
    void whatWasRejectedStaysSo() {
        objects.cached(set(), resources.configMap(SHOP));
        var wanted = Map.of("shared_preload_libraries", "no_such");
        var found = recall(ProvedParameters.reject(wanted, "no such library", null));
        assertThat(found.parameters()).containsAllEntriesOf(THERE);
        assertThat(ProvedParameters.rejection(wanted, found)).isPresent();
    }

    @Test
    void whatIsNotedIsKnownBetter() {
        objects.cached(set(), resources.configMap(SHOP));
        assertThat(recall(new ConfigurationStatus("2026-11-22T11:00:00Z", null, null)))
                .isNull();
    }

    @Test
    void nothingIsKnownOfWhatIsNotThereOrSomebodyElses() {
        assertThat(recall(null)).isNull();
        objects.cached(set());
        assertThat(recall(null)).as("without its configuration").isNull();
        objects.cached(resources.configMap(SHOP));
        objects.cached(new StatefulSetBuilder(set())
                .editMetadata()
                .withOwnerReferences(Templates.PR_42.reference())
                .endMetadata()
                .build());
        assertThat(recall(null)).isNull();
    }

    private StatefulSet set() {
        return new StatefulSetBuilder(resources.statefulSet(SHOP))
                .editMetadata()
                .withCreationTimestamp("2026-11-22T10:00:00Z")
                .endMetadata()
                .build();
    }

    private @Nullable ConfigurationStatus recall(@Nullable ConfigurationStatus noted) {
        return recall.of(SHOP.owner(), 1, noted).orElse(null);
    }
}
