package dev.pgfork.e2e;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.e2e.cluster.Instance;
import dev.pgfork.e2e.cluster.TestNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Forks of forks: each has what its source had when it was cut, and needs it no more. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ForkOfForkIT {

    @RegisterExtension
    static final TestNamespace NAMESPACE = new TestNamespace();

    private static final int LENGTH = 5;

    @BeforeAll
    void makeTheSource() {
        var shop = NAMESPACE.makeDatabase("shop");
        shop.psql("create table lineage (name text)");
        shop.psql("insert into lineage values ('shop')");
    }

    private static Instance link(int number) {
        return NAMESPACE.fork("link-" + number);
    }

    private static Instance fork(String name, String kind, String source) {
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: %s}
                spec:
                  from: {kind: %s, name: %s}
                """.formatted(name, kind, source));
        return NAMESPACE.fork(name);
    }

    private static String lineage(Instance fork) {
        return fork.psql("select string_agg(name, ' ') from lineage");
    }

    @Test
    @Order(1)
    void aChainOfFiveLivesOnWithoutItsMiddle() {
        var expected = new StringBuilder("shop");
        for (var number = 1; number <= LENGTH; number++) {
            var link = number == 1
                    ? fork("link-1", "PostgresDatabase", "shop")
                    : fork("link-" + number, "PostgresFork", "link-" + (number - 1));
            link.awaitReady();
            assertThat(lineage(link)).isEqualTo(expected.toString());
            assertThat(link.forkStatus().instance().timeline()).isEqualTo(number + 1);
            link.psql("insert into lineage values ('%s')".formatted(link.name()));
            expected.append(' ').append(link.name());
        }

        link(3).delete();
        link(3).awaitGone();

        for (var number : IntStream.of(1, 2, 4, LENGTH).toArray()) {
            assertThat(lineage(link(number).awaitReady())).endsWith("link-" + number);
        }
        var last = fork("after", "PostgresFork", "link-4").awaitReady();
        assertThat(lineage(last)).isEqualTo("shop link-1 link-2 link-3 link-4");
        last.delete();
    }

    @Test
    @Order(2)
    void aSuspendedForkIsForkedWithoutWakingIt() {
        var golden = link(2);
        golden.psql("insert into lineage values ('golden')");
        NAMESPACE.apply("""
                apiVersion: pgfork.dev/v1alpha1
                kind: PostgresFork
                metadata: {name: link-2}
                spec:
                  from: {kind: PostgresFork, name: link-1}
                  suspend: true
                """);
        golden.awaitResting("Suspended");

        var pods = new Pods();
        try (var _ = NAMESPACE.client().pods().inNamespace(NAMESPACE.name()).watch(pods)) {
            var fork = fork("of-golden", "PostgresFork", "link-2").awaitReady();
            assertThat(lineage(fork)).isEqualTo("shop link-1 link-2 golden");
            assertThat(fork.forkStatus().source().lsnBefore())
                    .isEqualTo(golden.forkStatus().suspended().lsn());
        }
        golden.awaitResting("Suspended");
        assertThat(pods.names)
                .as("pods that were there meanwhile")
                .contains("of-golden-g1-0")
                .doesNotContain("link-2-g1-0");
    }

    /**
     * As for a run of a test suite with a database for each worker: asked for at once, made at once, gone without
     * trace.
     */
    @Test
    @Order(3)
    void manyForksOfOneGoldenForkComeAndGoTogether() {
        link(2).awaitResting("Suspended");
        var names = Runs.of(6, 50).mapToObj(number -> "worker-" + number).toList();
        var before = NAMESPACE.storage();

        NAMESPACE.apply(names.stream().map(name -> """
                        apiVersion: pgfork.dev/v1alpha1
                        kind: PostgresFork
                        metadata: {name: %s}
                        spec:
                          from: {kind: PostgresFork, name: link-2}
                        """.formatted(name)).collect(joining("---\n")));

        var forks = names.stream()
                .map(name -> NAMESPACE.fork(name).awaitReadyInTheEnd())
                .toList();
        forks.forEach(fork -> assertThat(lineage(fork)).as(fork.name()).isEqualTo("shop link-1 link-2 golden"));
        forks.getFirst().psql("insert into lineage values ('worker')");
        assertThat(lineage(forks.getLast())).isEqualTo("shop link-1 link-2 golden");
        report(forks);

        forks.forEach(Instance::delete);
        forks.forEach(Instance::awaitGone);
        NAMESPACE.eventually(
                "the storage is what it was",
                () -> assertThat(NAMESPACE.storage()).isEqualTo(before));
    }

    private static void report(List<Instance> forks) {
        var seconds = forks.stream()
                .map(fork -> fork.forkStatus().timings().ready())
                .sorted()
                .toList();
        System.out.printf(
                "%d forks of one golden fork at once: ready after %.1f s (median), %.1f s (95th percentile), %.1f s (last)%n",
                seconds.size(),
                seconds.get(seconds.size() / 2),
                seconds.get(seconds.size() * 95 / 100),
                seconds.getLast());
    }

    /** Names of all pods that are there meanwhile. */
    private static final class Pods implements Watcher<Pod> {
        private final Set<String> names = new ConcurrentSkipListSet<>();

        @Override
        public void eventReceived(Action action, Pod pod) {
            names.add(pod.getMetadata().getName());
        }

        @Override
        public void onClose(WatcherException cause) {
            throw new AssertionError("not all pods were seen", cause);
        }
    }
}
