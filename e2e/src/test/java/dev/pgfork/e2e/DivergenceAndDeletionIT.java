package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.DeletionPolicy;
import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Pgbench;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A fork and its source have nothing to do with each other any more, and what is deleted leaves nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DivergenceAndDeletionIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Instance shop;

    @BeforeAll
    void makeASource() {
        shop = database("shop", DeletionPolicy.Delete).awaitReady();
    }

    private static Instance database(String name, DeletionPolicy policy) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: %s}
                spec:
                  storage: {size: 2Gi}
                  deletionPolicy: %s
                """.formatted(name, policy));
        return NAMESPACE.database(name);
    }

    private static Instance fork(String name, String source) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec:
                  from: {name: %s}
                """.formatted(name, source));
        return NAMESPACE.fork(name);
    }

    @Test
    void rowsOfOneAreNotInTheOther() throws SQLException {
        shop.login().execute("create table customers (name text)");
        shop.login().execute("insert into customers values ('of both')");
        var fork = fork("diverging", "shop").awaitReady();

        fork.login().execute("insert into customers values ('of the fork')");
        shop.login().execute("insert into customers values ('of the source')");

        var names = "select string_agg(name, ', ' order by name) from customers";
        assertThat(fork.login().query(names)).isEqualTo("of both, of the fork");
        assertThat(shop.login().query(names)).isEqualTo("of both, of the source");
    }

    @Test
    void aDeletedForkLeavesItsSourceAlone() throws SQLException {
        var storage = NAMESPACE.storage();
        try (var writer = AckedWriter.start(shop.login())) {
            var fork = fork("deleted", "shop").awaitReady();
            NAMESPACE.eventually(
                    "only the fork's volume has been added",
                    () -> assertThat(NAMESPACE.storage()).hasSize(storage.size() + 1));

            fork.delete();
            fork.awaitGone();
            NAMESPACE.eventually(
                    "the storage is as it was",
                    () -> assertThat(NAMESPACE.storage()).isEqualTo(storage));

            var acknowledged = writer.acknowledged();
            assertThat(writer.interruptions())
                    .as(() -> String.valueOf(writer.lastFailure()))
                    .isZero();
            AckedWriter.assertHasAll(shop.login(), acknowledged);
            Pgbench.assertSound(shop.shell());
        }
    }

    /** Phases are short: the fork may be further when it is deleted, and must leave nothing then either. */
    @ParameterizedTest
    @EnumSource(names = {"Pending", "Cutting", "Starting", "Quarantine"})
    void aForkCanBeDeletedInAnyPhase(ForkPhase phase) {
        var storage = NAMESPACE.storage();
        var fork = fork("early-" + phase.name().toLowerCase(Locale.ROOT), "shop");
        NAMESPACE.awaitPhase(fork.name(), phase);

        fork.delete();
        fork.awaitGone();
        NAMESPACE.eventually(
                "the storage is as it was",
                () -> assertThat(NAMESPACE.storage()).isEqualTo(storage));
    }

    @ParameterizedTest
    @EnumSource
    void aForkOutlivesItsSource(DeletionPolicy policy) throws SQLException {
        var source = database(policy.name().toLowerCase(Locale.ROOT), policy).awaitReady();
        source.login().execute("create table memories as select 'of the source'::text as what");
        var fork = fork("heir-of-" + source.name(), source.name()).awaitReady();

        source.delete();
        NAMESPACE.eventually(
                "the source is gone", () -> assertThat(source.exists()).isFalse());
        switch (policy) {
            case Delete -> source.awaitGone();
            case Retain -> assertOnlyTheVolumeIsLeft(source);
        }

        assertThat(fork.login().query("select what from memories")).isEqualTo("of the source");
        fork.deletePod();
        fork.awaitServing();
        assertThat(fork.login().query("select what from memories")).isEqualTo("of the source");
        fork.delete();
        fork.awaitGone();
    }

    private static void assertOnlyTheVolumeIsLeft(Instance source) {
        NAMESPACE.eventually(
                "only the volume is left",
                () -> assertThat(NAMESPACE.objectsOf(source.name()))
                        .containsExactly("PersistentVolumeClaim/" + source.generationName()));
        var claim = Objects.requireNonNull(NAMESPACE
                .client()
                .resources(PersistentVolumeClaim.class)
                .inNamespace(NAMESPACE.name())
                .withName(source.generationName())
                .get());
        assertThat(claim.getMetadata().getOwnerReferences()).isEmpty();
        assertThat(claim.getMetadata().getDeletionTimestamp()).isNull();
        assertThat(claim.getMetadata().getAnnotations())
                .containsEntry("pgfork.dev/database", source.name())
                .containsKeys("pgfork.dev/owner-uid", "pgfork.dev/system-identifier", "pgfork.dev/epoch");
    }
}
