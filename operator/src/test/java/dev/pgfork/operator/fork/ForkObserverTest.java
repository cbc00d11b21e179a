package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.api.v1alpha1.ForkRules;
import dev.pgfork.api.v1alpha1.PostgresFollower;
import dev.pgfork.api.v1alpha1.PostgresFork;
import dev.pgfork.operator.action.BesideWork;
import dev.pgfork.operator.cut.SourceObserver;
import dev.pgfork.operator.instance.InstanceObserver;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.storage.HandOver;
import dev.pgfork.operator.storage.SnapshotClasses;
import dev.pgfork.operator.storage.SnapshotDrivers;
import dev.pgfork.operator.storage.Snapshots;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a fork takes for its own, and which other forks it counts. */
class ForkObserverTest {
    private static final String UID = "uid-of-pr-42";
    private static final String TAKEN = "pr-42-g1-cut1-" + UID;

    private final ObjectsInMemory objects = new ObjectsInMemory();

    private ForkObservation observe(PostgresFork fork) {
        return observe(fork, Templates.follower());
    }

    private ForkObservation observe(PostgresFork fork, InstanceTemplate of) {
        var source = new SourceInstance(of, false, "it is being started")
                .with(ForkConsent.ofOrigin("prod", new ForkRules(null, 1, null, null)));
        var server = nobodyAsks(Server.class);
        return new ForkObserver(
                        objects,
                        (namespace, from) -> Optional.of(source),
                        new SourceObserver(objects, server, new SnapshotClasses(new SnapshotDrivers(Map.of()))),
                        new InstanceObserver(
                                objects, Templates.configuration(), nobodyAsks(InstanceVerbs.class), server),
                        (BesideWork) Proxy.newProxyInstance(
                                BesideWork.class.getClassLoader(),
                                new Class<?>[] {BesideWork.class},
                                (proxy, method, arguments) -> Optional.empty()))
                .observe(fork, ForkWorld.START);
    }

