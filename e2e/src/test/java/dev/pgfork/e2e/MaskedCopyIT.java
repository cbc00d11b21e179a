package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkPhase;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.api.v1alpha1.PostgresForkStatus;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.Login;
import dev.pgfork.e2e.postgres.Peeper;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A source that demands a mask and lets forks into other namespaces. Its rules are there before its tables, so that its
 * first masked copy fails, and is made again by itself.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MaskedCopyIT {

    @RegisterExtension
    static final TestNamespace PROD = new TestNamespace();

    @RegisterExtension
    static final TestNamespace PREVIEW = new TestNamespace();

    private static final String UNMASKED = "select count(*) from customers where email not like 'masked-%'";
    private static final String MASK = "{name: mask, configMap: {name: masks, key: mask.sql}}";
    private static final String AUDIT = "{name: audit, configMap: {name: masks, key: audit.sql}}";

    private Instance shop;
    private Instance copy;

    @BeforeAll
    void makeASourceThatDemandsAMask() {
        shop = PROD.database("shop");
        copy = PROD.fork("shop-masked");
        masks("DELETE FROM audit");
        rules("All", MASK);
        shop.awaitReady();
        shop.psql("create table customers (id int primary key, email text)");
        shop.psql(
                "insert into customers select i, 'zaphod-' || i || '@magrathea.example' from generate_series(1, 20000) i");
        shop.psql("create table runs (step text)");
        shop.psql("create table audit (said text)");
        shop.psql("insert into audit values ('zaphod was here')");
        for (var table : List.of("customers", "runs", "audit")) {
            shop.psql("alter table " + table + " owner to app");
        }
    }

    private static void masks(String audit) {
        PROD.apply("""
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: masks}
                data:
                  mask.sql: |
                    INSERT INTO runs VALUES ('mask');
                    UPDATE customers SET email = 'masked-' || id;
                  audit.sql: %s
                  nothing.sql: SELECT 1
                """.formatted(audit));
    }

    private static void rules(String namespaces, String steps) {
        rules("shop", namespaces, steps, "12h");
    }

    private static void rules(String database, String namespaces, String steps, String maxAge) {
        PROD.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresDatabase
                metadata: {name: %s}
                spec:
                  storage: {size: 1Gi}
                  deletionPolicy: Delete
                  forks: {namespaces: {from: %s}, sanitize: [%s], maskedCopy: {maxAge: %s}}
                """.formatted(database, namespaces, steps, maxAge));
    }

    @BeforeEach
    void demandTheMask() {
        rules("All", MASK);
    }

    private static Instance fork(String name) {
        return fork(name, "shop");
    }

    private static Instance fork(String name, String database) {
        PREVIEW.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec: {from: {name: %s, namespace: %s}}
                """.formatted(name, database, PROD.name()));
        return PREVIEW.fork(name);
    }

    /** Until its data have passed these, and it rests. */
    private PostgresForkStatus awaitCopy(String... steps) {
        PROD.eventually("the copy has passed " + List.of(steps), () -> {
            assertThat(copy.exists()).isTrue();
            var status = copy.forkStatus();
            assertThat(status.sanitizedBy()).extracting(SanitizedBy::name).contains(steps);
            assertThat(status.phase()).isEqualTo(ForkPhase.Suspended);
            assertThat(copy.pod()).isEmpty();
        });
        return copy.forkStatus();
    }

    @Test
    void noUnmaskedByteGetsIntoTheOtherNamespace() throws SQLException {
        try (var peeper = peeper("first")) {
            var first = fork("first").awaitReadyInTheEnd();
            PREVIEW.eventually(
                    "he gets in with the fork's own login",
                    () -> assertThat(peeper.looks()).isGreaterThan(5));
            assertThat(peeper.seen()).isEmpty();
            assertThat(peeper.blind()).isEmpty();
            assertMasked(first);
            var status = first.forkStatus();
            assertThat(Objects.requireNonNull(status.source()).name()).isEqualTo("shop-masked");
            assertThat(status.source().kind()).isEqualTo(PostgresFork.KIND);
            assertThat(status.sanitizedBy()).extracting(SanitizedBy::name).contains("mask");
        }
        var made = awaitCopy("mask");
        assertThat(shop.condition("MaskedCopy")).startsWith("True, Usable: ");

        var second = fork("second").awaitReadyInTheEnd();
        assertMasked(second);
        assertThat(second.psql("select count(*) from runs"))
                .as("the mask was run once, for both")
                .isEqualTo("1");
        assertThat(awaitCopy("mask").source()).isEqualTo(made.source());
        assertThat(copy.forkStatus().instance()).isEqualTo(made.instance());
        PROD.eventually(
                "shop counts both, and not the copy",
                () -> assertThat(shop.databaseStatus().forks()).isEqualTo(2));
        for (var fork : List.of(first(), second)) {
            fork.delete();
            fork.awaitGone();
        }
    }

    private static Instance first() {
        return PREVIEW.fork("first");
    }

    private void assertMasked(Instance fork) throws SQLException {
        assertThat(fork.login().query("select count(*) from customers where email = 'masked-' || id"))
                .isEqualTo("20000");
        assertThat(fork.shell()
                        .attempt("grep", "-rla", "magrathea", "/pgfork/volume")
                        .stdout())
                .as("files that hold unmasked bytes")
                .isEmpty();
        assertThat(shop.shell()
                        .attempt("grep", "-rla", "magrathea", "/pgfork/volume")
                        .stdout())
                .as("of the source there are some")
                .isNotEmpty();
    }

    @Test
    void aStepThatIsDemandedSinceIsPassedBeforeTheNextFork() {
        awaitCopy("mask");
        masks("SELECT 1 / 0");
        rules("All", MASK + ", " + AUDIT);
        var fork = fork("audited");
        PREVIEW.eventually(
                "it waits for the copy, and says why",
                () -> assertThat(fork.condition("Ready"))
                        .startsWith("False, MaskedCopyNotReady: ")
                        .contains("shop-masked", "SanitizeFailed"));
        assertThat(fork.pod()).isEmpty();
        assertThat(PREVIEW.storage()).isEmpty();

        masks("DELETE FROM audit");
        fork.awaitReadyInTheEnd();
        awaitCopy("mask", "audit");
        assertThat(fork.psql("select count(*) from audit")).isEqualTo("0");
        assertThat(fork.psql(UNMASKED)).isEqualTo("0");
        assertThat(fork.forkStatus().sanitizedBy())
                .extracting(SanitizedBy::name)
                .containsExactly("mask", "audit");
        fork.delete();
        fork.awaitGone();
    }

    @Test
    void aCopyThatIsTooOldIsMadeAgain() {
        var old = awaitCopy("mask");
        shop.psql("insert into customers values (20001, 'zaphod-20001@magrathea.example')");
        rules("shop", "All", MASK, "1m");
        PROD.eventually("its data are younger", () -> {
            assertThat(cutTime(copy.forkStatus())).isAfter(cutTime(old));
            assertThat(copy.forkStatus().phase()).isEqualTo(ForkPhase.Suspended);
        });
        rules("All", MASK);
        var fork = fork("fresh").awaitReadyInTheEnd();
        assertThat(fork.psql("select email from customers where id = 20001")).isEqualTo("masked-20001");
        shop.psql("delete from customers where id = 20001");
        fork.delete();
        fork.awaitGone();
    }

    private static Instant cutTime(PostgresForkStatus status) {
        return Instant.parse(
                Objects.requireNonNull(Objects.requireNonNull(status.source()).cutTime()));
    }

    /** Of a database that has no data yet, and so nothing to mask. */
    @Test
    void aForkOfTheCopysNameIsNotTakenForIt() {
        PROD.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: books-masked}
                spec: {from: {name: shop}}
                """);
        var impostor = PROD.fork("books-masked").awaitReady();
        rules("books", "All", "{name: mask, configMap: {name: masks, key: nothing.sql}}", "12h");
        var books = PROD.database("books").awaitReady();
        PROD.eventually(
                "the database says so",
                () -> assertThat(books.condition("MaskedCopy"))
                        .startsWith("False, NameTaken: ")
                        .contains("books-masked"));
        var fork = fork("reader", "books");
        PREVIEW.eventually(
                "its fork waits",
                () -> assertThat(fork.condition("Ready"))
                        .startsWith("False, MaskedCopyNotReady: ")
                        .contains("NameTaken"));
        assertThat(PREVIEW.storage()).isEmpty();
        assertThat(impostor.psql("select count(*) >= 20000 from customers"))
                .as("it is left alone")
                .isEqualTo("t");

        impostor.delete();
        impostor.awaitGone();
        fork.awaitReadyInTheEnd();
        assertThat(books.condition("MaskedCopy")).startsWith("True, Usable: ");
        fork.delete();
        fork.awaitGone();
        books.delete();
        books.awaitGone();
    }

    @Test
    void withoutTheRulesTheCopyGoesAndItsStorageToo() {
        awaitCopy("mask");
        var withCopy = PROD.storage();
        rules("Same", MASK);
        copy.awaitGone();
        PROD.eventually("its volume is gone", () -> assertThat(PROD.storage()).hasSize(withCopy.size() - 1));
        assertThat(fork("late").awaitRefused("NotAllowed")).contains("shop");
        PREVIEW.fork("late").delete();
    }

    private Peeper peeper(String name) {
        return Peeper.start(UNMASKED, () -> logins(name), () -> addresses(name));
    }

    /** The source's, and the owner's with the passwords of the fork's own Secrets, as soon as they are there. */
    private List<Login> logins(String name) {
        var known = new ArrayList<>(List.of(shop.login()));
        PREVIEW.secret(name + "-roles")
                .ifPresent(roles -> roles.getData().keySet().stream()
                        .filter(key -> key.endsWith(".password"))
                        .forEach(key -> known.add(shop.login().as("app", Login.value(roles, key)))));
        return known;
    }

    private static List<InetSocketAddress> addresses(String name) {
        var found = new ArrayList<InetSocketAddress>();
        Optional.ofNullable(PREVIEW.client()
                        .services()
                        .inNamespace(PREVIEW.name())
                        .withName(name)
                        .get())
                .ifPresent(service ->
                        found.add(new InetSocketAddress(service.getSpec().getClusterIP(), 5432)));
        PREVIEW.fork(name)
                .pod()
                .map(pod -> pod.getStatus().getPodIP())
                .ifPresent(ip -> found.add(new InetSocketAddress(ip, 5432)));
        return found;
    }
}
