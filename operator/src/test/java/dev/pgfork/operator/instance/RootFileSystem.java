package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The root file system that the local cluster's Postgres image is made of, and running programs as root. Tests that use
 * it need root: for namespaces, mounts and chroot.
 */
public final class RootFileSystem {
    /** postgres in the image. */
    static final int UID = 999;

    /** Built if it is not there; the last line that the script prints is the path. */
    public static final Path PATH =
            Path.of(run("../cluster/images/postgres-rootfs.sh").lines().toList().getLast());

    private RootFileSystem() {}

    static String run(String... command) {
        return run(new ProcessBuilder(command));
    }

    /** Runs a program to its end, which must be a good one; returns what it printed. */
    public static String run(ProcessBuilder program) {
        try {
            var process = program.redirectErrorStream(true).start();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor())
                    .as("%s\n%s", program.command(), output)
                    .isZero();
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** In memory, where there is such a place: these tests start hundreds of servers, and each syncs its files. */
    static Path newFolder() {
        try {
            var memory = Path.of("/dev/shm");
            var folder = Files.isWritable(memory)
                    ? Files.createTempDirectory(memory, "pgfork-")
                    : Files.createTempDirectory("pgfork-");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            own(folder);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            own(file.getParent());
            Files.writeString(file, content);
            own(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void own(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", UID);
        Files.setAttribute(path, "unix:gid", UID);
    }
}
