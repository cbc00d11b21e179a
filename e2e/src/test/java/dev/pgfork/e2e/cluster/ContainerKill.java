package dev.pgfork.e2e.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * Ends the main process of a container by SIGKILL. No process inside of the container may do that to PID 1, so it is
 * done from the node, if this is the node and we are root. On other clusters a SIGTERM from inside has to do.
 */
record ContainerKill(KubernetesClient client) {

    /** @param pod with one container */
    void of(Pod pod) {
        var process = processOnThisHost(containerId(pod));
        if (process.isPresent()) {
            process.get().destroyForcibly();
        } else {
            client.pods()
                    .resource(pod)
                    .writingOutput(System.err)
                    .exec("sh", "-c", "kill -TERM 1")
                    .close();
        }
    }

    /**
     * Stops the main process by SIGSTOP: the container runs, and does nothing that it is told.
     *
     * @throws TestAbortedException where that cannot be done
     */
    void freeze(Pod pod) {
        var process = processOnThisHost(containerId(pod))
                .orElseThrow(() -> new TestAbortedException("the container of "
                        + pod.getMetadata().getName() + " runs on another host, or somebody else's rights are needed"));
        try {
            var kill = new ProcessBuilder("kill", "-STOP", Long.toString(process.pid()))
                    .inheritIO()
                    .start();
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("kill -STOP failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Whether there is anything to end. */
    static boolean hasStarted(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .anyMatch(container -> container.getContainerID() != null);
    }

    private static String containerId(Pod pod) {
        var uri = pod.getStatus().getContainerStatuses().getFirst().getContainerID();
        return uri.substring(uri.indexOf("://") + "://".length());
    }

    private static Optional<ProcessHandle> processOnThisHost(String container) {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> process.getFileName().toString().matches("[0-9]+"))
                    .filter(process -> isFirstOfItsContainer(process) && isIn(process, container))
                    .findFirst()
                    .flatMap(process -> ProcessHandle.of(
                            Long.parseLong(process.getFileName().toString())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isFirstOfItsContainer(Path process) {
        return read(process.resolve("status"))
                .lines()
                .anyMatch(line -> line.matches("NSpid:.*\\s1") && !line.matches("NSpid:\\s1"));
    }

    /** The container runtime names a container's control group after it. */
    private static boolean isIn(Path process, String container) {
        return read(process.resolve("cgroup")).contains(container);
    }

    /** Empty for a process that has ended meanwhile, or is not ours to read. */
    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
