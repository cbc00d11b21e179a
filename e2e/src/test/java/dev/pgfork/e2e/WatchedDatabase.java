package dev.pgfork.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ChangeoverStep;
import dev.pgfork.api.v1alpha1.PostgresDatabase;
import dev.pgfork.api.v1alpha1.PromotionStatus;
import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import dev.pgfork.e2e.postgres.AckedWriter;
import dev.pgfork.e2e.postgres.PrimaryWatch;
import dev.pgfork.e2e.postgres.WriteHistory.Term;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The database {@code shop} with followers, a client that writes to it all the time, and somebody who asks all of its
 * instances for the primary.
 *
 * @param members the database's own instance and its followers
 */
record WatchedDatabase(
        TestNamespace namespace, Instance shop, List<Instance> members, AckedWriter writer, PrimaryWatch watch)
        implements AutoCloseable {

    private static final int MINUTES_FOR_A_STEP = 3;

    static final String MANIFEST = """
            apiVersion: pgfork.dev/v1alpha1
            kind: PostgresDatabase
            metadata: {name: shop}
            spec:
              storage: {size: 2Gi}
              deletionPolicy: Delete
            """;

    /** With a follower of each of these names, all ready. */
    static WatchedDatabase with(TestNamespace namespace, String... followers) throws SQLException {
        return with(
                namespace,
                Stream.of(followers)
                        .map(follower -> follower(follower, "follows: {name: shop}"))
                        .toArray(Follower[]::new));
    }

    record Follower(String name, String spec) {}

    static Follower follower(String name, String spec) {
        return new Follower(name, spec);
    }

    /** With these followers, all ready. */
    static WatchedDatabase with(TestNamespace namespace, Follower... followers) throws SQLException {
        namespace.apply(MANIFEST);
        var shop = namespace.database("shop").awaitReady();
        var members = Stream.concat(Stream.of(shop), Stream.of(followers).map(follower -> make(namespace, follower)))
                .toList();
        members.forEach(Instance::awaitReady);
        var names = members.stream().map(Instance::name).collect(Collectors.toSet());
        var watch = PrimaryWatch.start(namespace.client(), shop.login(), names);
        var scene = new WatchedDatabase(namespace, shop, members, AckedWriter.start(shop.login()), watch);
        scene.awaitWatched(names);
        return scene;
    }

    private static Instance make(TestNamespace namespace, Follower follower) {
        namespace.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFollower
                metadata: {name: %s}
                spec: {%s}
                """.formatted(follower.name(), follower.spec()));
        return namespace.follower(follower.name());
    }

    private void awaitWatched(Set<String> names) {
        namespace.eventually(
                "all instances are watched, and rows are written",
                () -> assertThat(writer.history().writes())
                        .isNotEmpty()
                        .satisfies(written -> assertThat(names).allMatch(name -> watch.answersOf(name) > 0)));
    }

    Instance primary() {
        return member(Objects.requireNonNull(shop.databaseStatus().primary()));
    }

    /** Any member but the primary. */
    Instance standby() {
        var primary = primary().name();
        return members.stream()
                .filter(member -> !member.name().equals(primary))
                .findFirst()
                .orElseThrow();
    }

    Instance member(String name) {
        return members.stream()
                .filter(member -> member.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Orders a changeover.
     *
     * @return the time of the command, by which its outcome is known
     */
    String promote(Instance target) {
        return promote(target, "");
    }

    /** @param options of the command, besides its target and its time */
    String promote(Instance target, String options) {
        var at = Instant.now().toString();
        order(target, at, options);
        return at;
    }

    /** Applies a manifest with a command of that time, which may be over or to come. */
    void order(Instance target, String at) {
        order(target, at, "");
    }

    private void order(Instance target, String at, String options) {
        var more = options.isEmpty() ? "" : ", " + options;
        namespace.apply(MANIFEST + "  promote: {to: %s, at: \"%s\"%s}%n".formatted(target.name(), at, more));
    }

    /** Waits until the operator has seen what was applied last. */
    void awaitSpecSeen() {
        namespace.eventually("the operator has seen the manifest", () -> {
            var database = resource().get();
            assertThat(database.getStatus().observedGeneration())
                    .isEqualTo(database.getMetadata().getGeneration());
        });
    }

    /** As a backup without status leaves it that is restored. */
    void loseStatus() {
        resource().subresource("status").patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\": null}");
    }

    private Resource<PostgresDatabase> resource() {
        return namespace
                .client()
                .resources(PostgresDatabase.class)
                .inNamespace(namespace.name())
                .withName(shop.name());
    }

    /** Returns as soon as the API server says that the command's changeover is at the step, or later, or has ended. */
    void awaitStep(String at, ChangeoverStep step) {
        resource()
                .waitUntilCondition(
                        database -> database.getStatus() != null && (hasOutcome(database, at) || isAt(database, step)),
                        MINUTES_FOR_A_STEP,
                        TimeUnit.MINUTES);
    }

    private static boolean hasOutcome(PostgresDatabase database, String at) {
        var promotion = database.getStatus().promotion();
        return promotion != null && promotion.at().equals(at) && promotion.outcome() != null;
    }

    private static boolean isAt(PostgresDatabase database, ChangeoverStep step) {
        var changeover = database.getStatus().changeover();
        return changeover != null && changeover.step().compareTo(step) >= 0;
    }

    /** Waits until the command has ended, one way or the other. */
    PromotionStatus awaitOutcome(String at) {
        namespace.eventually("the promotion of " + at + " has an outcome", () -> {
            var promotion = Objects.requireNonNull(shop.databaseStatus().promotion());
            assertThat(promotion.at()).isEqualTo(at);
            assertThat(promotion.outcome()).isNotNull();
        });
        return Objects.requireNonNull(shop.databaseStatus().promotion());
    }

    /** Waits until rows are accepted by this instance through the database's Service. */
    void awaitWritesTo(Instance instance) {
        var last = lastWritten();
        namespace.eventually(
                instance + " accepts rows",
                () -> assertThat(writer.history().from(last + 1).terms())
                        .isNotEmpty()
                        .last()
                        .extracting(Term::server)
                        .asString()
                        .startsWith(instance.uid() + "/"));
    }

    /** Waits until every member but the primary streams from it, whatever had to be done for that. */
    void awaitAllFollow() {
        var primary = primary();
        members.stream()
                .filter(member -> !member.name().equals(primary.name()))
                .forEach(member -> namespace.eventually(member + " streams from " + primary, () -> {
                    assertThat(member.psql("select sender_host from pg_stat_wal_receiver where status = 'streaming'"))
                            .startsWith(primary.name() + "-instance.");
                    assertThat(member.psql("select pg_is_in_recovery()")).isEqualTo("t");
                }));
    }

    /** Number of the last row that was acknowledged. */
    long lastWritten() {
        return writer.history().writes().getLast().number();
    }

    /**
     * That every acknowledged row is there, that each was accepted by the primary of its time, and that there never
     * were two.
     */
    void assertNothingLost() {
        var history = writer.history();
        AckedWriter.assertHasAll(shop.login(), history.numbers());
        AckedWriter.assertOnePrimaryAtATime(shop.login());
        assertThat(history.contradictions())
                .as("who acknowledged rows after another primary did, of " + history.terms())
                .isEmpty();
        watch.assertNeverTwoPrimaries();
    }

    /** For people: how long nobody acknowledged anything, at most, from this row on. */
    void reportGap(String what, long from) {
        Duration gap = writer.history().from(from).longestGap();
        System.out.printf("%s: longest time between two acknowledged writes %d ms%n", what, gap.toMillis());
    }

    @Override
    public void close() {
        writer.close();
        watch.close();
    }
}
