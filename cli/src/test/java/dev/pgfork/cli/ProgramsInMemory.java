package dev.pgfork.cli;

import dev.pgfork.cli.local.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Notes which programs are run, and how; what files their environment names they have read while they run. */
final class ProgramsInMemory implements Programs {
    boolean hasPsql = true;
    int exitCode;
    List<String> command = List.of();
    Predicate<String> keep = any -> false;
    Map<String, String> environment = Map.of();
    /** Content and rights of the files that the environment names. */
    final Map<String, String> files = new TreeMap<>();

    final List<Path> paths = new ArrayList<>();

    @Override
    public boolean has(String program) {
        return hasPsql || !program.equals("psql");
    }

    @Override
    public int run(List<String> wanted, Predicate<String> kept, Map<String, String> with) {
        command = wanted;
        keep = kept;
        environment = with;
        with.forEach((name, value) -> {
            var path = Path.of(value);
            if (path.isAbsolute() && Files.exists(path)) {
                paths.add(path);
                files.put(name, describe(path));
            }
        });
        return exitCode;
    }

    private static String describe(Path path) {
        try {
            return "%s %s %s"
                    .formatted(
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())),
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(path)),
                            Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
