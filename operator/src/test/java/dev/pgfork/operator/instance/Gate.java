package dev.pgfork.operator.instance;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Holds the script at the point where it starts a program, so that a test can act at exactly that point. The programs
 * are wrapped: {@code postgres} without TCP is called {@code private-postgres}, and {@code sync} by what it syncs.
 */
final class Gate {
    private static final List<String> PROGRAMS =
            List.of("initdb", "psql", "postgres", "pg_controldata", "pg_ctl", "pg_basebackup", "sync");

    private static final String WRAPPER = """
            #!/bin/bash
            name=PROGRAM
            case "$name $*" in
                "postgres "*" --listen_addresses= "*) name=private-postgres ;;
                "sync "*) name=sync-${1##*/} ;;
            esac
            if [ -s "INSIDE/bin/$name.closed" ] && read -r passes <"INSIDE/bin/$name.closed" && [ "$passes" -gt 0 ]; then
                echo $((passes - 1)) >"INSIDE/bin/$name.closed"
            elif [ -e "INSIDE/bin/$name.closed" ]; then
                : >"INSIDE/bin/$name.reached"
                while [ -e "INSIDE/bin/$name.closed" ]; do sleep 0.01; done
            fi
            for folder in /usr/lib/postgresql/17/bin /usr/bin; do [ ! -x "$folder/PROGRAM" ] || exec "$folder/PROGRAM" "$@"; done
            """;

    private final Path closed;
    private final Path reached;

    Gate(Path folder, String program) {
        closed = folder.resolve(program + ".closed");
        reached = folder.resolve(program + ".reached");
    }

    static void install(Path folder, String inside) {
        for (var program : PROGRAMS) {
            RootFileSystem.write(
                    folder.resolve(program), WRAPPER.replace("PROGRAM", program).replace("INSIDE", inside));
            RootFileSystem.run("chmod", "0755", folder.resolve(program).toString());
        }
    }

    Gate close() {
        RootFileSystem.write(closed, "");
        return this;
    }

    /** Lets the program through so often before it is closed. */
    Gate closeAfter(int passes) {
        RootFileSystem.write(closed, passes + "\n");
        RootFileSystem.run("chmod", "0666", closed.toString());
        return this;
    }

    /** Until the script waits at the gate. */
    void awaitReached() {
        await().atMost(ScriptedInstance.PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> Files.exists(reached));
    }

    void open() {
        try {
            Files.deleteIfExists(closed);
            Files.deleteIfExists(reached);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
