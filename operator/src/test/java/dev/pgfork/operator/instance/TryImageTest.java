package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the pod says in which an image is tried: as it is run, with programs of an image that only have names. */
class TryImageTest {
    private static final List<String> PROGRAMS =
            List.of("initdb", "pg_basebackup", "pg_controldata", "pg_ctl", "pg_isready", "psql");

    @TempDir
    private Path image;

    @BeforeEach
    void hasEverything() throws IOException {
        program("postgres", "echo 'postgres (PostgreSQL) 17.6 (Debian 17.6-1.pgdg13+1)'");
        for (var name : PROGRAMS) {
            program(name, "exit 3");
        }
    }

    @Test
    void anotherMinorVersionIsFit() throws IOException, InterruptedException {
        assertThat(tried("17")).isEqualTo("0: postgres (PostgreSQL) 17.6 (Debian 17.6-1.pgdg13+1)");
    }

    @Test
    void anotherMajorVersionIsNot() throws IOException, InterruptedException {
        assertThat(tried("16")).isEqualTo("2: it has postgres (PostgreSQL) 17.6 (Debian 17.6-1.pgdg13+1)");
        assertThat(tried("1")).startsWith("2: ");
    }

    @Test
    void saysWhatIsMissing() throws IOException, InterruptedException {
        Files.delete(image.resolve("initdb"));
        Files.delete(image.resolve("pg_ctl"));
        assertThat(tried("17")).isEqualTo("1: it lacks initdb pg_ctl");
    }

    @Test
    void saysThatPostgresIsBroken() throws IOException, InterruptedException {
        program("postgres", "echo 'no such library' >&2; exit 127");
        assertThat(tried("17")).isEqualTo("1: postgres --version fails: no such library");
        program("postgres", "echo 'MySQL 9'");
        assertThat(tried("17")).isEqualTo("1: its postgres is no PostgreSQL: MySQL 9");
    }

    private String tried(String major) throws IOException, InterruptedException {
        var finding = image.resolve("finding");
        var pod = TrialPod.of(Templates.database(), null, Optional.empty(), major);
        var command = new java.util.ArrayList<>(
                pod.getSpec().getContainers().getFirst().getCommand());
        command.add(finding.toString());
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(Map.of("PATH", image + ":/usr/bin:/bin"));
        var process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() + ": " + Files.readString(finding);
    }

    private void program(String name, String text) throws IOException {
        var file = image.resolve(name);
        Files.writeString(file, "#!/bin/bash\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
