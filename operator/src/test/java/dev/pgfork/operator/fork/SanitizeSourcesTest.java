package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.SanitizeStep;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.Origin;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.State;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectsInMemory;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The author of a fork in preview has written its status himself, and wants the password of prod. */
class SanitizeSourcesTest {
    private final ObjectsInMemory objects = new ObjectsInMemory();

    private static SanitizeStepStatus noted(String namespace) {
        var step =
                new SanitizeStep("mine", "app", null, new SanitizeStep.Key("shop-app", "password"), null, null, null);
        return new SanitizeStepStatus(step, Origin.Source, namespace, State.Pending, null, null, null);
    }

    @Test
    void readsNothingOfAnotherNamespaceWhateverIsNoted() {
        objects.stored(new SecretBuilder()
                .withNewMetadata()
                .withNamespace("prod")
                .withName("shop-app")
                .endMetadata()
                .withData(Map.of("password", "c2VjcmV0"))
                .build());
        var sources = new SanitizeSources(objects);
        assertThat(sources.read("prod", noted("prod"))).isInstanceOf(Looked.Found.class);
        objects.asked.clear();
        assertThat(sources.read("preview", noted("prod"))).isEqualTo(new Looked.Absent<>());
        assertThat(objects.asked).isEmpty();
    }
}
