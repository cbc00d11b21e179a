package dev.pgfork.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.Setting.InvalidSettingException;
import dev.pgfork.operator.kube.Namespaces;
import dev.pgfork.operator.storage.SnapshotDrivers.Atomicity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorConfigTest {
    private static final Path DOCUMENTATION = Path.of("../docs/configuration.md");

    @Test
    void hasDefaultsForAllButTheNamespace() {
        var config = OperatorConfig.read(Map.of("PGFORK_NAMESPACE", "pgfork-system"));

        assertThat(config.namespace()).isEqualTo("pgfork-system");
        assertThat(config.watched()).isEqualTo(Namespaces.ALL);
        assertThat(config.stepDeadline()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.clusterDomain()).isEqualTo("cluster.local");
        assertThat(config.acrossNamespaces()).isFalse();
        assertThat(config.port()).isEqualTo(8080);
        assertThat(config.identity())
                .isNotEqualTo(OperatorConfig.read(Map.of("PGFORK_NAMESPACE", "pgfork-system"))
                        .identity());
    }

    @Test
    void readsWhatIsSet() {
        var config = OperatorConfig.read(Map.of(
                "PGFORK_NAMESPACE", "ops",
                "PGFORK_POD_NAME", "pgfork-1",
                "PGFORK_WATCH_NAMESPACES", "prod, preview,",
                "PGFORK_ACROSS_NAMESPACES", "true",
                "PGFORK_STEP_DEADLINE", "90",
                "PGFORK_SNAPSHOT_ATOMICITY", "disks.example=Atomic, files.example=NotAtomic",
                "PGFORK_CLUSTER_DOMAIN", "example.org",
                "PGFORK_HTTP_PORT", "0"));

        assertThat(config.identity()).isEqualTo("pgfork-1");
        assertThat(config.watched().names()).containsExactly("preview", "prod");
        assertThat(config.acrossNamespaces()).isTrue();
        assertThat(config.stepDeadline()).isEqualTo(Duration.ofSeconds(90));
        assertThat(config.snapshotDrivers().traits("disks.example").atomicity()).isEqualTo(Atomicity.Atomic);
        assertThat(config.snapshotDrivers().traits("files.example").atomicity()).isEqualTo(Atomicity.NotAtomic);
        assertThat(config.clusterDomain()).isEqualTo("example.org");
        assertThat(config.port()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "PGFORK_STEP_DEADLINE, soon",
        "PGFORK_STEP_DEADLINE, 0",
        "PGFORK_STEP_DEADLINE, PT0.5S",
        "PGFORK_SNAPSHOT_ATOMICITY, disks.example",
        "PGFORK_SNAPSHOT_ATOMICITY, disks.example=perhaps",
        "PGFORK_HTTP_PORT, 65536",
        "PGFORK_HTTP_PORT, http",
        "PGFORK_LOG_FORMAT, xml",
        "PGFORK_LOG_LEVEL, loud",
    })
    void refusesWhatItCannotRead(String name, String value) {
        var environment = new HashMap<>(Map.of("PGFORK_NAMESPACE", "ops"));
        environment.put(name, value);

        assertThatThrownBy(() -> OperatorConfig.read(environment))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith(name + " is \"" + value + "\", but must be ");
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> OperatorConfig.read(Map.of()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("PGFORK_NAMESPACE is not set");
    }

    @Test
    void documentationIsTheTableOfSettings() throws IOException {
        if (Boolean.getBoolean("updateGolden")) {
            Files.writeString(DOCUMENTATION, documentation());
        }
        assertThat(DOCUMENTATION)
                .as("if the change is wanted: mvn -pl operator test -DupdateGolden=true")
                .hasContent(documentation());
    }

    private static String documentation() {
        var text = new StringBuilder("""
                # Settings of the operator

                Environment variables of the operator's container. The chart sets them from its values; a value that the operator
                cannot read keeps it from starting, with a sentence in its log. Made from `OperatorConfig`: change it there.

                | variable | value | default | meaning |
                |---|---|---|---|
                """);
        OperatorConfig.SETTINGS.forEach(setting -> text.append("| `%s` | %s | %s | %s |%n"
                .formatted(setting.name(), setting.form(), standard(setting), setting.meaning())));
        return text.toString();
    }

    private static String standard(Setting<?> setting) {
        return switch (setting.standard()) {
            case null -> "must be set";
            case "" -> "";
            default -> "`" + setting.standard() + "`";
        };
    }
}
