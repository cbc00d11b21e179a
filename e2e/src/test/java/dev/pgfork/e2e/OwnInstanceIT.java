package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.PromotionStatus.Outcome;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The database's own instance while its follower is the primary: it is removed and comes back on another storage class,
 * it is rebuilt when its claim was deleted, and when it has diverged.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OwnInstanceIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final Path EXAMPLE = Path.of("..", "examples", "move-to-another-class");
    private static final String OTHER_CLASS = "btrfs-wait";

    private WatchedDatabase database;
    private Instance shop;
    private Instance follower;

    @BeforeAll
    void writeToADatabaseWithAFollowerOnAnotherClass() throws SQLException {
        database = WatchedDatabase.with(
                NAMESPACE,
                WatchedDatabase.follower(
                        "shop-fast", "follows: {name: shop}, storage: {storageClassName: btrfs-wait}"));
        shop = database.shop();
        follower = database.members().getLast();
    }

    @Test
    @Order(1)
    void isNotRemovedWhileItIsThePrimary() throws IOException {
        apply("3-remove");

        awaitOwnInstance("False, IsPrimary");
        assertThat(claim("shop-g1")).isPresent();
        assertThat(shop.condition("Ready")).startsWith("True");
        NAMESPACE.apply(example("3-remove").replace("Removed", "Running"));
    }

    @Test
    @Order(2)
    void isRemovedOnceTheFollowerIsThePrimary() throws IOException {
        apply("1-follow");
        assertThat(classOf("shop-fast-g1")).isEqualTo(OTHER_CLASS);
        promote("2-promote", Outcome.Done);
        database.awaitWritesTo(follower);
        database.awaitAllFollow();
        awaitOwnInstance("True, Streaming");

        apply("3-remove");

        awaitOwnInstance("True, Removed");
        assertThat(claim("shop-g1")).isEmpty();
        assertThat(shop.pod()).isEmpty();
        assertThat(follower.psql("select count(*) from pg_replication_slots")).isEqualTo("0");
        assertThat(follower.psql("select count(*) from pg_roles where rolname = 'pgfork_replica_shop'"))
                .isEqualTo("0");
        assertThat(NAMESPACE.objectsOf("shop"))
                .contains(
                        "Service/shop", "Service/shop-ro", "Service/shop-instance", "Secret/shop-app", "Secret/shop-ca")
                .noneMatch(object -> object.startsWith("ConfigMap") || object.endsWith("-tls"));
        database.awaitWritesTo(follower);
        assertThat(shop.condition("Ready")).startsWith("True");
    }

    @Test
    @Order(3)
    void isNotPromotedWhileItIsRemoved() throws IOException {
        var at = Instant.now().toString();
        NAMESPACE.apply(example("3-remove") + "  promote: {to: shop, at: \"%s\"}%n".formatted(at));

        var ended = database.awaitOutcome(at);
        assertThat(ended.outcome()).isEqualTo(Outcome.Refused);
        assertThat(ended.reason()).isEqualTo("OwnInstanceRemoved");
    }

    @Test
    @Order(4)
    void comesBackOnTheOtherClassAndIsPromotedAgain() throws SQLException, IOException {
        apply("4-come-back");

        awaitOwnInstance("True, Streaming");
        assertThat(shop.podName()).isEqualTo("shop-g2-0");
        assertThat(classOf("shop-g2")).isEqualTo(OTHER_CLASS);
        assertThat(Objects.requireNonNull(
                                Objects.requireNonNull(shop.databaseStatus().ownInstance())
                                        .seed())
                        .method())
                .isEqualTo("snapshot");
        promote("5-promote-back", Outcome.Done);
        database.awaitWritesTo(shop);
        database.awaitAllFollow();
        database.assertNothingLost();
        assertThat(shop.databaseStatus().primary()).isEqualTo("shop");
    }

    @Test
    @Order(5)
    void isRebuiltWhenItsClaimWasDeleted() throws SQLException, IOException {
        promoteFollower();
        awaitOwnInstance("True, Streaming");

        NAMESPACE
                .client()
                .persistentVolumeClaims()
                .inNamespace(NAMESPACE.name())
                .withName("shop-g2")
                .delete();

        awaitGeneration(3);
        awaitOwnInstance("True, Streaming");
        database.awaitAllFollow();
        database.assertNothingLost();
        database.close();
    }

    /** It was the primary, wrote what nobody received, and died; nobody promised that this would be kept. */
    @Test
    @Order(6)
    void isRebuiltWhenItHasDivergedAndItsOldVolumeIsKept() throws IOException {
        promote("5-promote-back", Outcome.Done);
        follower.awaitReady();
        NAMESPACE.apply(example("4-come-back") + "  failover: {mode: Automatic, after: 5s}\n");
        var receiver = follower.psql("select pid from pg_stat_wal_receiver");
        follower.shell().run("kill", "-STOP", receiver);
        try {
            shop.psql("create table unseen as select g, repeat(md5(g::text), 20) from generate_series(1, 100000) g");
            shop.shell()
                    .bash("cd /pgfork/volume/pgdata && mkdir ../away && mv pg_wal/0* ../away/"
                            + " && kill -KILL \"$(head -1 postmaster.pid)\"");
            NAMESPACE.eventually(
                    "the follower is being promoted",
                    () -> assertThat(
                                    Objects.requireNonNull(shop.databaseStatus().changeover())
                                            .step())
                            .isEqualTo(ChangeoverStep.Promoting));
        } finally {
            // Its server ends recovery only when its walreceiver has ended.
            follower.shell().attempt("kill", "-CONT", receiver);
        }
        NAMESPACE.eventually(
                "the follower is the primary",
                () -> assertThat(shop.databaseStatus().primary()).isEqualTo("shop-fast"));
        assertThat(follower.psql("select to_regclass('unseen') is null")).isEqualTo("t");

        // Its WAL is found again, so that it can start, and follow whoever has become the primary.
        shop.shell().bash("cd /pgfork/volume && mv away/0* pgdata/pg_wal/ && rmdir away");
        shop.deletePod();

        awaitGeneration(4);
        awaitOwnInstance("True, Streaming");
        var own = Objects.requireNonNull(shop.databaseStatus().ownInstance());
        assertThat(Objects.requireNonNull(own.rebuild()).reason()).isEqualTo("Diverged");
        assertThat(own.rebuild().keptVolume()).isEqualTo("shop-g3");
        assertThat(claim("shop-g3").orElseThrow().getMetadata().getAnnotations())
                .containsEntry("pgfork.dev/kept", "Diverged");
    }

    @AfterAll
    void stop() {
        if (database != null) {
            database.close();
        }
    }

    private void promote(String step, Outcome outcome) throws IOException {
        order(example(step), outcome);
    }

    private void promoteFollower() throws IOException {
        order(example("5-promote-back").replace("to: shop", "to: shop-fast"), Outcome.Done);
    }

    private void order(String yaml, Outcome outcome) {
        var at = Instant.now().toString();
        NAMESPACE.apply(yaml.replaceFirst("at: \"[^\"]*\"", "at: \"" + at + '"'));
        var ended = database.awaitOutcome(at);
        assertThat(ended.outcome()).as(ended.toString()).isEqualTo(outcome);
    }

    private static void apply(String step) throws IOException {
        NAMESPACE.apply(example(step));
    }

    /** On the classes of the local cluster, and such that nothing is left of it. */
    private static String example(String step) throws IOException {
        return Files.readString(EXAMPLE.resolve(step + ".yaml"))
                .replace("storageClassName: fast", "storageClassName: " + OTHER_CLASS)
                .replace("size: 10Gi", "size: 2Gi")
                .replaceFirst("kind: PostgresDatabase\n(.*\n)+?spec:\n", "$0  deletionPolicy: Delete\n");
    }

    private void awaitOwnInstance(String condition) {
        NAMESPACE.eventually(
                "the own instance is " + condition,
                () -> assertThat(shop.condition("OwnInstance")).startsWith(condition));
    }

    private void awaitGeneration(int generation) {
        NAMESPACE.eventually(
                "generation " + generation + " is made",
                () -> assertThat(Objects.requireNonNull(shop.databaseStatus().instance())
                                .generation())
                        .isEqualTo(generation));
    }

    private static String classOf(String claim) {
        return claim(claim).orElseThrow().getSpec().getStorageClassName();
    }

    private static Optional<PersistentVolumeClaim> claim(String name) {
        return Optional.ofNullable(NAMESPACE
                .client()
                .persistentVolumeClaims()
                .inNamespace(NAMESPACE.name())
                .withName(name)
                .get());
    }
}
