package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class PodRevisionTest {
    private static final InstanceTemplate SHOP = Templates.database();
    private static final PodSettings NONE = SHOP.pod();

    private final InstanceResources resources = new InstanceResources(Templates.configuration());

    @Test
    void eachPartChangesWithWhatItIsOf() {
        var was = PodRevision.of("postgres:17", memory("1Gi"), NONE);
        var image = PodRevision.of("postgres:17.6", memory("1Gi"), NONE);
        assertThat(image.place()).isNotEqualTo(was.place());
        assertThat(image.resources()).isEqualTo(was.resources());
        var tolerant = PodRevision.of(
                "postgres:17",
                memory("1Gi"),
                new PodSettings(
                        null,
                        null,
                        null,
                        null,
                        List.of(new TolerationBuilder().withKey("a").build()),
                        null,
                        null,
                        null,
                        null));
        assertThat(tolerant.place()).isNotEqualTo(was.place());
        var larger = PodRevision.of("postgres:17", memory("2Gi"), NONE);
        assertThat(larger.resources()).isNotEqualTo(was.resources());
        assertThat(larger.place()).isEqualTo(was.place());
        var labelled = PodRevision.of("postgres:17", memory("1Gi"), labels(Map.of("team", "a")));
        assertThat(labelled.marks()).isNotEqualTo(was.marks());
        assertThat(labelled.place()).isEqualTo(was.place());
    }

    @Test
    void whatMeansTheSameIsTheSame() {
        assertThat(PodRevision.of("postgres:17", memory("1024Mi"), NONE))
                .isEqualTo(PodRevision.of("postgres:17", memory("1Gi"), labels(Map.of())));
        var both = new ResourceRequirementsBuilder(memory("1Gi"))
                .addToRequests("memory", new Quantity("1Gi"))
                .build();
        assertThat(PodRevision.of("postgres:17", both, NONE).resources())
                .as("Kubernetes requests what is the limit")
                .isEqualTo(PodRevision.of("postgres:17", memory("1Gi"), NONE).resources());
    }

    @Test
    void aPodSaysWhichItHas() {
        assertThat(PodRevision.of(pod(pod -> pod), SHOP)).isEqualTo(PodRevision.of(SHOP));
    }

    /** An upgrade of pgfork restarts nobody. */
    @Test
    void aPodOfAnEarlierPgforkIsCurrentUntilItIsSeenNotToBe() {
        var limited = pod(pod -> pod.editMetadata()
                .removeFromAnnotations(Labels.POD)
                .endMetadata()
                .editSpec()
                .editFirstContainer()
                .withResources(memory("512Mi"))
                .endContainer()
                .endSpec());
        assertThat(PodRevision.of(limited, SHOP)).isEqualTo(PodRevision.of(SHOP));
        assertThat(PodRevision.of(limited, "postgres:17.6", SHOP.resources(), NONE)
                        .place())
                .isEqualTo("other");
        assertThat(PodRevision.of(limited, SHOP.image(), memory("1Gi"), NONE).resources())
                .isEqualTo("other");
        assertThat(PodRevision.of(limited, SHOP.image(), memory("512Mi"), labels(Map.of("team", "a")))
                        .marks())
                .isEqualTo("other");
    }

    @Test
    void newPodsKeepTheirPlaceUntilAnotherOneIsSettled() {
        var set = resources.statefulSet(SHOP);
        var moved = with("postgres:17.6", memory("1Gi"));
        assertThat(resources.isOutdated(moved, set)).as("other resources").isTrue();
        assertThat(InstanceResources.hasPlace(moved, set)).isFalse();

        var kept = resources.statefulSet(moved, set);
        var container = kept.getSpec().getTemplate().getSpec().getContainers().getFirst();
        assertThat(container.getImage()).isEqualTo("postgres:17");
        assertThat(container.getResources()).isEqualTo(memory("1Gi"));
        assertThat(resources.isOutdated(moved, kept)).isFalse();
        assertThat(InstanceResources.hasPlace(moved, resources.statefulSet(moved)))
                .isTrue();
    }

    @Test
    void theSetOfAnEarlierPgforkIsOnlyMarked() {
        var early = new StatefulSetBuilder(resources.statefulSet(SHOP))
                .editSpec()
                .editTemplate()
                .editMetadata()
                .removeFromAnnotations(Labels.POD)
                .endMetadata()
                .endTemplate()
                .endSpec()
                .build();
        assertThat(resources.isOutdated(SHOP, early)).isTrue();
        assertThat(resources.statefulSet(SHOP, early)).isEqualTo(resources.statefulSet(SHOP));
        assertThat(InstanceResources.hasPlace(with("postgres:17.6", SHOP.resources()), early))
                .isFalse();
    }

    /** shared_buffers of a running server fit the memory that it has, not that of the next pod. */
    @Test
    void aServerIsConfiguredForThePodThatItRunsIn() {
        var larger = with("postgres:17", memory("4Gi"));
        assertThat(larger.in(java.util.Optional.of(pod(pod -> pod))).memoryLimit())
                .as("the running pod has no limit")
                .isEmpty();
        assertThat(larger.in(java.util.Optional.empty()).memoryLimit()).hasValue(4L << 30);
        assertThat(SHOP.in(java.util.Optional.of(pod(pod -> pod)))).isEqualTo(SHOP);
    }

    private Pod pod(UnaryOperator<PodBuilder> change) {
        var template = resources.statefulSet(SHOP).getSpec().getTemplate();
        return change.apply(
                        new PodBuilder().withMetadata(template.getMetadata()).withSpec(template.getSpec()))
                .build();
    }

    private static InstanceTemplate with(String image, ResourceRequirements resources) {
        return new InstanceTemplate(
                SHOP.owner(),
                SHOP.generation(),
                image,
                SHOP.storageSize(),
                null,
                null,
                SHOP.accessMode(),
                resources,
                SHOP.parameters(),
                NONE,
                SHOP.service(),
                SHOP.seed(),
                SHOP.role(),
                SHOP.epoch(),
                SHOP.database(),
                SHOP.databaseOwner(),
                false,
                SHOP.membership());
    }

    private static PodSettings labels(Map<String, String> labels) {
        return new PodSettings(labels, null, null, null, null, null, null, null, null);
    }

    private static ResourceRequirements memory(String limit) {
        return new ResourceRequirementsBuilder()
                .addToLimits("memory", new Quantity(limit))
                .build();
    }
}
