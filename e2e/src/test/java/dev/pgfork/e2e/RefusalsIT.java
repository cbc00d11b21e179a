package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.Shell;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.cluster.UnsafeServer;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.volumesnapshot.api.model.VolumeSnapshotClass;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What cannot be made is refused with words that help, and leaves nothing; what cannot be made yet waits and says why.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalsIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private Instance shop;

    @BeforeAll
    void makeASource() {
        shop = database("shop", "").awaitReady();
    }

    private static Instance database(String name, String settings) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: %s}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                  %s
                """.formatted(name, settings));
        return NAMESPACE.database(name);
    }

    private static Instance fork(String name, String source, String settings) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec:
                  from: {name: %s}
                  %s
                """.formatted(name, source, settings));
        return NAMESPACE.fork(name);
    }

    private static void assertRefused(Instance instance, String reason, String... words) {
        var message = instance.awaitRefused(reason);
        assertThat(message).contains(words);
        NAMESPACE.eventually(
                "nothing is left of " + instance,
                () -> assertThat(NAMESPACE.objectsOwnedBy(instance.uid())).isEmpty());
        instance.delete();
        NAMESPACE.eventually(
                instance + " is gone", () -> assertThat(instance.exists()).isFalse());
    }

    // Sources that cannot be forked safely

    /** pgfork never starts a server like this, so it is done behind its back. */
    @ParameterizedTest
    @CsvSource({
        "FsyncOff, --fsync=off, Turn fsync on",
        "FullPageWritesOff, --full_page_writes=off, Turn it on",
        "WalLevelMinimal, --wal_level=minimal --max_wal_senders=0, Set it to replica"
    })
    void aServerThatMayLoseWhatItCommittedIsNotForked(String reason, String options, String advice) {
        var source = database("unsafe", "").awaitReady();
        new UnsafeServer(NAMESPACE, source).restartWith(options);
        NAMESPACE.eventually(
                "the database says that it cannot be forked",
                () -> assertThat(source.condition("Forkable")).startsWith("False, " + reason + ": "));

        assertRefused(fork("copy", "unsafe", ""), reason, "PostgresDatabase", "unsafe", advice);

        source.delete();
        source.awaitGone();
    }

    @Test
    void aTablespaceIsNotForked() {
        Shell shell = shop.shell();
        shell.run("mkdir", "-p", "/tmp/elsewhere");
        shell.psql("app", "create tablespace elsewhere location '/tmp/elsewhere'");

        assertRefused(fork("copy", "shop", ""), "Tablespaces", "elsewhere", "Move their tables");

        // Forks of other tests must not find it in the WAL that they replay.
        shell.psql("app", "drop tablespace elsewhere", "checkpoint");
    }

    // Snapshot classes

    private static String snapshotClass(String name) {
        return NAMESPACE.name() + "-" + name;
    }

    private void createSnapshotClass(String name, String driver, boolean isDefault) {
        NAMESPACE.apply("""
                apiVersion: snapshot.storage.k8s.io/v1
                kind: VolumeSnapshotClass
                metadata:
                  name: %s
                  labels: {pgfork.dev/e2e: %s}
                  annotations: {snapshot.storage.kubernetes.io/is-default-class: "%s"}
                driver: %s
                deletionPolicy: Delete
                """.formatted(snapshotClass(name), NAMESPACE.name(), isDefault, driver));
    }

    @AfterAll
    void removeSnapshotClasses() {
        NAMESPACE
                .client()
                .resources(VolumeSnapshotClass.class)
                .withLabel("pgfork.dev/e2e", NAMESPACE.name())
                .delete();
    }

    @Test
    void twoDefaultSnapshotClassesAreRefused() {
        createSnapshotClass("default-1", shop.csiDriver(), true);
        createSnapshotClass("default-2", shop.csiDriver(), true);
        try {
            assertRefused(
                    fork("copy", "shop", ""),
                    "AmbiguousSnapshotClass",
                    snapshotClass("default-1"),
                    snapshotClass("default-2"),
                    "storage.volumeSnapshotClassName");
        } finally {
            removeSnapshotClasses();
        }
    }

    @Test
    void anotherDriversSnapshotClassIsRefused() {
        createSnapshotClass("other", "other.example.com", false);
        var settings = "storage: {volumeSnapshotClassName: %s}".formatted(snapshotClass("other"));
        assertRefused(
                fork("copy", "shop", settings), "WrongSnapshotClassDriver", "other.example.com", shop.csiDriver());
    }

    // What the resource itself asks for

    @Test
    void lessStorageThanTheSourcesIsRefused() {
        assertRefused(fork("copy", "shop", "storage: {size: 512Mi}"), "StorageSmaller", "512Mi", "1Gi");
    }

    @ParameterizedTest
    @CsvSource({
        "shred_buffers, 1GB, check its spelling",
        "fsync, 'off', it is always on",
        "unix_socket_directories, /tmp, set spec.service instead",
        "ssl, 'off', TLS is always on",
        "max_connections, many, max_connections",
        "wal_level, minimal, must be replica or logical",
        "pgfork.uid, mine, for pgfork itself"
    })
    void settingsThatPostgresOrPgforkCannotTakeAreRefused(String name, String value, String words) {
        var parameters = "parameters: {%s: \"%s\"}".formatted(name, value);
        assertRefused(database("misset", parameters), "InvalidParameters", name, words);
        assertRefused(fork("misset", "shop", parameters), "InvalidParameters", name);
    }

    @Test
    void aForkThatWouldArchiveIsRefused() {
        assertRefused(
                fork("archiving", "shop", "parameters: {archive_command: \"cp %p /archive/%f\"}"),
                "InvalidParameters",
                "archive_command",
                "a fork never archives");
    }

    // Names

    @Test
    void aNameHasOneOwnerOverAllKinds() {
        var fork = fork("pr", "shop", "").awaitReady();

        assertRefused(fork("shop", "shop", ""), "NameTaken", "Service", "shop-instance", "PostgresDatabase shop");
        assertRefused(database("pr", ""), "NameTaken", "Service", "pr-instance", "PostgresFork pr");

        shop.awaitReady();
        fork.awaitReady().delete();
        fork.awaitGone();
    }

    @ParameterizedTest
    @CsvSource({"mine", "mine-instance"})
    void aUsersServiceIsInTheWayAndStaysAsItIs(String name) {
        NAMESPACE.apply("""
                apiVersion: v1
                kind: Service
                metadata: {name: %s}
                spec: {ports: [{port: 80}]}
                """.formatted(name));
        assertInTheWay(Service.class, name);
    }

    @ParameterizedTest
    @CsvSource({"mine-app", "mine-tls"})
    void aUsersSecretIsInTheWayAndStaysAsItIs(String name) {
        NAMESPACE.apply("""
                apiVersion: v1
                kind: Secret
                metadata: {name: %s}
                stringData: {key: value}
                """.formatted(name));
        assertInTheWay(Secret.class, name);
    }

    private void assertInTheWay(Class<? extends io.fabric8.kubernetes.api.model.HasMetadata> type, String name) {
        var object =
                NAMESPACE.client().resources(type).inNamespace(NAMESPACE.name()).withName(name);
        var version = object.get().getMetadata().getResourceVersion();

        assertRefused(database("mine", ""), "NameTaken", type.getSimpleName(), name);
        assertRefused(fork("mine", "shop", ""), "NameTaken", type.getSimpleName(), name);

        assertThat(object.get().getMetadata().getResourceVersion()).isEqualTo(version);
        object.delete();
    }

    // What is only not possible yet

    @Test
    void aForkWaitsForItsSourceToBeMade() {
        var fork = fork("early", "late", "");
        assertThat(fork.awaitNotReady("SourceNotFound")).contains("PostgresDatabase", "late");

        database("late", "");

        fork.awaitReadyInTheEnd();
    }

    @Test
    void aForkWaitsForItsSourceToBeReady() {
        var label = "pgfork.dev/e2e-" + NAMESPACE.name();
        database("homeless", "pod: {nodeSelector: {%s: \"here\"}}".formatted(label));
        var fork = fork("waiting", "homeless", "pod: {nodeSelector: {}}");
        assertThat(fork.awaitNotReady("SourceNotReady")).contains("PostgresDatabase", "homeless");

        NAMESPACE.labelAllNodes(label, "here");
        try {
            fork.awaitReadyInTheEnd();
        } finally {
            NAMESPACE.removeLabelOfNodes(label);
        }
    }

    @Test
    void aForkWaitsForRoomInTheQuota() {
        quota(0);
        var fork = fork("no-room", "shop", "");
        assertThat(fork.awaitNotReady("QuotaExceeded")).contains("full");
        quota(100);
        fork.awaitReadyInTheEnd();
        fork.delete();
    }

    private static void quota(int volumes) {
        NAMESPACE.apply("""
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: full}
                spec: {hard: {persistentvolumeclaims: "%d"}}
                """.formatted(volumes));
    }

    @Test
    void aForkWaitsForItsSnapshotClass() {
        var name = snapshotClass("late");
        var fork = fork("classless", "shop", "storage: {volumeSnapshotClassName: %s}".formatted(name));
        assertThat(fork.awaitNotReady("NoSnapshotClass")).contains(name);

        createSnapshotClass("late", shop.csiDriver(), false);

        fork.awaitReadyInTheEnd();
    }
}
