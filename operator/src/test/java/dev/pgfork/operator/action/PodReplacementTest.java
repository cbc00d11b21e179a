package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.PodRevision;
import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of {@link PodReplacement}, but for what is tried and for whose turn it is. */
class PodReplacementTest extends PodPlanning {
    @Test
    void saysNothingOfAPodThatWasNeverToBeReplaced() {
        assertThat(plan()).isEmpty();
        assertThat(conditions).isEmpty();
    }

    @Test
    void otherResourcesNeedNoTrial() {
        wanted = with("postgres:17", memory("2Gi"), Map.of());
        assertThat(plan()).as("the next pod would still be the old one").isEmpty();
        expect("Unknown", "Replacing", "Pod shop-g1-0 is replaced");

        set = resources.statefulSet(wanted);
        assertThat(plan()).containsExactly("PersistIntent", "Delete Pod shop-g1-0");
        expect("Unknown", "Replacing", "Pod shop-g1-0 is replaced");

        pod = pod.map(running -> new PodBuilder(running)
                .editMetadata()
                .withDeletionTimestamp(NOW.toString())
                .endMetadata()
                .build());
        assertThat(plan()).isEmpty();
        pod = Optional.empty();
        assertThat(plan()).isEmpty();
        pod = Optional.of(pod(wanted, false));
        serves = false;
        assertThat(plan()).isEmpty();
        expect("Unknown", "Replacing", "Pod shop-g1-0 is replaced");

        pod = Optional.of(pod(wanted, true));
        serves = true;
        assertThat(plan()).isEmpty();
        expect("True", "Current", "as the spec says");
    }

    @Test
    void aPodThatCannotStartIsReplacedAtOnce() {
        set = resources.statefulSet(with("postgres:missing", WAS.resources(), Map.of()));
        pod = Optional.of(new PodBuilder(pod(with("postgres:missing", WAS.resources(), Map.of()), false))
                .editStatus()
                .addNewContainerStatus()
                .withName("postgres")
                .withState(waiting("ImagePullBackOff", "no such image"))
                .endContainerStatus()
                .endStatus()
                .build());
        serves = false;
        assertThat(plan()).containsExactly("Apply StatefulSet shop-g1");
        set = resources.statefulSet(WAS);
        assertThat(plan()).containsExactly("PersistIntent", "Delete Pod shop-g1-0");
        expect("Unknown", "Replacing", "does not serve, and the next one may");
    }

    /** Of a pod that an admission webhook has given a mirror's image, so that it looks like another one. */
    @Test
    void thePodOfAnEarlierPgforkIsMarkedAndStays() {
        set = new StatefulSetBuilder(set)
                .editSpec()
                .editTemplate()
                .editMetadata()
                .removeFromAnnotations(Labels.POD)
                .endMetadata()
                .endTemplate()
                .endSpec()
                .build();
        var early = new PodBuilder(pod.orElseThrow())
                .editMetadata()
                .removeFromAnnotations(Labels.POD)
                .endMetadata()
                .editSpec()
                .editFirstContainer()
                .withImage("mirror.example/postgres:17")
                .endContainer()
                .endSpec();
        pod = Optional.of(early.build());
        assertThat(ActionNames.of(new Plan<>("", instances.statefulSet(WAS, seen()), Optional.empty())))
                .containsExactly("MarkPod Pod shop-g1-0", "Apply StatefulSet shop-g1");

        set = resources.statefulSet(WAS);
        pod = Optional.of(early.editMetadata()
                .addToAnnotations(Labels.POD, PodRevision.of(WAS).text())
                .endMetadata()
                .build());
        assertThat(instances.statefulSet(WAS, seen())).isEmpty();
        assertThat(plan()).isEmpty();
        assertThat(conditions).isEmpty();
    }

    @Test
    void whatIsUnderWayIsNotBrokenOff() {
        wanted = with("postgres:17", memory("2Gi"), Map.of());
        set = resources.statefulSet(wanted);
        obstacle = PodReplacement.whileChanging(true);
        assertThat(plan()).isEmpty();
        expect("False", "ReplacementPending", "the primary is changing");
        obstacle = Optional.empty();
        serves = false;
        assertThat(plan()).isEmpty();
        expect("False", "ReplacementPending", "does not serve right now");
    }

    @Test
    void aStoppedInstanceGetsNothing() {
        wanted = with("postgres:17", memory("2Gi"), Map.of());
        wanted = wanted.withMembership(wanted.membership().withStopping(Membership.Stopping.PROVED));
        assertThat(plan()).isEmpty();
        assertThat(conditions).isEmpty();
    }

    @Test
    void theNextPodOfAnInstanceWithoutOneIsAsTheSpecSays() {
        wanted = with("postgres:17.6", WAS.resources(), Map.of());
        pod = Optional.empty();
        assertThat(plan()).containsExactly("Apply StatefulSet shop-g1");
    }

    @Test
    void aBudgetKeepsDrainsFromThePrimaryOnly() {
        var budget = new PodSettings(null, null, null, null, null, null, null, null, true);
        assertThat(instances.disruptionBudget(WAS, seen())).as("not asked for").isEmpty();
        var asked = withPod(budget);
        assertThat(ActionNames.of(new Plan<>("", instances.disruptionBudget(asked, seen()), Optional.empty())))
                .containsExactly("Create PodDisruptionBudget shop");
        assertThat(resources.disruptionBudget(asked).getSpec().getSelector().getMatchLabels())
                .isEqualTo(Map.of(Labels.INSTANCE, "shop"));
        assertThat(resources.isOutdated(asked, set)).as("needs no other pod").isFalse();

        disruptionBudget = Optional.of(resources.disruptionBudget(asked));
        assertThat(instances.disruptionBudget(asked, seen())).isEmpty();
        var gone = List.of("Delete PodDisruptionBudget shop");
        assertThat(ActionNames.of(new Plan<>("", instances.disruptionBudget(WAS, seen()), Optional.empty())))
                .isEqualTo(gone);
        var standby = asked.withRole(Role.STANDBY, 2, "replica");
        assertThat(ActionNames.of(new Plan<>("", instances.disruptionBudget(standby, seen()), Optional.empty())))
                .isEqualTo(gone);
    }
}
