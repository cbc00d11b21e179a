package dev.pgfork.e2e.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.ContainerResource;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs commands in the container of an instance's pod, like {@code kubectl exec}.
 *
 * @param namespace of the pod
 * @param pod its name
 */
public record Shell(KubernetesClient client, String namespace, String pod) {

    private static final int MINUTES_FOR_A_COMMAND = 5;

    /** How a command ended. */
    public record Result(int exitCode, String stdout, String stderr) {}

    /**
     * Runs a command that has to succeed.
     *
     * @return what it wrote to stdout, without spaces at the ends
     */
    public String run(String... command) {
        var result = attempt(command);
        if (result.exitCode() != 0) {
            throw new AssertionError("in pod %s, exit code %d of %s%n%s%n%s"
                    .formatted(pod, result.exitCode(), List.of(command), result.stdout(), result.stderr()));
        }
        return result.stdout().strip();
    }

    /** Runs a command that may fail. */
    public Result attempt(String... command) {
        var stdout = new ByteArrayOutputStream();
        var stderr = new ByteArrayOutputStream();
        try (var running =
                container().writingOutput(stdout).writingError(stderr).exec(command)) {
            var exitCode = running.exitCode().get(MINUTES_FOR_A_COMMAND, TimeUnit.MINUTES);
            return new Result(
                    exitCode, stdout.toString(StandardCharsets.UTF_8), stderr.toString(StandardCharsets.UTF_8));
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("in pod %s: %s".formatted(pod, List.of(command)), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Starts a command that goes on; closing the result does not end it. */
    public ExecWatch start(String... command) {
        return container().redirectingOutput().exec(command);
    }

    /** Runs a script of bash that has to succeed. */
    public String bash(String script) {
        return run("bash", "-euo", "pipefail", "-c", script);
    }

    /**
     * Runs SQL as the superuser over the local socket, each statement in a transaction of its own.
     *
     * @return the rows, columns parted by {@code |}
     */
    public String psql(String database, String... statements) {
        var command = new ArrayList<>(List.of(
                "psql",
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                "--username=postgres",
                "--dbname=" + database));
        Arrays.stream(statements).forEach(statement -> command.add("--command=" + statement));
        return run(command.toArray(String[]::new));
    }

    private ContainerResource container() {
        return client.pods().inNamespace(namespace).withName(pod).inContainer("postgres");
    }
}
