import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Makes one jar of several: {@code java OneJar.java TARGET JAR...}. Two things are changed for a quick start:
 * classes of Java 5 are given the form of Java 8, because the JVM cannot take older ones from its cache (picocli is such),
 * and the client's list of all Kubernetes types is left out, because it is read at every start and not needed.
 */
final class OneJar {
    private static final int OLDEST_IN_A_CACHE = 50;
    private static final String ALL_TYPES = "META-INF/services/io.fabric8.kubernetes.api.model.KubernetesResource";
    private static final LocalDateTime TIME = LocalDateTime.of(2026, 1, 1, 0, 0);

    private final Map<String, byte[]> entries = new TreeMap<>();
    private final ClassFile classFile;

    private OneJar(URLClassLoader jars) {
        classFile = ClassFile.of(
                StackMapsOption.GENERATE_STACK_MAPS,
                ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(jars)));
    }

    public static void main(String[] arguments) throws IOException {
        var jars = Stream.of(arguments).skip(1).map(Path::of).sorted().toList();
        var urls = jars.stream().map(OneJar::url).toArray(URL[]::new);
        try (var loader = new URLClassLoader(urls)) {
            var one = new OneJar(loader);
            for (var jar : jars) {
                one.add(jar);
            }
            one.write(Path.of(arguments[0]));
        }
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(Path path) throws IOException {
        try (var jar = new JarFile(path.toFile())) {
            for (var entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                if (!entry.isDirectory()) {
                    add(entry.getName(), jar.getInputStream(entry).readAllBytes(), path.getFileName().toString());
                }
            }
        }
    }

    private void add(String name, byte[] content, String jar) {
        if (name.startsWith("META-INF/services/")) {
            if (!name.equals(ALL_TYPES)) {
                entries.merge(name, content, OneJar::lines);
            }
        } else if (name.matches("META-INF/(.*/)?(LICENSE|NOTICE)[^/]*")) {
            entries.put("META-INF/licenses/%s/%s".formatted(jar, Path.of(name).getFileName()), content);
        } else if (!name.startsWith("META-INF/") && !name.equals("module-info.class")) {
            entries.putIfAbsent(name, name.endsWith(".class") ? modern(content) : content);
        }
    }

    private static byte[] lines(byte[] first, byte[] second) {
        return (new String(first).stripTrailing() + "\n" + new String(second)).getBytes();
    }

    private byte[] modern(byte[] content) {
        var model = classFile.parse(content);
        if (model.majorVersion() >= OLDEST_IN_A_CACHE) {
            return content;
        }
        ClassTransform transform = (builder, element) -> {
            switch (element) {
                case ClassFileVersion version -> builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                // Each instruction anew: so that it is told how the stack looks, which old classes do not say.
                case MethodModel method ->
                    builder.transformMethod(method, MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL));
                default -> builder.with(element);
            }
        };
        return classFile.transformClass(model, transform);
    }

    private void write(Path target) throws IOException {
        try (var jar = new JarOutputStream(Files.newOutputStream(target))) {
            for (var entry : entries.entrySet()) {
                var named = new JarEntry(entry.getKey());
                named.setTimeLocal(TIME);
                jar.putNextEntry(named);
                jar.write(entry.getValue());
                jar.closeEntry();
            }
        }
    }
}
