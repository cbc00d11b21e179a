package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.mock.TestApiServer;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeadershipTest {
    private static final Leadership.Timing QUICK =
            new Leadership.Timing(Duration.ofSeconds(2), Duration.ofMillis(900), Duration.ofMillis(50));
    private static final Leadership.Timing LONG =
            new Leadership.Timing(Duration.ofHours(2), Duration.ofHours(1), Duration.ofMillis(50));

    private final TestApiServer api = new TestApiServer();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger lost = new AtomicInteger();

    @AfterEach
    void close() {
        threads.shutdownNow();
        api.close();
    }

    @Test
    void givesTheLeaseBackSoThatTheNextNeedNotWait() throws InterruptedException {
        var first = apply("first", LONG);
        first.await();
        var second = apply("second", LONG);
        assertThat(second.isLeader()).isFalse();

        first.close();
        second.await();

        assertThat(holder()).isEqualTo("second");
        assertThat(lost).hasValue(0);
        second.close();
    }

    @Test
    void keepsTheLeaseWhenSomethingMayStillAct() throws InterruptedException {
        var first = apply("first", LONG);
        first.await();

        first.abandon();

        assertThat(holder()).isEqualTo("first");
        assertThat(lost).hasValue(0);
    }

    @Test
    void losesTheLeaseWhenSomebodyTookIt() throws InterruptedException {
        apply("first", LONG).await();

        api.client()
                .resource(lease())
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"holderIdentity\":\"second\"}}");

        await().until(() -> lost.get() == 1);
    }

    @Test
    void losesTheLeaseWhenItCannotBeRenewed() throws InterruptedException {
        apply("first", QUICK).await();

        api.refuse(call -> call.resource().equals("leases"), 503, "down");

        await().until(() -> lost.get() == 1);
    }

    @Test
    void losesTheLeaseWhenAnAttemptToRenewItHangs() throws InterruptedException {
        var hangs = new CountDownLatch(1);
        apply("first", QUICK).await();

        api.hang(call -> call.resource().equals("leases"), hangs);

        await().until(() -> lost.get() == 1);
        hangs.countDown();
    }

    @Test
    void takesOverWhatNobodyRenews() throws InterruptedException {
        var first = apply("first", QUICK);
        first.await();
        first.abandon();

        apply("second", QUICK).await();

        assertThat(holder()).isEqualTo("second");
    }

    private Leadership apply(String identity, Leadership.Timing timing) {
        return new Leadership(
                ApiClients.forLease(api.config(), LONG), "test", identity, timing, threads, lost::incrementAndGet);
    }

    private String holder() {
        return lease().getSpec().getHolderIdentity();
    }

    private Lease lease() {
        return Objects.requireNonNull(api.client()
                .leases()
                .inNamespace("test")
                .withName(Leadership.LEASE)
                .get());
    }
}
