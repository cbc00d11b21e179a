package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.InstanceVerbs;
import dev.pgfork.operator.kube.PodExec.ExecFailedException;
import dev.pgfork.operator.postgres.Server;
import dev.pgfork.operator.postgres.Server.ServerException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done in the last moment in which clients can still write, so that they cannot for a shorter time: what is to
 * be asked and told while they wait is opened before, and what was written since the CHECKPOINT of the preparation is
 * written out, so that Postgres stops sooner. Nothing depends on it: what fails here takes longer later.
 */
record LastPreparations(
        Server server, InstanceVerbs verbs, String namespace, String primaryPod, Action.Handover handover) {
    private static final Logger log = LoggerFactory.getLogger(LastPreparations.class);

    private static final Duration CHECKPOINT_DEADLINE = Duration.ofSeconds(5);

    void run() {
        var opening = Stream.<Runnable>of(
                        () -> verbs.listen(namespace, primaryPod),
                        () -> verbs.listen(namespace, handover.targetPod()),
                        () -> server.expectPosition(handover.target()))
                .map(LastPreparations::begin)
                .toList();
        await(opening);
        attempt(() -> server.checkpoint(handover.primary(), CHECKPOINT_DEADLINE));
    }

    private static Thread begin(Runnable step) {
        return Thread.ofVirtual().start(() -> attempt(step));
    }

    private static void await(List<Thread> threads) {
        try {
            for (var thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void attempt(Runnable step) {
        try {
            step.run();
        } catch (ExecFailedException | ServerException e) {
            log.info("A preparation of the fence failed, so the changeover takes longer: {}", e.getMessage());
        }
    }
}
