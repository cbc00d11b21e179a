package dev.pgfork.operator.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files that run inside the pod: the script that is PID 1 and answers the verbs, and what it reads.
 *
 * @param files content by name; {@value #MAIN} is among them
 */
public record InstanceScript(SortedMap<String, String> files) {
    /** The file that is started. */
    public static final String MAIN = "instance.sh";

    public InstanceScript {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        if (!files.containsKey(MAIN)) {
            throw new IllegalArgumentException(MAIN + " is missing");
        }
    }

    /** The files packed with this program: every one that lies beside {@value #MAIN}. */
    public static InstanceScript load() {
        try {
            var main = InstanceScript.class.getResource(MAIN);
            return beside(Objects.requireNonNull(main, MAIN + " is not packed with the program")
                    .toURI());
        } catch (IOException e) {
            throw new UncheckedIOException("The instance script cannot be read from the program", e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The instance script lies where no URI leads", e);
        }
    }

    /** @param main in a folder or in a jar */
    static InstanceScript beside(URI main) throws IOException {
        if (!main.getScheme().equals("jar")) {
            return read(Path.of(main).resolveSibling(""));
        }
        var inside = main.getSchemeSpecificPart().indexOf('!') + 1;
        try (var jar = FileSystems.newFileSystem(main, Map.of())) {
            return read(
                    jar.getPath(main.getSchemeSpecificPart().substring(inside)).resolveSibling(""));
        }
    }

    private static InstanceScript read(Path folder) throws IOException {
        var files = new TreeMap<String, String>();
        try (var paths = Files.newDirectoryStream(folder, "*.{sh,sql}")) {
            for (var path : paths) {
                files.put(path.getFileName().toString(), Files.readString(path));
            }
        }
        return new InstanceScript(files);
    }
}
