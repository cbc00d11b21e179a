package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import java.sql.SQLException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Volumes grow while their servers serve, where their class allows it, and one that is full says so until it has grown.
 */
class GrowthIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    /** Of the local cluster: each volume has a file system of its own, which gets full. */
    private static final String SIZED = "btrfs-sized";

    /** Of the local cluster: its volumes do not grow. */
    private static final String FIXED = "btrfs-wait";

    @Test
    void aDatabaseUnderLoadGrowsWithItsFollowerAndItsForkByItself() throws SQLException {
        var shop = database("shop", "1Gi", SIZED);
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: shop-replica}
                spec: {follows: {name: shop}}
                """);
        var replica = NAMESPACE.follower("shop-replica").awaitReady();
        try (var writer = AckedWriter.start(shop.login())) {
            fork("");
            var fork = NAMESPACE.fork("pr").awaitReady();
            database("shop", "2Gi", SIZED);
            for (var instance : new Instance[] {shop, replica}) {
                awaitSize(instance, "2Gi");
                NAMESPACE.eventually(
                        "its server keeps as much WAL as fits",
                        () -> assertThat(instance.psql("show max_slot_wal_keep_size"))
                                .isEqualTo("512MB"));
            }
            assertThat(requested(fork)).isEqualTo(new Quantity("1Gi"));
            fork("storage: {size: 3Gi}");
            awaitSize(fork, "3Gi");

            NAMESPACE.apply("""
                    apiVersion: pgfork.dev/v1alpha1
                    kind: PostgresFork
                    metadata: {name: pr-later}
                    spec: {from: {name: shop}}
                    """);
            var later = NAMESPACE.fork("pr-later").awaitReady();
            assertThat(requested(later)).isEqualTo(new Quantity("2Gi"));
            assertThat(capacityInPod(later)).isGreaterThan(1_800_000_000L);
            assertThat(writer.interruptions()).isZero();
            AckedWriter.assertHasAll(shop.login(), writer.acknowledged());
        }
        assertThat(shop.restarts()).isZero();
        assertThat(replica.awaitReady().restarts()).isZero();
    }

    @Test
    void whereTheClassDoesNotAllowItNothingIsChanged() {
        var fixed = database("fixed", "1Gi", FIXED);
        database("fixed", "2Gi", FIXED);
        NAMESPACE.eventually(
                "it says that the class does not allow it",
                () -> assertThat(fixed.condition("Resized"))
                        .startsWith("False, ClassDoesNotGrow: ")
                        .contains(FIXED));
        assertThat(requested(fixed)).isEqualTo(new Quantity("1Gi"));
        assertThat(fixed.condition("Ready")).startsWith("True, ");
    }

    @Test
    void aFullDiskIsAnnouncedSaysSoAndIsGotOverByGrowing() throws SQLException {
        var full = database("full", "640Mi", SIZED);
        try (var writer = AckedWriter.start(full.login())) {
            NAMESPACE.eventually(
                    "rows are written", () -> assertThat(writer.acknowledged()).isNotEmpty());
            full.shell().bash("""
                    free=$(stat -f -c '%a' /pgfork/volume) all=$(stat -f -c '%b' /pgfork/volume)
                    size=$(stat -f -c '%S' /pgfork/volume)
                    dd if=/dev/zero of=/pgfork/volume/filler bs="$size" count=$((free - all / 12)) status=none
                    """);
            NAMESPACE.eventually(
                    "it is almost full",
                    () -> assertThat(full.condition("DiskSpace")).startsWith("False, AlmostFull: "));
            assertThat(full.condition("Ready")).startsWith("True, ");

            full.shell().bash("dd if=/dev/zero of=/pgfork/volume/rest bs=64k status=none || :");
            full.shell().bash("""
                    for _ in $(seq 500); do
                      psql -qAtX -U postgres -d app -c "select pg_logical_emit_message(true, 'x', repeat('x', 1000000))" || break
                    done >/dev/null 2>&1
                    """);
            NAMESPACE.eventually("it says why it does not serve", () -> {
                assertThat(full.condition("Stalled")).startsWith("True, DiskFull: ");
                assertThat(full.condition("DiskSpace")).startsWith("False, Full: ");
            });
            var before = writer.acknowledged();

            database("full", "2Gi", SIZED);
            full.awaitReadyInTheEnd();
            awaitSize(full, "2Gi");
            NAMESPACE.eventually(
                    "there is space again",
                    () -> assertThat(full.condition("DiskSpace")).startsWith("True, Enough: "));
            AckedWriter.assertHasAll(full.login(), before);
        }
        assertThat(full.restarts()).as("of the container").isZero();
    }

    private static Instance database(String name, String size, String storageClass) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: %s}
                spec:
                  storage: {size: %s, storageClassName: %s}
                  deletionPolicy: Delete
                """.formatted(name, size, storageClass));
        var database = NAMESPACE.database(name);
        return database.condition("DiskSpace").startsWith("False") ? database : database.awaitReady();
    }

    private static void fork(String storage) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: pr}
                spec:
                  from: {name: shop}
                  %s
                """.formatted(storage));
    }

    private static void awaitSize(Instance instance, String size) {
        var bytes = Quantity.getAmountInBytes(new Quantity(size)).longValue();
        NAMESPACE.eventually(instance + " has " + size, () -> {
            assertThat(instance.condition("Resized"))
                    .startsWith("True, Resized: ")
                    .endsWith(" has " + size);
            assertThat(claim(instance).getStatus().getCapacity()).containsEntry("storage", new Quantity(size));
            assertThat(capacityInPod(instance)).isGreaterThan(bytes * 8 / 10);
        });
    }

    private static long capacityInPod(Instance instance) {
        return Long.parseLong(instance.shell()
                .bash("df --output=size -B1 /pgfork/volume | tail -n 1")
                .strip());
    }

    private static Quantity requested(Instance instance) {
        return Objects.requireNonNull(
                claim(instance).getSpec().getResources().getRequests().get("storage"));
    }

    private static PersistentVolumeClaim claim(Instance instance) {
        return NAMESPACE
                .client()
                .persistentVolumeClaims()
                .inNamespace(NAMESPACE.name())
                .withName(instance.generationName())
                .require();
    }
}
