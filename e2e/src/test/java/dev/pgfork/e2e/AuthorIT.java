package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.e2e.cluster.Burglar;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshot;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotContent;
import java.sql.SQLException;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The author of forks may do everything in a namespace of his own and nothing elsewhere, and wants to see what the
 * source has masked. All the time he looks into every volume that he can get hold of, byte by byte.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuthorIT {

    @RegisterExtension
    static final TestNamespace PROD = new TestNamespace();

    @RegisterExtension
    static final TestNamespace PREVIEW = new TestNamespace();

    private static final String AUTHOR = "author-of-forks";

    /** In each address of an unmasked customer. */
    private static final String UNMASKED = "magrathea";

    /** In the SQL of the mask, which is the source's matter, too. */
    private static final String OF_THE_MASK = "slartibartfast";

    private KubernetesClient author;
    private Burglar burglar;

    @BeforeAll
    void makeASourceThatMasksAndAnAuthor() {
        PROD.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: masks}
                data: {mask.sql: "/* %s */ UPDATE customers SET email = 'masked-' || id"}
                ---
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                """.formatted(OF_THE_MASK));
        var shop = PROD.database("shop").awaitReady();
        shop.psql("create table customers (id int primary key, email text)");
        shop.psql("alter table customers owner to app");
        shop.psql("insert into customers select i, 'zaphod-' || i || '@%s.example' from generate_series(1, 5000) i"
                .formatted(UNMASKED));
        shop.psql("analyze");
        PROD.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: shop}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                  forks:
                    namespaces: {from: All}
                    sanitize: [{name: mask-customers, configMap: {name: masks, key: mask.sql}}]
                """);
        letTheAuthorIn();
        author = PREVIEW.clientOf(AUTHOR);
        burglar = new Burglar(author, PREVIEW.name(), UNMASKED, OF_THE_MASK).start();
        try (var owner = new Burglar(PROD.client(), PROD.name(), UNMASKED)) {
            assertThat(owner.looksInto(shop.podName()))
                    .as("what he looks for can be found")
                    .isNotEmpty();
        }
    }

    /**
     * Everything that a Role can give, but for the namespace itself: with its labels he could let in any pod. In the
     * source's namespace nothing but to fork.
     */
    private static void letTheAuthorIn() {
        PROD.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: forking}
                rules: [{apiGroups: [pgfork.dev], resources: [postgresdatabases, postgresforks], verbs: [fork]}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: forking}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: forking}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}]
                """.formatted(AUTHOR));
        PREVIEW.apply("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: everything}
                rules:
                  - apiGroups: [""]
                    resources: [pods, pods/exec, pods/log, pods/ephemeralcontainers, pods/attach, secrets, configmaps,
                      services, persistentvolumeclaims, events, serviceaccounts]
                    verbs: ["*"]
                  - {apiGroups: [apps, batch, pgfork.dev, snapshot.storage.k8s.io], resources: ["*"], verbs: ["*"]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: everything}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: everything}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}]
                """.formatted(AUTHOR));
    }

    @AfterAll
    void letHimGo() {
        burglar.close();
        author.close();
    }

    private Instance fork(String name, String from, String more) {
        create("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec:
                  from: {%s, namespace: %s}
                  %s
                """.formatted(name, from, PROD.name(), more));
        return PREVIEW.fork(name);
    }

    /** As the author. */
    private void create(String yaml) {
        PREVIEW.documents(yaml)
                .forEach(object ->
                        author.resource(object).inNamespace(PREVIEW.name()).create());
    }

    private void assertNothingSeen() {
        assertThat(burglar.found()).isEmpty();
        assertThat(burglar.looks()).as("volumes that he looked into").isPositive();
    }

    @Test
    void elsewhereHeCanDoNothing() {
        assertForbidden(() ->
                author.secrets().inNamespace(PROD.name()).withName("shop-app").get());
        assertForbidden(() ->
                author.configMaps().inNamespace(PROD.name()).withName("masks").get());
        assertForbidden(() -> author.pods().inNamespace(PROD.name()).list());
        assertForbidden(() ->
                author.resources(PostgresFork.class).inNamespace(PROD.name()).list());
        assertForbidden(() ->
                author.resources(VolumeSnapshot.class).inNamespace(PROD.name()).list());
        assertForbidden(() -> author.resources(VolumeSnapshotContent.class).list());
        assertForbidden(() -> author.resources(PersistentVolume.class).list());
    }

    private static void assertForbidden(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        refused -> assertThat(refused.getCode()).isEqualTo(403));
    }

    /** Own steps come last, whatever they are called, and see what everybody sees. */
    @Test
    void hisOwnStepsSeeWhatIsMaskedAndReplaceNothing() throws SQLException {
        create("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: masks}
                data: {mask.sql: "CREATE TABLE loot AS SELECT * FROM customers"}
                """);
        var fork = fork("loot", "name: shop", "sanitize: [{name: loot, configMap: {name: masks, key: mask.sql}}]")
                .awaitReadyInTheEnd();
        assertThat(fork.login().query("select count(*) from loot where email = 'masked-' || id"))
                .isEqualTo("5000");
        assertThat(fork.login().query("select count(*) from customers where email = 'masked-' || id"))
                .isEqualTo("5000");
        burglar.lookEverywhere();
        assertNothingSeen();
        fork.delete();
    }

    /** He keeps whatever is handed over, makes volumes of it, and looks into them by pods of his own. */
    @Test
    void whatIsHandedOverHoldsNothingElse() {
        burglar.stealSnapshots();
        var fork = fork("victim", "name: shop", "suspend: false").awaitReadyInTheEnd();
        PREVIEW.eventually(
                "he has looked into a volume of his own",
                () -> assertThat(burglar.stolen()).isNotEmpty());
        burglar.lookFromEphemeralContainerOf(fork.podName());
        burglar.lookEverywhere();
        assertNothingSeen();
        fork.delete();
    }

    /** The status of his fork is the operator's, and he may write it all the same. */
    @Test
    void aForgedStatusGetsHimNothing() {
        var forged = fork("forged", "name: shop", "suspend: false");
        PREVIEW.awaitPhase("forged", ForkPhase.Cutting);
        var shop = Objects.requireNonNull(PROD.client()
                .genericKubernetesResources("pgfork.dev/v1alpha1", "PostgresDatabase")
                .inNamespace(PROD.name())
                .withName("shop")
                .get());
        for (var attempt = 0; attempt < 20; attempt++) {
            author.genericKubernetesResources("pgfork.dev/v1alpha1", "PostgresFork")
                    .inNamespace(PREVIEW.name())
                    .withName("forged")
                    .subresource("status")
                    .patch(PatchContext.of(PatchType.JSON_MERGE), """
                            {"status": {
                              "source": {"kind": "PostgresDatabase", "name": "shop", "uid": "%s", "volume": "shop-g1"},
                              "sanitizedBy": [{"name": "mask-customers", "origin": "Source", "sqlHash": "%s"}]}}
                            """.formatted(
                                    shop.getMetadata().getUid(), "0".repeat(64)));
            burglar.lookEverywhere();
        }
        forged.delete();
        forged.awaitGone();
        assertThat(burglar.found()).isEmpty();
    }

    /** What lies in the source's namespace he can name, and gets what it is allowed to give. */
    @Test
    void theMaskedCopyItselfGivesHimWhatEverybodyGets() throws SQLException {
        var fork = fork("of-copy", "kind: PostgresFork, name: shop-masked", "ttl: 1h")
                .awaitReadyInTheEnd();
        assertThat(fork.login().query("select count(*) from customers where email = 'masked-' || id"))
                .isEqualTo("5000");
        burglar.lookEverywhere();
        assertNothingSeen();
        fork.delete();
    }
}
