package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What the API server refuses by itself, each rule with a resource that breaks only that one. Nothing is created. */
class CelRulesIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    @BeforeAll
    static void createWhatIsChanged() {
        NAMESPACE.apply(CelFixtures.SHOP);
        NAMESPACE.apply(CelFixtures.PR);
        NAMESPACE.apply(CelFixtures.REPLICA);
        NAMESPACE.apply(CelFixtures.PR_SIZED);
        NAMESPACE.apply(CelFixtures.REPLICA_SIZED);
    }

    @ParameterizedTest
    @FieldSource("dev.pgfork.e2e.CelFixtures#INVALID")
    void invalidResourcesAreRefused(String yaml, String complaint) {
        assertThatThrownBy(() -> dryRun(yaml).create())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @FieldSource("dev.pgfork.e2e.CelFixtures#FORBIDDEN_CHANGES")
    void forbiddenChangesAreRefused(String yaml, String complaint) {
        assertThatThrownBy(() -> dryRun(yaml).serverSideApply())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(complaint);
    }

    /** Else a test could pass for another reason than the one that it is about. */
    @Test
    void theResourcesThatTheTestsBreakAreValid() {
        assertThat(dryRun(CelFixtures.SHOP.replace("name: shop", "name: new")).create())
                .isNotNull();
        assertThat(dryRun(CelFixtures.PR.replace("name: pr", "name: new")).create())
                .isNotNull();
        assertThat(dryRun(CelFixtures.REPLICA.replace("name: replica", "name: new"))
                        .create())
                .isNotNull();
    }

    @Test
    void whatMayBeChangedCanBeChanged() {
        assertThat(dryRun(CelFixtures.SHOP.replace("pod:", "deletionPolicy: Delete\n  pod:"))
                        .serverSideApply())
                .isNotNull();
    }

    /** Also one that was inherited so far. */
    @ParameterizedTest
    @FieldSource("dev.pgfork.e2e.CelFixtures#GROWTHS")
    void theSizeOfAVolumeMayGrow(String valid, String part, String replacement) {
        var grown = valid.replaceFirst(part, replacement);
        assertThat(grown).isNotEqualTo(valid);
        assertThat(dryRun(grown).serverSideApply()).isNotNull();
    }

    /**
     * The end of a move: what the own instance is made of may be changed while it is not there, or as it comes back.
     */
    @ParameterizedTest
    @FieldSource("dev.pgfork.e2e.CelFixtures#CHANGES_OF_A_REMOVED_INSTANCE")
    void whatARemovedInstanceIsMadeOfCanBeChanged(String part, String replacement) {
        var moved =
                CelFixtures.SHOP.replace("name: shop", "name: moved").replace("pod:", "ownInstance: Removed\n  pod:");
        NAMESPACE.apply(moved);
        var changed = moved.replaceFirst(part, replacement);
        assertThat(changed).isNotEqualTo(moved);
        assertThat(dryRun(changed).serverSideApply()).isNotNull();
        assertThat(dryRun(changed.replace("Removed", "Running")).serverSideApply())
                .isNotNull();
    }

    @ParameterizedTest
    @FieldSource("dev.pgfork.e2e.CelFixtures#ALLOWED_CHANGES")
    void parametersAndServiceCanBeChanged(String valid, String part, String replacement) {
        var changed = valid.replaceFirst(part, replacement);
        assertThat(changed).isNotEqualTo(valid);
        assertThat(dryRun(changed).serverSideApply()).isNotNull();
    }

    /** A new rule needs a fixture here. */
    @Test
    void everyRuleHasAFixture() {
        var covered = Stream.concat(CelFixtures.INVALID.stream(), CelFixtures.FORBIDDEN_CHANGES.stream())
                .map(arguments -> (String) arguments.get()[1])
                .toList();
        var uncovered = new TreeSet<String>();
        NAMESPACE.client().resources(CustomResourceDefinition.class).list().getItems().stream()
                .filter(crd -> crd.getSpec().getGroup().equals("pgfork.dev"))
                .flatMap(crd -> messagesOfRules(crd).stream())
                .filter(message -> covered.stream().noneMatch(message::contains))
                .forEach(uncovered::add);
        assertThat(uncovered).isEmpty();
    }

    private static List<String> messagesOfRules(CustomResourceDefinition crd) {
        JsonNode tree = NAMESPACE.client().getKubernetesSerialization().convertValue(crd.getSpec(), JsonNode.class);
        var messages = new ArrayList<String>();
        tree.findValues("x-kubernetes-validations")
                .forEach(rules ->
                        rules.forEach(rule -> messages.add(rule.path("message").asText())));
        assertThat(messages).as("rules of " + crd.getMetadata().getName()).isNotEmpty();
        return messages;
    }

    /** Not through the API classes: they could not hold most of what is sent here. */
    private static NonDeletingOperation<GenericKubernetesResource> dryRun(String yaml) {
        var client = NAMESPACE.client();
        var object = client.getKubernetesSerialization().unmarshal(yaml, GenericKubernetesResource.class);
        return client.resource(object)
                .inNamespace(NAMESPACE.name())
                .dryRun()
                .fieldValidation(FieldValidateable.Validation.STRICT);
    }
}
