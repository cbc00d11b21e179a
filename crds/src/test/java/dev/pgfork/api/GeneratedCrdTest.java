package dev.pgfork.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The checked-in CRDs, and the chart's copies of them, are what the API classes generate. */
class GeneratedCrdTest {

    private static final Path GENERATED = Path.of("target/classes/META-INF/fabric8");
    private static final Path CHECKED_IN = Path.of("crd");
    private static final Path IN_CHART = Path.of("../helm/pgfork/files/crds");

    @ParameterizedTest
    @MethodSource("copies")
    void checkedInCrdsAreTheGeneratedOnes(Path copy) throws IOException {
        assertThat(crds(copy))
                .as("%s differs from the API classes. Fix: make generate, then commit", copy)
                .isNotEmpty()
                .containsExactlyEntriesOf(crds(GENERATED));
    }

    static List<Path> copies() {
        return Stream.of(CHECKED_IN, IN_CHART).filter(Files::isDirectory).toList();
    }

    /** A rule on a record component lands on its field and on its accessor, and so twice in the schema. */
    @Test
    void noRuleIsThereTwice() throws IOException {
        for (String crd : crds(GENERATED).values()) {
            for (JsonNode rules : new YAMLMapper().readTree(crd).findValues("x-kubernetes-validations")) {
                assertThat(rules)
                        .as("put the @ValidationRule on the record, not on its component")
                        .doesNotHaveDuplicates();
            }
        }
    }

    private static Map<String, String> crds(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            Map<String, String> crds = new TreeMap<>();
            for (Path file : files.filter(f -> f.toString().endsWith("-v1.yml")).toList()) {
                crds.put(file.getFileName().toString(), Files.readString(file));
            }
            return crds;
        }
    }
}