    private static <T> T nobodyAsks(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    throw new AssertionError("nothing runs, and yet somebody asks: " + method);
                }));
    }

    private static PostgresFork fork(String name, String from, String status, String meta) {
        return Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %1$s, namespace: preview, uid: uid-of-%1$s, creationTimestamp: "2026-01-01T09:00:00Z"%4$s}
                spec: {from: %2$s}
                status: %3$s
                """.formatted(name, from, status, meta), PostgresFork.class);
    }

    private static PostgresFork fork(String meta) {
        return fork("pr-42", "{name: shop, namespace: prod}", "{}", meta);
    }

    /** Of its name, in the namespace of the source and in its own; but another fork's, or anybody's. */
    @Test
    void aSnapshotOfThatNameProvesNothing() {
        var foreign = Owner.of(fork("other", "{name: shop, namespace: prod}", "{}", ""));
        objects.cached(
                HandOver.cut(foreign, "prod", TAKEN, "secrets-g1", "snap"),
                HandOver.snapshot(foreign, "pr-42-g1-cut1", "content", ForkFacts.HANDLE));
        var seen = observe(fork(""));
        assertThat(seen.snapshot()).isEmpty();
        assertThat(seen.handedOver()).isEmpty();

        var own = Owner.of(fork(""));
        objects.cached(
                HandOver.cut(own, "prod", TAKEN, "shop-g1", "snap"),
                HandOver.snapshot(own, "pr-42-g1-cut1", TAKEN, ForkFacts.HANDLE));
        assertThat(observe(fork("")).snapshot()).isPresent();
        assertThat(observe(fork("")).handedOver()).isPresent();
    }

    @Test
    void inItsOwnNamespaceAForeignSnapshotIsNotBelievedEither() {
        var fork = fork("pr-42", "{name: shop}", "{}", "");
        var foreign = Owner.of(fork("other", "{name: shop}", "{}", ""));
        objects.cached(Snapshots.snapshot(foreign, "pr-42-g1-cut1", "shop-g1", "snap"));
        assertThat(observe(fork).snapshot()).isEmpty();
    }

    /** The cache has not heard of what was made a moment ago. */
    @Test
    void beforeItGoesItAsksTheApiServerWhatItHasElsewhere() {
        var fork = fork(", deletionTimestamp: \"2026-01-01T10:00:00Z\"");
        var owner = Owner.of(fork);
        objects.stored(
                HandOver.content(owner, TAKEN, ForkFacts.HANDLE, "pr-42-g1-cut1"),
                HandOver.cut(owner, "prod", TAKEN, "shop-g1", "snap"));
        var belongings = observe(fork).belongings();
        assertThat(belongings.handOvers()).hasSize(1);
        assertThat(belongings.cutsAbroad()).hasSize(1);
        assertThat(observe(fork("")).belongings().handOvers()).isEmpty();
    }

    /** A database and its followers have the same data; an earlier database of that name had others. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: shop, namespace: prod}                                    | UID of shop         | 1",
                "{kind: PostgresFollower, name: shop-replica, namespace: prod}    | UID of replica      | 1",
                "{kind: PostgresFollower, name: third, namespace: prod}           | uid-of-third        | 1",
                "{name: shop, namespace: prod}                                    | uid-of-earlier-shop | 0",
                "{name: books, namespace: prod}                                   | uid-of-books        | 0",
            })
    void forksOfTheSameDataCount(String from, String uid, int ahead) {
        objects.cached(Serialization.unmarshal("""
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresFollower
                        metadata: {name: third, namespace: prod, uid: uid-of-third}
                        spec: {follows: {name: shop}}
                        """, PostgresFollower.class));
        var known = uid.replace(
                        "UID of shop",
                        Templates.follower().membership().authority().uid())
                .replace("UID of replica", Templates.SHOP_REPLICA.uid());
        objects.cached(
                fork("other", from, "{source: {uid: %s, cutTime: '2026-01-01T00:00:00Z'}}".formatted(known), ""));
        var mine = fork("pr-42", "{kind: PostgresFollower, name: shop-replica, namespace: prod}", "{}", "");
        assertThat(observe(mine).ahead()).isEqualTo(ahead);
    }

    /** They are made of one copy of a database, whose rule it is; the copy itself needs no place. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shop-masked | uid-of-copy         | 1",
                "shop-masked | uid-of-earlier-copy | 1",
                "shop        | uid-of-shop         | 1",
                "shop        | uid-of-earlier-shop | 0"
            })
    void forksOfAMaskedCopyCountAsItsDatabases(String cutFrom, String uid, int ahead) {
        var copy = Serialization.unmarshal("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata:
                  name: shop-masked
                  namespace: prod
                  uid: uid-of-copy
                  labels: {pgfork.dev/masked-copy: "true"}
                  ownerReferences: [{apiVersion: v1, kind: PostgresDatabase, name: shop, uid: uid-of-shop}]
                spec: {from: {name: shop}}
                status:
                  source: {uid: uid-of-shop, cutTime: "2026-01-01T00:00:00Z"}
                  effective: {image: "postgres:17", storage: {size: 1Gi}, database: app, owner: app}
                """, PostgresFork.class);
        objects.cached(
                copy,
                fork(
                        "other",
                        "{name: shop, namespace: prod}",
                        "{source: {name: %s, uid: %s, cutTime: '2026-01-01T00:00:00Z'}}".formatted(cutFrom, uid),
                        ""));
        var asSource = ForkResources.early(
                copy, 1, Objects.requireNonNull(copy.getStatus().effective()));
        assertThat(observe(fork(""), asSource).ahead()).isEqualTo(ahead);
        copy.setStatus(null);
        assertThat(observe(copy, asSource).ahead()).isZero();
    }

    /** One that has expired has no place any more: a reset has to find one. One that has data has it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"expiredAt: '2026-01-01T00:00:00Z', | 1", "'' | 0"})
    void whoIsMadeAgainAfterItExpiredNeedsAPlace(String expired, int ahead) {
        objects.cached(fork(
                "other",
                "{name: shop, namespace: prod}",
                "{source: {uid: %s, cutTime: '2026-01-01T00:00:00Z'}}"
                        .formatted(Templates.follower().membership().authority().uid()),
                ""));
        var fork = fork(
                "pr-42",
                "{kind: PostgresFollower, name: shop-replica, namespace: prod}",
                "{%s source: {cutTime: '2026-01-01T00:00:00Z'}, next: {instance: {generation: 2}}}".formatted(expired),
                "");
        assertThat(observe(fork).next().orElseThrow().ahead()).isEqualTo(ahead);
    }
}
