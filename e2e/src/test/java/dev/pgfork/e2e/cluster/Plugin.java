package dev.pgfork.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The kubectl plugin as it is handed out: the archive is unpacked somewhere, and kubectl finds the plugin on the path.
 *
 * @param bin folder of its programs
 * @param namespace in which it is used
 */
public record Plugin(Path bin, String namespace) {

    /** How a run of it ended. */
    public record Result(int exitCode, String out, String err) {

        /** @return what it printed, if it succeeded */
        public String succeeded() {
            assertThat(exitCode).as("out: %s%nerr: %s", out, err).isZero();
            return out.strip();
        }
    }

    /** @param folder empty; the archive was built by {@code make cli} */
    public static Plugin unpackedInto(Path folder, String namespace) {
        var target = Path.of(System.getProperty("pgfork.root"), "cli", "target");
        try (var archives = Files.list(target)) {
            var archive = archives.filter(file -> file.toString().endsWith(".tar.gz"))
                    .findFirst()
                    .orElseThrow();
            run(List.of("tar", "-xzf", archive.toString(), "-C", folder.toString(), "--strip-components=1"), "")
                    .succeeded();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Plugin(folder.resolve("bin"), namespace);
    }

    /** Runs {@code kubectl pgfork …} in the namespace; nobody is at its terminal. */
    public Result run(String verb, String... arguments) {
        return run(command(verb, arguments), path());
    }

    /** Starts {@code kubectl pgfork …} in the namespace. */
    public Process start(String verb, String... arguments) throws IOException {
        return builder(command(verb, arguments), path()).start();
    }

    /** What kubectl is told of how the last word could go on. */
    public List<String> complete(String... words) {
        var command =
                Stream.concat(Stream.of(bin.resolve("kubectl_complete-pgfork").toString()), Stream.of(words));
        return run(command.toList(), path()).succeeded().lines().toList();
    }

    private List<String> command(String verb, String... arguments) {
        var command = new ArrayList<>(List.of("kubectl", "pgfork", verb, "--namespace", namespace));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The cluster's kubectl lies beside its kubeconfig, if it is the local one. */
    private String path() {
        return bin + File.pathSeparator + Path.of(System.getenv("KUBECONFIG")).getParent() + File.pathSeparator;
    }

    private static ProcessBuilder builder(List<String> command, String path) {
        var builder = new ProcessBuilder(command);
        builder.environment().merge("PATH", path, (present, first) -> first + present);
        return builder;
    }

    private static Result run(List<String> command, String path) {
        try {
            var errors = Files.createTempFile("plugin", ".err");
            try {
                var process =
                        builder(command, path).redirectError(errors.toFile()).start();
                process.getOutputStream().close();
                var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return new Result(process.waitFor(), out, Files.readString(errors));
            } finally {
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
