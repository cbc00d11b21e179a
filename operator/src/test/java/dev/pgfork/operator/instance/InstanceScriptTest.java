package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceScriptTest {
    private static final Map<String, String> WANTED =
            Map.of("instance.sh", "main", "verbs.sh", "verbs", "role.sql", "sql");

    @Test
    void isReadFromAFolder(@TempDir Path folder) throws IOException {
        fill(folder);
        assertThat(InstanceScript.beside(folder.resolve("instance.sh").toUri()).files())
                .isEqualTo(WANTED);
    }

    @Test
    void isReadFromAJar(@TempDir Path folder) throws IOException {
        var jar = URI.create("jar:" + folder.resolve("with space.jar").toUri());
        try (var files = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
            fill(Files.createDirectories(files.getPath("/dev/pgfork")));
        }
        assertThat(InstanceScript.beside(URI.create(jar + "!/dev/pgfork/instance.sh"))
                        .files())
                .isEqualTo(WANTED);
    }

    @Test
    void isPackedWithTheProgram() {
        assertThat(InstanceScript.load().files().get("instance.sh")).startsWith("#!");
    }

    @Test
    void needsTheFileThatIsStarted() {
        assertThatThrownBy(() -> new InstanceScript(new TreeMap<>(Map.of("verbs.sh", ""))))
                .hasMessageContaining("instance.sh");
    }

    /** A verb waits for minutes if process 1 does not hear of it. */
    @Test
    void noEventIsLostWhenTheTimeIsUpInTheMiddleOfIt(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("supervise.sh"), InstanceScript.load().files().get("supervise.sh"));
        var events =
                RootFileSystem.run(new ProcessBuilder("timeout", "60", "bash", "-c", """
                source supervise.sh
                measure_space() { :; }
                heartbeat_file=heartbeat
                mkfifo control && exec 8<>control
                exec 5<> <(:) # nobody writes to this pipe
                { for ((i = 0; i < 500; i++)); do echo "wake $i" >&8; read -t "0.00$((i % 4 + 1))" -u 5; done
                  echo "end" >&8; } &
                until [[ $event == end ]]; do
                    next_event 0.002
                    [[ $event == tick ]] || echo "$event $detail"
                done
                """).directory(folder.toFile()));
        assertThat(events.lines())
                .containsExactlyElementsOf(
                        Stream.concat(IntStream.range(0, 500).mapToObj(i -> "wake " + i), Stream.of("end "))
                                .toList());
    }

    private static void fill(Path folder) throws IOException {
        for (var file : WANTED.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        Files.writeString(folder.resolve("Some.class"), "not a script");
    }
}
