package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The chart's optional policies; {@code make install} protects from deletion in namespaces that have the label
 * {@code pgfork.dev/admission-policies=enforced}. No server is needed: what is refused does not get that far.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdmissionPoliciesIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    /** Without the label. */
    @RegisterExtension
    static final TestNamespace ELSEWHERE = new TestNamespace();

    private static final String FORK = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresFork
            metadata: {name: pr-42}
            spec: {from: {name: shop}}
            """;

    private static final String FOLLOWER = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresFollower
            metadata: {name: copy}
            spec: {follows: {name: shop}, unfollow: true}
            """;

    @BeforeAll
    void enforce() {
        NAMESPACE.client().namespaces().withName(NAMESPACE.name()).edit(namespace -> {
            namespace.getMetadata().getLabels().put("pgfork.dev/admission-policies", "enforced");
            return namespace;
        });
        NAMESPACE.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: developer}
                rules:
                - {apiGroups: [pgfork.dev], resources: [postgresforks, postgresfollowers], verbs: [create]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: developers}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: developer}
                subjects:
                - {kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}
                - {kind: User, name: ben, apiGroup: rbac.authorization.k8s.io}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: forker-of-shop}
                rules:
                - {apiGroups: [pgfork.dev], resources: [postgresdatabases], resourceNames: [shop], verbs: [fork]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: forkers-of-shop}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: forker-of-shop}
                subjects:
                - {kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}
                """);
    }

    @Test
    void whoMayNotForkTheSourceCopiesNothingOfIt() {
        try (var ben = NAMESPACE.clientOf("ben")) {
            eventuallyRefused(() -> dryRun(ben, FORK), "may not copy the data of postgresdatabases/shop");
            eventuallyRefused(() -> dryRun(ben, FOLLOWER), "may not copy the data of postgresdatabases/shop");
        }
    }

    @Test
    void whoHoldsTheVerbMay() {
        try (var ann = NAMESPACE.clientOf("ann")) {
            NAMESPACE.eventually("her Role is known", () -> dryRun(ann, FORK));
            dryRun(ann, FOLLOWER);
            eventuallyRefused(
                    () -> dryRun(ann, FORK.replace("name: shop", "name: books")),
                    "may not copy the data of postgresdatabases/books");
            eventuallyRefused(
                    () -> dryRun(ann, FORK.replace("name: shop", "name: shop, namespace: elsewhere")),
                    "the verb \"fork\" on it, in a Role of namespace elsewhere");
        }
    }

    /** A namespace that nobody has labelled is no way around: it is the source that is protected. */
    @Test
    void theVerbIsAskedForWhereverTheForkIsMade() {
        ELSEWHERE.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: developer}
                rules:
                - {apiGroups: [pgfork.dev], resources: [postgresforks], verbs: [create]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: developers}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: developer}
                subjects:
                - {kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}
                - {kind: User, name: ben, apiGroup: rbac.authorization.k8s.io}
                """);
        var fork = FORK.replace("name: shop", "name: shop, namespace: " + NAMESPACE.name());
        try (var ann = NAMESPACE.clientOf("ann");
                var ben = NAMESPACE.clientOf("ben")) {
            eventuallyRefused(
                    () -> dryRun(ben, fork, ELSEWHERE),
                    "the verb \"fork\" on it, in a Role of namespace " + NAMESPACE.name());
            NAMESPACE.eventually("her Role is known", () -> dryRun(ann, fork, ELSEWHERE));
        }
    }

    @Test
    void whatOthersFollowIsNotDeletedByAccident() {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                # No node has it: the test is about the API server only.
                spec: {storage: {size: 1Gi}, pod: {nodeSelector: {pgfork.dev/e2e: nowhere}}}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: replica}
                spec: {follows: {name: shop}}
                """);
        NAMESPACE.eventually(
                "shop knows that it is followed",
                () -> assertThat(NAMESPACE
                                .client()
                                .resources(PostgresDatabase.class)
                                .inNamespace(NAMESPACE.name())
                                .withName("shop")
                                .get()
                                .getStatus()
                                .followers())
                        .isEqualTo(1));

        eventuallyRefused(
                () -> deleteDryRun(PostgresDatabase.class, "shop"),
                "PostgresDatabase shop has followers (1), which would lose what they follow");
        assertThatThrownBy(() -> delete(PostgresDatabase.class, "shop"))
                .hasMessageContaining("kubectl annotate -n " + NAMESPACE.name()
                        + " postgresdatabases/shop pgfork.dev/confirm-deletion=shop");

        confirm(PostgresDatabase.class, "shop");
        delete(PostgresDatabase.class, "shop");
        delete(PostgresFollower.class, "replica");
    }

    @Test
    void thePrimaryIsNotDeletedByAccident() {
        NAMESPACE.apply(FOLLOWER.replace("copy", "promoted").replace(", unfollow: true", ""));
        patchStatus(NAMESPACE.name(), "promoted", "{\"status\":{\"instance\":{\"role\":\"primary\"}}}");
        var complaint = "PostgresFollower promoted is the primary of shop. Promote another instance first";
        eventuallyRefused(() -> deleteDryRun(PostgresFollower.class, "promoted"), complaint);
        assertThatThrownBy(() -> delete(PostgresFollower.class, "promoted")).hasMessageContaining(complaint);

        confirm(PostgresFollower.class, "promoted");
        delete(PostgresFollower.class, "promoted");
    }

    /** Else it would stay for ever, half deleted. */
    @Test
    void aNamespaceGoesWithAllThatIsInIt() {
        var kubernetes = NAMESPACE.client();
        var ending = kubernetes
                .namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withGenerateName("ending-")
                        .addToLabels("pgfork.dev/admission-policies", "enforced")
                        .endMetadata()
                        .build())
                .create()
                .getMetadata()
                .getName();
        NAMESPACE.apply(FOLLOWER.replace(", unfollow: true", "")
                .replace("{name: copy}", "{name: promoted, namespace: " + ending + "}"));
        patchStatus(ending, "promoted", "{\"status\":{\"instance\":{\"role\":\"primary\"}}}");
        kubernetes.namespaces().withName(ending).delete();
        NAMESPACE.eventually(
                "namespace " + ending + " is gone",
                () -> assertThat(kubernetes.namespaces().withName(ending).get()).isNull());
    }

    /** The binding of a policy, and the label of a namespace, reach the API server's caches a moment late. */
    private static void eventuallyRefused(ThrowingCallable request, String complaint) {
        NAMESPACE.eventually(
                "refused: " + complaint, () -> assertThatThrownBy(request).hasMessageContaining(complaint));
    }

    private static void dryRun(KubernetesClient client, String yaml) {
        dryRun(client, yaml, NAMESPACE);
    }

    private static void dryRun(KubernetesClient client, String yaml, TestNamespace where) {
        client.resource(client.getKubernetesSerialization().unmarshal(yaml, GenericKubernetesResource.class))
                .inNamespace(where.name())
                .dryRun()
                .create();
    }

    private static <R extends CustomResource<?, ?>> void delete(Class<R> kind, String name) {
        NAMESPACE
                .client()
                .resources(kind)
                .inNamespace(NAMESPACE.name())
                .withName(name)
                .delete();
    }

    /** Nothing goes, if the policy is not yet known. */
    private static <R extends CustomResource<?, ?>> void deleteDryRun(Class<R> kind, String name) {
        NAMESPACE
                .client()
                .resources(kind)
                .inNamespace(NAMESPACE.name())
                .withName(name)
                .dryRun()
                .delete();
    }

    private static <R extends CustomResource<?, ?>> void confirm(Class<R> kind, String name) {
        NAMESPACE
                .client()
                .resources(kind)
                .inNamespace(NAMESPACE.name())
                .withName(name)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"annotations\":{\"pgfork.dev/confirm-deletion\":\"%s\"}}}".formatted(name));
    }

    private static void patchStatus(String namespace, String follower, String patch) {
        NAMESPACE
                .client()
                .resources(PostgresFollower.class)
                .inNamespace(namespace)
                .withName(follower)
                .subresource("status")
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }
}
