package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.pgfork.operator.action.BesideWork.Progress;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.kube.Owner;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class VirtualThreadBesideWorkTest {
    private static final BesideWork.Key KEY = new BesideWork.Key(Templates.PR_42, "work", "1");

    private final List<Owner> ended = new CopyOnWriteArrayList<>();
    private final VirtualThreadBesideWork beside = new VirtualThreadBesideWork(ended::add);

    @AfterEach
    void close() {
        beside.close();
    }

    @Test
    void runsOnceAndTellsTheOwnerWhenItHasEnded() {
        var goOn = new CountDownLatch(1);
        var runs = new AtomicInteger();
        assertThat(progress()).isEmpty();
        for (var i = 0; i < 3; i++) {
            beside.start(KEY, () -> {
                runs.incrementAndGet();
                goOn.await();
                return "result";
            });
        }
        assertThat(progress()).contains(new Progress.Running<>());
        assertThat(ended).isEmpty();

        goOn.countDown();

        await().until(() -> !ended.isEmpty());
        assertThat(ended).containsExactly(Templates.PR_42);
        assertThat(progress()).contains(new Progress.Done<>("result"));
        beside.start(KEY, () -> "another");
        assertThat(progress()).contains(new Progress.Done<>("result"));
        assertThat(runs).hasValue(1);
    }

    /** The owner is reconciled on another thread, at once: it must not find that nothing was ever started. */
    @RepeatedTest(20)
    void theResultIsThereWhenTheOwnerIsTold() {
        var seen = new CopyOnWriteArrayList<Optional<Progress<String>>>();
        var quick = new VirtualThreadBesideWork[1];
        quick[0] = new VirtualThreadBesideWork(owner -> seen.add(quick[0].progress(KEY, String.class)));

        quick[0].start(KEY, () -> "result");

        await().until(() -> !seen.isEmpty());
        assertThat(seen).containsExactly(Optional.of(new Progress.Done<>("result")));
    }

    @Test
    void tellsOfAFailureAndStartsAgainOnceItIsForgotten() {
        beside.start(KEY, () -> {
            throw new IllegalStateException("no connection");
        });
        await().until(() -> !ended.isEmpty());
        assertThat(progress()).contains(new Progress.Failed<>("no connection"));

        beside.forget(KEY);
        assertThat(progress()).isEmpty();
        beside.start(KEY, () -> "result");

        await().until(() -> progress().equals(Optional.of(new Progress.Done<>("result"))));
    }

    @Test
    void interruptsWhatNobodyWaitsForAnyMore() {
        var begun = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        var other = new BesideWork.Key(Templates.SHOP, "work", "1");
        beside.start(other, () -> "result");
        beside.start(KEY, () -> {
            try {
                begun.countDown();
                new CountDownLatch(1).await();
                return "never";
            } finally {
                interrupted.countDown();
            }
        });

        await().until(() -> begun.getCount() == 0);

        beside.forget(Templates.PR_42.uid());

        await().until(() -> interrupted.getCount() == 0);
        assertThat(progress()).isEmpty();
        await().until(() -> ended.contains(Templates.SHOP));
        assertThat(ended).doesNotContain(Templates.PR_42);
        assertThat(beside.progress(other, String.class)).isPresent();
    }

    private Optional<Progress<String>> progress() {
        return beside.progress(KEY, String.class);
    }
}
