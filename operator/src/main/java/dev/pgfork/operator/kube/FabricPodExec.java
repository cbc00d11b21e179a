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
        var stdout = new BoundedOutput(MOST_OUTPUT);
        var stderr = new BoundedOutput(MOST_OUTPUT);
        var what = "\"" + String.join(" ", command) + "\" in pod " + namespace + "/" + pod;
        try {
            var watch = open(namespace, pod, command, stdout, stderr);
            var exitCode = exitCode(watch, stdin, timeout);
            if (exitCode == null || exitCode < 0) {
                throw new ExecFailedException(what + " ended without an exit code", null);
            }
            return new Result(exitCode, stdout.text(), stderr.text());
        } catch (TimeoutException e) {
            throw new ExecFailedException(what + " did not end within " + timeout.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new ExecFailedException(what + " broke off: " + ApiErrors.message(e), e);
        } catch (IOException | KubernetesClientException e) {
            throw new ExecFailedException(what + " could not be run: " + ApiErrors.message(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecFailedException(what + " was interrupted", e);
        }
    }

    /** A command that ended has closed the connection; only one that is given up is cut off. */
    private static @Nullable Integer exitCode(ExecWatch watch, byte[] stdin, Duration timeout)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        var ended = false;
        try {
            if (stdin.length > 0) {
                watch.getInput().write(stdin);
                watch.getInput().flush();
            }
            var exitCode = watch.exitCode().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            ended = true;
            return exitCode;
        } finally {
            if (!ended) {
                watch.close();
            }
        }
    }

    private ExecWatch open(
            String namespace, String pod, List<String> command, BoundedOutput stdout, BoundedOutput stderr) {
        return client.pods()
                .inNamespace(namespace)
                .withName(pod)
                .redirectingInput()
                .writingOutput(stdout)
                .writingError(stderr)
                .usingListener(new Quiet())
                .exec(command.toArray(String[]::new));
    }

    /** Without a listener the client logs every failure as an error by itself; the caller decides what one is worth. */
    private static final class Quiet implements ExecListener {
        @Override
        public void onClose(int code, String reason) {}
    }
}
