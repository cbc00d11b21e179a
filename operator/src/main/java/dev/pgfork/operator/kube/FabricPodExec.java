package dev.pgfork.operator.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecListener;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Runs commands with the fabric8 client over a WebSocket, which is closed when the time is over. */
public final class FabricPodExec implements PodExec {

    /** More than any verb of the instance script prints. */
    private static final int MOST_OUTPUT = 1 << 20;

    private final KubernetesClient client;

    public FabricPodExec(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Result run(String namespace, String pod, List<String> command, byte[] stdin, Duration timeout) {
        try (var running = start(namespace, pod, command)) {
            if (stdin.length > 0) {
                running.write(stdin);
            }
            return running.end(timeout);
        }
    }

    @Override
    public Running start(String namespace, String pod, List<String> command) {
        var stdout = new BoundedOutput(MOST_OUTPUT);
        var stderr = new BoundedOutput(MOST_OUTPUT);
        var what = "\"" + String.join(" ", command) + "\" in pod " + namespace + "/" + pod;
        try {
            var watch = client.pods()
                    .inNamespace(namespace)
                    .withName(pod)
                    .redirectingInput()
                    .writingOutput(stdout)
                    .writingError(stderr)
                    .usingListener(new Quiet())
                    .exec(command.toArray(String[]::new));
            return new Running(what, watch, stdout, stderr);
        } catch (KubernetesClientException e) {
            throw notRun(what, e);
        }
    }

    private static ExecFailedException notRun(String what, Exception e) {
        return new ExecFailedException(what + " could not be run: " + ApiErrors.message(e), e);
    }

    record Running(String what, ExecWatch watch, BoundedOutput stdout, BoundedOutput stderr) implements Started {

        void write(byte[] stdin) {
            try {
                watch.getInput().write(stdin);
                watch.getInput().flush();
            } catch (IOException | KubernetesClientException e) {
                throw notRun(what, e);
            }
        }

        @Override
        public boolean tell(byte[] stdin, Duration patience) {
            if (hasEnded()) {
                throw new ExecFailedException(what + " has ended already", null);
            }
            write(stdin);
            try {
                return stdout.isWrittenWithin(patience);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }

        @Override
        public Result end(Duration timeout) {
            try {
                @Nullable Integer exitCode = watch.exitCode().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
                if (exitCode == null || exitCode < 0) {
                    throw new ExecFailedException(what + " ended without an exit code", null);
                }
                return new Result(exitCode, stdout.text(), stderr.text());
            } catch (TimeoutException e) {
                throw new ExecFailedException(what + " did not end within " + timeout.toMillis() + " ms", e);
            } catch (ExecutionException e) {
                throw new ExecFailedException(what + " broke off: " + ApiErrors.message(e), e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }

        @Override
        public boolean hasEnded() {
            return watch.exitCode().isDone();
        }

        /** A command that ended has closed the connection; only one that is given up is cut off. */
        @Override
        public void close() {
            if (!hasEnded() || watch.exitCode().isCompletedExceptionally()) {
                watch.close();
            }
        }

        private ExecFailedException interrupted(InterruptedException e) {
            Thread.currentThread().interrupt();
            return new ExecFailedException(what + " was interrupted", e);
        }
    }

    /** Without a listener the client logs every failure as an error by itself; the caller decides what one is worth. */
    private static final class Quiet implements ExecListener {
        @Override
        public void onClose(int code, String reason) {}
    }
}
