package dev.pgfork.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChartTest {

    private static final Path GOLDEN = Path.of("src/test/resources/dev/pgfork/operator/chart/default.yaml");

    @Test
    void helmFindsNothingToComplainAbout() {
        var lint = new Helm(RenderedChart.CHART).lint().strict().call();
        assertThat(lint.isFailed())
                .as(() -> String.join("\n", lint.getMessages()))
                .isFalse();
    }

    /** Everything but the CRDs, which have a test of their own. */
    @Test
    void defaultsRenderTheGoldenFile() throws IOException {
        var yaml = RenderedChart.with("crds: {install: false}").yaml();
        if (Boolean.getBoolean("updateGolden")) {
            Files.writeString(GOLDEN, yaml);
        }
        assertThat(yaml)
                .as("if the change is wanted: mvn -pl operator test -DupdateGolden=true")
                .isEqualTo(Files.readString(GOLDEN));
    }

    @Test
    void podFitsTheRestrictedPodSecurityStandard() {
        var pod = RenderedChart.withDefaults()
                .only(Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec();
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(65532);
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        var container = pod.getContainers().getFirst().getSecurityContext();
        assertThat(container.getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getReadOnlyRootFilesystem()).isTrue();
        assertThat(container.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container.getCapabilities().getAdd()).isEmpty();
    }

    @Test
    void memoryIsLimitedAndCpuIsNot() {
        var container = operatorContainer(RenderedChart.withDefaults());
        assertThat(container.getResources().getLimits()).containsOnlyKeys("memory");
    }

    @Test
    void crdsAreTheGeneratedOnesAndOutliveTheRelease() throws IOException {
        var serialization = new KubernetesSerialization();
        var crds = RenderedChart.withDefaults().all(CustomResourceDefinition.class);
        assertThat(crds)
                .extracting(crd -> crd.getMetadata().getName())
                .containsExactlyInAnyOrder(
                        "postgresdatabases.pgfork.dev", "postgresfollowers.pgfork.dev", "postgresforks.pgfork.dev");
        for (var crd : crds) {
            assertThat(crd.getMetadata().getAnnotations()).containsEntry("helm.sh/resource-policy", "keep");
            var generated = serialization.unmarshal(
                    Files.readString(Path.of("../crds/crd", crd.getMetadata().getName() + "-v1.yml")),
                    CustomResourceDefinition.class);
            assertThat(crd.getSpec()).isEqualTo(generated.getSpec());
        }
    }

    @Test
    void crdsCanBeLeftToSomebodyElse() {
        assertThat(RenderedChart.with("crds: {install: false}").all(CustomResourceDefinition.class))
                .isEmpty();
    }

    @Test
    void allNamespacesAreServedByAClusterRole() {
        var chart = RenderedChart.withDefaults();
        assertThat(chart.only(ClusterRole.class).getRules()).anyMatch(ChartTest::readsSecrets);
        assertThat(chart.all(Role.class))
                .noneMatch(role -> role.getRules().stream().anyMatch(ChartTest::readsSecrets));
        assertThat(environment(chart, "PGFORK_WATCH_NAMESPACES").getValue()).isNullOrEmpty();
    }

    @Test
    void chosenNamespacesAreServedByARoleInEach() {
        var chart = RenderedChart.with("watchNamespaces: [shop, preview]");
        assertThat(chart.only(ClusterRole.class).getRules())
                .as("cluster-wide the operator only reads what has no namespace")
                .allSatisfy(rule -> assertThat(rule.getVerbs()).isSubsetOf("get", "list", "watch"))
                .noneMatch(ChartTest::readsSecrets);
        assertThat(chart.all(Role.class))
                .filteredOn(role -> role.getRules().stream().anyMatch(ChartTest::readsSecrets))
                .extracting(role -> role.getMetadata().getNamespace())
                .containsExactlyInAnyOrder("shop", "preview");
        assertThat(environment(chart, "PGFORK_WATCH_NAMESPACES").getValue()).isEqualTo("shop,preview");
    }

    @Test
    void onlyForForksAcrossNamespacesItMakesWhatCanReadAnySnapshot() {
        assertThat(RenderedChart.withDefaults().only(ClusterRole.class).getRules())
                .noneMatch(ChartTest::makesContents);
        var chart = RenderedChart.with("forksAcrossNamespaces: true");
        assertThat(chart.only(ClusterRole.class).getRules()).anyMatch(ChartTest::makesContents);
        assertThat(environment(chart, "PGFORK_ACROSS_NAMESPACES").getValue()).isEqualTo("true");
    }

    private static boolean makesContents(PolicyRule rule) {
        return rule.getResources().contains("volumesnapshotcontents")
                && rule.getVerbs().contains("create");
    }

    @Test
    void rolesAreBoundToTheServiceAccountOfTheRelease() {
        var chart = RenderedChart.with("serviceAccount: {name: forker}");
        var subject = chart.only(ClusterRoleBinding.class).getSubjects().getFirst();
        assertThat(chart.only(ServiceAccount.class).getMetadata().getName()).isEqualTo("forker");
        assertThat(subject.getName()).isEqualTo("forker");
        assertThat(subject.getNamespace()).isEqualTo("pgfork-system");
        assertThat(chart.only(Deployment.class)
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getServiceAccountName())
                .isEqualTo("forker");
    }

    @Test
    void metricsServiceIsThereWhenAskedFor() {
        assertThat(RenderedChart.withDefaults().all(Service.class)).isEmpty();
        var chart = RenderedChart.with("metrics: {service: {enabled: true}}");
        var selector = chart.only(Service.class).getSpec().getSelector();
        assertThat(chart.only(Deployment.class)
                        .getSpec()
                        .getTemplate()
                        .getMetadata()
                        .getLabels())
                .containsAllEntriesOf(selector);
    }

    @Test
    void settingsReachTheOperator() {
        var chart = RenderedChart.with("""
                config:
                  stepDeadline: PT10S
                  snapshotAtomicity: {files.example: NotAtomic, disks.example: Atomic}
                  logFormat: json
                  logLevel: DEBUG
                """);
        assertThat(environment(chart, "PGFORK_STEP_DEADLINE").getValue()).isEqualTo("PT10S");
        assertThat(environment(chart, "PGFORK_SNAPSHOT_ATOMICITY").getValue())
                .isEqualTo("disks.example=Atomic,files.example=NotAtomic");
        assertThat(environment(chart, "PGFORK_LOG_FORMAT").getValue()).isEqualTo("json");
        assertThat(environment(chart, "PGFORK_LOG_LEVEL").getValue()).isEqualTo("DEBUG");
    }

    /** What they refuse is tried on a real API server. */
    @Test
    void policiesAreThereWhenAskedFor() {
        assertThat(RenderedChart.withDefaults().all(ValidatingAdmissionPolicy.class))
                .isEmpty();
        var chart = RenderedChart.with("""
                admissionPolicies:
                  deleteProtection: true
                  forkVerb: true
                  namespaceSelector: {matchLabels: {stage: production}}
                """);
        var policies = chart.all(ValidatingAdmissionPolicy.class).stream()
                .map(policy -> policy.getMetadata().getName())
                .toList();
        assertThat(policies)
                .containsExactlyInAnyOrder(
                        "pgfork-postgresdatabases-deletion", "pgfork-postgresfollowers-deletion", "pgfork-fork-verb");
        assertThat(chart.all(ValidatingAdmissionPolicyBinding.class))
                .extracting(binding -> binding.getSpec().getPolicyName())
                .containsExactlyInAnyOrderElementsOf(policies);
        assertThat(chart.all(ValidatingAdmissionPolicyBinding.class))
                .filteredOn(binding -> binding.getSpec().getPolicyName().equals("pgfork-fork-verb"))
                .as("a selector would let those through who fork from elsewhere")
                .singleElement()
                .satisfies(binding ->
                        assertThat(binding.getSpec().getMatchResources()).isNull());
        assertThat(chart.all(ValidatingAdmissionPolicyBinding.class))
                .filteredOn(binding -> binding.getSpec().getPolicyName().endsWith("deletion"))
                .hasSize(2)
                .allSatisfy(binding -> assertThat(binding.getSpec()
                                .getMatchResources()
                                .getNamespaceSelector()
                                .getMatchLabels())
                        .containsEntry("stage", "production"));
    }

    /** A pod of the chart must never be taken for an instance by the operator's selector for what it made. */
    @Test
    void nothingPretendsToBeMadeByTheOperator() {
        assertThat(RenderedChart.withDefaults().objects())
                .extracting(HasMetadata::getMetadata)
                .allSatisfy(metadata ->
                        assertThat(metadata.getLabels()).containsEntry("app.kubernetes.io/managed-by", "Helm"));
    }

    /** Each with the path that Helm's message names. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            replica: 1                               | at '': additional properties 'replica'
            replicas: 3                              | at '/replicas'
            replicas: one                            | at '/replicas'
            watchNamespaces: shop                    | at '/watchNamespaces'
            watchNamespaces: [Shop]                  | at '/watchNamespaces/0'
            config: {stepDeadline: soon}             | at '/config/stepDeadline'
            config: {stepDeadline: PT}               | at '/config/stepDeadline'
            config: {clusterDomain: 'a b'}           | at '/config/clusterDomain'
            config: {snapshotAtomicity: {a: Yes}}    | at '/config/snapshotAtomicity/a'
            config: {logFormat: xml}                 | at '/config/logFormat'
            config: {stepdeadline: PT1M}             | at '/config': additional properties 'stepdeadline'
            image: {pullPolicy: Sometimes}           | at '/image/pullPolicy'
            imagePullSecrets: [registry]             | at '/imagePullSecrets/0'
            metrics: {service: {port: 0}}            | at '/metrics/service/port'
            serviceAccount: {annotations: {a: 1}}    | at '/serviceAccount/annotations/a'
            admissionPolicies: {forkVerb: maybe}     | at '/admissionPolicies/forkVerb'
            crds: {keep: true}                       | at '/crds': additional properties 'keep'
            """)
    void valuesThatDoNotFitAreRefused(String values, String complaint) {
        assertThatThrownBy(() -> RenderedChart.with(values))
                .hasMessageContaining("values don't meet the specifications of the schema")
                .hasMessageContaining(complaint);
    }

    private static Container operatorContainer(RenderedChart chart) {
        return chart.only(Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
    }

    private static EnvVar environment(RenderedChart chart, String name) {
        List<EnvVar> found = operatorContainer(chart).getEnv().stream()
                .filter(variable -> variable.getName().equals(name))
                .toList();
        assertThat(found).as(name).hasSize(1);
        return found.getFirst();
    }

    private static boolean readsSecrets(PolicyRule rule) {
        return rule.getResources().contains("secrets");
    }
}
