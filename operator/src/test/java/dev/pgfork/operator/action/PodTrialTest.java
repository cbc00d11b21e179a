package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.NodeSelectorBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The rows of {@link PodReplacement} about images and nodes that are tried. */
class PodTrialTest extends PodPlanning {
    @Test
    void anotherImageIsTriedAndThenReplacesThePod() {
        wanted = with("postgres:17.6", WAS.resources(), Map.of());
        assertThat(plan()).containsExactly("PersistIntent", "Create Pod " + TRIAL);
        expect("False", "TryingImage", "postgres:17.6", TRIAL);

        trial = Optional.of(trial("Pending", null));
        assertThat(plan()).isEmpty();
        expect("False", "TryingImage", TRIAL);

        trial = Optional.of(trial("Succeeded", ended(0, "postgres (PostgreSQL) 17.6")));
        assertThat(plan()).containsExactly("Apply StatefulSet shop-g1");
        set = resources.statefulSet(wanted);
        assertThat(plan()).containsExactly("Delete Pod " + TRIAL, "PersistIntent", "Delete Pod shop-g1-0");
        expect("Unknown", "Replacing", "Pod shop-g1-0 is replaced");
    }

    @Test
    void aTrialRunsWhereThePodCouldAndNobodyIsLedToIt() {
        wanted = with("postgres:17.6", WAS.resources(), Map.of("disk", "fast"));
        var zone = new NodeSelectorBuilder()
                .addNewNodeSelectorTerm()
                .addNewMatchExpression()
                .withKey("zone")
                .withOperator("In")
                .withValues("a")
                .endMatchExpression()
                .endNodeSelectorTerm()
                .build();
        var tried = resources.trialPod(wanted, pod.orElseThrow(), Optional.of(zone), "17");
        assertThat(tried.getSpec().getNodeSelector()).containsEntry("disk", "fast");
        var affinity = tried.getSpec().getAffinity().getNodeAffinity();
        assertThat(affinity.getRequiredDuringSchedulingIgnoredDuringExecution()).isEqualTo(zone);
        assertThat(affinity.getPreferredDuringSchedulingIgnoredDuringExecution())
                .singleElement()
                .satisfies(preferred -> assertThat(preferred
                                .getPreference()
                                .getMatchFields()
                                .getFirst()
                                .getValues())
                        .containsExactly("node-1"));
        assertThat(set.getSpec().getSelector().getMatchLabels().entrySet())
                .as("it is no pod of the StatefulSet or of a Service")
                .isNotEmpty()
                .noneMatch(label -> label.getKey().equals(Labels.GENERATION)
                        && label.getValue()
                                .equals(tried.getMetadata().getLabels().get(Labels.GENERATION)));
        assertThat(tried.getMetadata().getLabels()).containsEntry(Labels.MANAGED_BY, "pgfork");
        assertThat(tried.getSpec().getReadinessGates()).hasSize(1);
        assertThat(tried.getSpec().getVolumes())
                .allSatisfy(volume -> assertThat(volume.getEmptyDir()).isNotNull());
        assertThat(tried.getSpec().getAutomountServiceAccountToken()).isFalse();
        assertThat(WAS.owner().owns(tried)).isTrue();
    }

    @Test
    void aWrongImageLeavesThePodAsItIsUntilTheSpecChanges() {
        wanted = with("postgres:missing", WAS.resources(), Map.of());
        trial = Optional.of(trial("Pending", waiting("ImagePullBackOff", "no such image")));
        assertThat(plan()).isEmpty();
        expect("False", "ImageRefused", "postgres:missing", "no such image", "goes on serving");

        trial = trial.map(given -> new PodBuilder(given)
                .editStatus()
                .withPhase("Failed")
                .withReason("DeadlineExceeded")
                .endStatus()
                .build());
        assertThat(plan()).as("every few minutes").containsExactly("Delete Pod " + TRIAL);
        trial = Optional.empty();
        assertThat(plan()).containsExactly("PersistIntent", "Create Pod " + TRIAL);
        expect("False", "ImageRefused", "no such image");

        trial = Optional.of(trial("Pending", waiting("ErrImagePull", "no such image")));
        wanted = with("postgres:17.6", WAS.resources(), Map.of());
        assertThat(plan()).containsExactly("Delete Pod " + TRIAL);
        expect("False", "TryingImage", "postgres:17.6");

        wanted = WAS;
        assertThat(plan()).as("as before").containsExactly("Delete Pod " + TRIAL);
        expect("True", "Current", "as the spec says");
    }

    @Test
    void saysHowToGetToAnotherMajorVersion() {
        wanted = with("postgres:18", WAS.resources(), Map.of());
        trial = Optional.of(trial("Failed", ended(2, "it has postgres (PostgreSQL) 18.0")));
        assertThat(plan()).isEmpty();
        expect("False", "ImageRefused", "18.0", "another major version", "dump and restore");
        trial = Optional.of(trial("Failed", ended(1, "it lacks pg_ctl")));
        plan();
        expect("False", "ImageRefused", "it lacks pg_ctl");
    }

    @Test
    void aPodThatFindsNoNodeIsNotMadeInThePlaceOfOneThatServes() {
        wanted = with("postgres:17", WAS.resources(), Map.of("nowhere", "x"));
        trial = Optional.of(new PodBuilder(trial("Pending", null))
                .editStatus()
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage("0/1 nodes are available")
                .endCondition()
                .endStatus()
                .build());
        assertThat(plan()).isEmpty();
        expect("False", "NotSchedulable", "0/1 nodes are available", "goes on serving");
    }

    /** A ResourceQuota may have no room for it: whether the resource serves has nothing to do with that. */
    @Test
    void aTrialThatCannotBeMadeLeavesTheRestAsItWas() {
        wanted = with("postgres:17.6", WAS.resources(), Map.of());
        var ready = new Conditions(List.of(), 1, NOW).ready("It serves").list();
        conditions = ready;
        var create = new Action.Create(WAS.owner(), trial("Pending", null));
        var next = new Conditions(conditions, 1, NOW);
        FailureText.note(new ActionFailedException(create, new IllegalStateException("exceeded quota")), next);
        conditions = next.list();
        assertThat(conditions).containsAll(ready).hasSize(2);
        expect("False", "TrialNotMade", "exceeded quota");
        assertThat(plan()).containsExactly("PersistIntent", "Create Pod " + TRIAL);
        expect("False", "TrialNotMade", "exceeded quota");
    }
}
