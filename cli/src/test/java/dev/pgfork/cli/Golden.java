package dev.pgfork.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is printed, as files that one can read and compare. {@code -DupdateGolden=true} writes them. */
final class Golden {
    private static final Path FOLDER = Path.of("src/test/resources/dev/pgfork/cli/golden");

    private Golden() {}

    static void assertMatches(String file, String text) {
        var path = FOLDER.resolve(file);
        try {
            if (Boolean.getBoolean("updateGolden")) {
                Files.writeString(path, text);
            }
            assertThat(text).isEqualTo(Files.readString(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
