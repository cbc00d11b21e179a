package dev.pgfork.cli.cluster;

import dev.pgfork.cli.resource.Failure;
import dev.pgfork.cli.resource.InstancePod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.ContainerResource;
import io.fabric8.kubernetes.client.dsl.Loggable;
import io.fabric8.kubernetes.client.dsl.TailPrettyLoggable;
import io.fabric8.kubernetes.client.dsl.TimeTailPrettyLoggable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Pods of the client's namespace. */
public final class FabricPods implements Pods {
    private static final int SECONDS_FOR_A_COMMAND = 60;

    private final KubernetesClient client;

    public FabricPods(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public String run(String pod, List<String> command) {
        var output = new ByteArrayOutputStream();
        var errors = new ByteArrayOutputStream();
        try (var running =
                container(pod).writingOutput(output).writingError(errors).exec(command.toArray(String[]::new))) {
            var exitCode = running.exitCode().get(SECONDS_FOR_A_COMMAND, TimeUnit.SECONDS);
            if (exitCode != 0) {
                throw new Failure("in pod %s: %s"
                        .formatted(pod, errors.toString(StandardCharsets.UTF_8).strip()));
            }
            return output.toString(StandardCharsets.UTF_8);
        } catch (ExecutionException e) {
            throw new Failure("pod %s: %s".formatted(pod, reason(e)));
        } catch (TimeoutException e) {
            throw new Failure("pod %s does not answer within %d seconds".formatted(pod, SECONDS_FOR_A_COMMAND));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String reason(ExecutionException e) {
        var cause = e.getCause();
        return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
    }

    @Override
    public ForwardedPort forward(String pod, int port) {
        var forwarded = client.pods()
                .inNamespace(client.getNamespace())
                .withName(pod)
                .portForward(port, InetAddress.getLoopbackAddress(), 0);
        return new ForwardedPort() {
            @Override
            public int localPort() {
                return forwarded.getLocalPort();
            }

            @Override
            public void close() throws IOException {
                forwarded.close();
            }
        };
    }

    @Override
    public void log(String pod, LogSelection selection, OutputStream to) {
        var log = selected(container(pod), selection);
        try {
            if (selection.follow()) {
                try (var watch = log.watchLog()) {
                    watch.getOutput().transferTo(to);
                }
            } else {
                try (var text = log.getLogInputStream()) {
                    text.transferTo(to);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Loggable selected(ContainerResource container, LogSelection selection) {
        TimeTailPrettyLoggable which = selection.previous() ? container.terminated() : container;
        TailPrettyLoggable when = selection.sinceSeconds().isPresent()
                ? which.sinceSeconds(selection.sinceSeconds().getAsInt())
                : which;
        return selection.lines().isPresent()
                ? when.tailingLines(selection.lines().getAsInt())
                : when;
    }

    private ContainerResource container(String pod) {
        return client.pods().inNamespace(client.getNamespace()).withName(pod).inContainer(InstancePod.CONTAINER);
    }
}
