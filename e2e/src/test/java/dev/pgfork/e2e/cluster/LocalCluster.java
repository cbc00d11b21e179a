package dev.pgfork.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The cluster of {@code make cluster-up}, if that is the one under test: it can be given images, and be disturbed.
 *
 * @param scripts the folder {@code cluster} of the checkout
 */
public record LocalCluster(Path scripts) {

    /** @return empty if the tests run against another cluster */
    public static Optional<LocalCluster> underTest() {
        var local = new LocalCluster(Path.of(System.getProperty("pgfork.root"), "cluster"));
        var isLocal = local.run("kubeconfig.sh").equals(System.getenv("KUBECONFIG"));
        return isLocal ? Optional.of(local) : Optional.empty();
    }

    /** Makes the image postgres:17 known under another name, too. */
    public void giveImage(String name) {
        run("load-image.sh", run("images/postgres.sh"), name);
    }

    /** Kills the node's kubelet, and returns when another one answers. Containers go on meanwhile. */
    public void restartKubelet() {
        run("restart-kubelet.sh");
    }

    private String run(String script, String... arguments) {
        var command = new ArrayList<>(List.of(scripts.resolve(script).toString()));
        command.addAll(List.of(arguments));
        try {
            var process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
            return output.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
