package dev.pgfork.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Programs on {@code $PATH}. */
public final class LocalPrograms implements Programs {

    @Override
    public boolean has(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .filter(folder -> !folder.isEmpty())
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    @Override
    public int run(List<String> command, Predicate<String> keep, Map<String, String> environment) {
        var builder = new ProcessBuilder(command).inheritIO();
        builder.environment().keySet().removeIf(keep.negate());
        builder.environment().putAll(environment);
        try {
            var process = builder.start();
            var outliving = outlive(process);
            try {
                return process.waitFor();
            } finally {
                stopOutliving(outliving);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * The terminal sends Ctrl-C to both. This process then begins to end, but what the other one needs of it (a
     * forwarded port) goes on until that one has ended and the caller has tidied up: {@code Main} ends the process by
     * itself.
     */
    private static Thread outlive(Process process) {
        var caller = Thread.currentThread();
        var hook = new Thread(() -> {
            try {
                process.waitFor();
                caller.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    private static void stopOutliving(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // Ctrl-C was pressed: this process ends already, and the hook waits for its caller.
            return;
        }
    }
}
